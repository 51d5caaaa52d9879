"""Which rectangles are shown and measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nhem_qt.errors import NhemError

if TYPE_CHECKING:
    from nhem_qt.config import DualRoiConfig
    from nhem_qt.geometry import Roi


class OffScreenError(NhemError):
    """A ROI lies wholly outside of what the source shows."""


class RoiMode(StrEnum):
    """Dual: the centre of the large ROI is measured; single: the legacy ROI as a whole."""

    DUAL = "dual"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Regions:
    """The ROI that is shown (large) and the mode that says which part of it is measured (small)."""

    mode: RoiMode
    large: Roi

    @property
    def small(self) -> Roi:
        """The ROI whose gray value is analysed."""
        return self.large.centre() if self.mode is RoiMode.DUAL else self.large

    def fitted(self, bounds: Roi) -> Regions:
        """Return the regions clamped to `bounds`; raises OffScreenError if nothing is left."""
        inside = self.large.clamp(bounds)
        if inside is None:
            raise OffScreenError(
                f"ROI {self.large} lies outside of the picture, which is {bounds}: select a region inside it"
            )
        return Regions(self.mode, inside)


def configured_regions(config: DualRoiConfig) -> Regions | None:
    """Return the regions that the configuration names, or None if nothing is configured.

    Without a mode the large ROI counts, else the legacy ROI; a mode without its ROI falls back to the other one.
    """
    large = Regions(RoiMode.DUAL, config.large_roi.roi) if config.large_roi else None
    legacy = Regions(RoiMode.SINGLE, config.legacy_roi.roi) if config.legacy_roi else None
    return legacy or large if config.mode == "single" else large or legacy
