"""The rectangle that is being selected, without its drawing."""

from __future__ import annotations

from nhem_qt.geometry import Roi

Border = tuple[int, int]
"""Where pixels meet: x is the left edge of device pixel column x, y the upper edge of row y."""


class RubberBand:
    """A selection inside `bounds`, drawn from one pixel border to another; `roi` is None while it holds no pixel."""

    def __init__(self, bounds: Roi, roi: Roi | None = None) -> None:
        self.bounds = bounds
        self.roi = roi
        self._anchor: Border | None = None
        self._before = roi

    @property
    def is_dragging(self) -> bool:
        """Whether a corner follows the mouse just now."""
        return self._anchor is not None

    def press(self, border: Border) -> None:
        """Begin a rectangle here."""
        self._before = self.roi
        self._anchor = border
        self.roi = None

    def drag(self, border: Border) -> None:
        """Span the rectangle from where it began to here, whichever corner this is."""
        if self._anchor is None:
            return
        self.roi = spanned(self._anchor, border, self.bounds)

    def release(self) -> bool:
        """Keep the rectangle; return False, with the one before restored, if it holds no pixel."""
        kept = self.roi is not None
        if not kept:
            self.roi = self._before
        self._anchor = None
        return kept

    def drop(self) -> None:
        """Go back to the rectangle before the drag."""
        if self.is_dragging:
            self.roi = None
            self.release()

    def nudge(self, dx_px: int, dy_px: int) -> bool:
        """Move the rectangle within the bounds without changing its size; return whether it moved."""
        if self.roi is None or self.is_dragging:
            return False
        dx_px = min(max(dx_px, self.bounds.x1 - self.roi.x1), self.bounds.x2 - self.roi.x2)
        dy_px = min(max(dy_px, self.bounds.y1 - self.roi.y1), self.bounds.y2 - self.roi.y2)
        self.roi = self.roi.moved(dx_px, dy_px)
        return (dx_px, dy_px) != (0, 0)


def spanned(one: Border, other: Border, bounds: Roi) -> Roi | None:
    """Return the rectangle between two borders inside `bounds`, or None if it holds no pixel."""
    x1, x2 = sorted((one[0], other[0]))
    y1, y2 = sorted((one[1], other[1]))
    return Roi(x1, y1, x2, y2).clamp(bounds) if x1 < x2 and y1 < y2 else None
