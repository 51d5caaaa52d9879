"""Which rectangles are shown and measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nhem_qt.errors import NhemError

if TYPE_CHECKING:
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
