"""Where the pixels of a picture appear in a view, and back."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhem_qt.geometry import Roi


@dataclass(frozen=True, slots=True)
class Letterbox:
    """The place of a picture in a view: aspect kept, centred, edges on the physical pixels of the window.

    `roi` is what the picture shows (device pixels). `left`, `top`, `width`, `height` are physical pixels of the view;
    `ratio` is physical pixels per logical pixel. Positions that go in or come out are logical, as Qt's mouse events.
    """

    roi: Roi
    left: float
    top: float
    width: int
    height: int
    ratio: float

    @classmethod
    def fit(
        cls,
        roi: Roi,
        view_size: tuple[float, float],
        *,
        ratio: float = 1.0,
        origin: tuple[float, float] = (0.0, 0.0),
        padding: float = 0.0,
    ) -> Letterbox:
        """Return the largest place for `roi` in a view of `view_size` that stands at `origin` in its window.

        All lengths but the roi's are logical; at least one physical pixel is left of the smallest view.
        """
        room = [max(1.0, (length - 2 * padding) * ratio) for length in view_size]
        scale = min(room[0] / roi.width, room[1] / roi.height)
        width, height = max(1, round(roi.width * scale)), max(1, round(roi.height * scale))
        left = _on_grid((view_size[0] * ratio - width) / 2, origin[0] * ratio)
        top = _on_grid((view_size[1] * ratio - height) / 2, origin[1] * ratio)
        return cls(roi, left, top, width, height, ratio)

    def border_at(self, x: float, y: float) -> tuple[int, int]:
        """Return the pixel borders nearest to a position: `k` is the left (upper) edge of device pixel `k`."""
        across = floor((x * self.ratio - self.left) * self.roi.width / self.width + 0.5)
        down = floor((y * self.ratio - self.top) * self.roi.height / self.height + 0.5)
        return (
            min(max(self.roi.x1 + across, self.roi.x1), self.roi.x2),
            min(max(self.roi.y1 + down, self.roi.y1), self.roi.y2),
        )

    def position_of(self, x: int, y: int) -> tuple[float, float]:
        """Return the logical position of the left edge of device pixel column `x` and the upper edge of row `y`."""
        left = self.left + (x - self.roi.x1) * self.width / self.roi.width
        top = self.top + (y - self.roi.y1) * self.height / self.roi.height
        return left / self.ratio, top / self.ratio

    def outline_of(self, roi: Roi) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom of `roi` in physical pixels of the view.

        Rounded outward to whole pixels: what is drawn outside of it hides no part of a pixel inside.
        """
        across, down = self.width / self.roi.width, self.height / self.roi.height
        return (
            self.left + floor((roi.x1 - self.roi.x1) * across),
            self.top + floor((roi.y1 - self.roi.y1) * down),
            self.left + ceil((roi.x2 - self.roi.x1) * across),
            self.top + ceil((roi.y2 - self.roi.y1) * down),
        )


def _on_grid(position: float, origin: float) -> float:
    # With a fractional ratio a view may begin inside of a physical pixel; the picture must not.
    return floor(position + origin + 0.5) - origin
