"""How a player turns the stored pictures of a video before it shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nhem_qt.frame import Pixels


@dataclass(frozen=True, slots=True)
class Turning:
    """First rows and columns change places, then the picture is mirrored: one of the eight ways to lay a rectangle."""

    swapped: bool = False
    left_to_right: bool = False
    upside_down: bool = False

    @classmethod
    def of_matrix(cls, matrix: Sequence[int]) -> Turning:
        """Return what a display matrix asks for: 9 numbers, x' = a x + c y and y' = b x + d y with (a b _ c d _ ...).

        Any other turning than by right angles is left out.
        """
        a, b, _, c, d = (int(number) for number in matrix[:5])
        if a == d == 0 and b and c:
            return cls(swapped=True, left_to_right=c < 0, upside_down=b < 0)
        return cls(left_to_right=a < 0, upside_down=d < 0)

    def shown_size(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Return width and height of the shown picture for those of the stored one."""
        return (height_px, width_px) if self.swapped else (width_px, height_px)

    def stored(self, roi: Roi, shown: Roi) -> Roi:
        """Return where a region of the shown picture, which is as large as `shown`, lies in the stored one."""
        x1, x2 = (shown.width - roi.x2, shown.width - roi.x1) if self.left_to_right else (roi.x1, roi.x2)
        y1, y2 = (shown.height - roi.y2, shown.height - roi.y1) if self.upside_down else (roi.y1, roi.y2)
        return Roi(y1, x1, y2, x2) if self.swapped else Roi(x1, y1, x2, y2)

    def turned(self, pixels: Pixels) -> Pixels:
        """Return stored pixels as they are shown, as a view."""
        turned = pixels.swapaxes(0, 1) if self.swapped else pixels
        return turned[:: -1 if self.upside_down else 1, :: -1 if self.left_to_right else 1]
