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


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """The mode that counts, and the ROI of each mode where it has one; a mode without its own uses the other's."""

    mode: RoiMode = RoiMode.DUAL
    large_roi: Roi | None = None
    legacy_roi: Roi | None = None

    @property
    def regions(self) -> Regions | None:
        """What is shown and measured; None if nothing is chosen."""
        dual = self.mode is RoiMode.DUAL
        roi = self.large_roi or self.legacy_roi if dual else self.legacy_roi or self.large_roi
        return None if roi is None else Regions(self.mode, roi)

    def with_roi(self, roi: Roi) -> RegionChoice:
        """Return the choice with another ROI for the mode that counts; the other mode keeps its own."""
        if self.mode is RoiMode.DUAL:
            return RegionChoice(self.mode, roi, self.legacy_roi)
        return RegionChoice(self.mode, self.large_roi, roi)

    def in_mode(self, mode: RoiMode) -> RegionChoice:
        """Return the choice with the other mode counting."""
        return RegionChoice(mode, self.large_roi, self.legacy_roi)


def configured_choice(config: DualRoiConfig) -> RegionChoice:
    """Return what the configuration names.

    Without a mode the large ROI counts, else the legacy ROI; a mode without its ROI falls back to the other one.
    """
    large = config.large_roi.roi if config.large_roi else None
    legacy = config.legacy_roi.roi if config.legacy_roi else None
    single = legacy is not None and (config.mode == "single" or large is None)
    return RegionChoice(RoiMode.SINGLE if single else RoiMode.DUAL, large, legacy)
