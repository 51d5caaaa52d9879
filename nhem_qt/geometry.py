"""Integer rectangles in device pixels."""

from __future__ import annotations

from dataclasses import dataclass

from nhem_qt.errors import NhemError

SMALL_ROI_SIZE_PX = 50


class InvalidRoiError(NhemError, ValueError):
    """A rectangle without pixels, or text that is no rectangle."""


@dataclass(frozen=True, slots=True)
class Roi:
    """Half-open rectangle x1 <= x < x2, y1 <= y < y2 in device pixels; it holds at least one pixel.

    Coordinates may be negative (a monitor left of or above the first one). Raises InvalidRoiError if empty.
    """

    x1: int
    y1: int
    x2: int
    y2: int

    def __post_init__(self) -> None:
        if self.x2 <= self.x1 or self.y2 <= self.y1:
            raise InvalidRoiError(f"ROI {self} holds no pixel: x2 must be greater than x1, and y2 than y1")

    def __str__(self) -> str:
        return f"{self.x1},{self.y1},{self.x2},{self.y2}"

    @classmethod
    def parse(cls, text: str) -> Roi:
        """Read `X1,Y1,X2,Y2`; raises InvalidRoiError if the text is anything else."""
        try:
            x1, y1, x2, y2 = (int(part) for part in text.split(","))
        except ValueError:
            raise InvalidRoiError(f"{text!r} is no ROI: give four whole numbers X1,Y1,X2,Y2") from None
        return cls(x1, y1, x2, y2)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.x2 - self.x1

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.y2 - self.y1

    @property
    def area_px(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    def centre(self, size_px: int = SMALL_ROI_SIZE_PX) -> Roi:
        """Square of `size_px` at the centre: the small ROI; the whole rectangle where the square does not fit."""
        if self.width < size_px or self.height < size_px:
            return self
        x1 = self.x1 + self.width // 2 - size_px // 2
        y1 = self.y1 + self.height // 2 - size_px // 2
        return Roi(x1, y1, x1 + size_px, y1 + size_px)

    def contains(self, other: Roi) -> bool:
        """Whether every pixel of `other` lies in this rectangle."""
        return self.x1 <= other.x1 and self.y1 <= other.y1 and other.x2 <= self.x2 and other.y2 <= self.y2

    def clamp(self, bounds: Roi) -> Roi | None:
        """Return the part inside `bounds`, or None if there is none."""
        x1, y1 = max(self.x1, bounds.x1), max(self.y1, bounds.y1)
        x2, y2 = min(self.x2, bounds.x2), min(self.y2, bounds.y2)
        return Roi(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None

    def slices_in(self, outer: Roi) -> tuple[slice, slice]:
        """Return the rows and columns of this region in an array whose first pixel is that of `outer`."""
        top, left = self.y1 - outer.y1, self.x1 - outer.x1
        return slice(top, top + self.height), slice(left, left + self.width)

    def moved(self, dx_px: int, dy_px: int) -> Roi:
        """Return the same rectangle elsewhere."""
        return Roi(self.x1 + dx_px, self.y1 + dy_px, self.x2 + dx_px, self.y2 + dy_px)
