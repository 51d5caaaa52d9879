"""What a drag does, by where it begins on a region, and the rectangle that comes of it."""

from __future__ import annotations

from typing import NamedTuple

from nhem_qt.geometry import Roi

Border = tuple[int, int]
"""Where pixels meet: x is the left edge of device pixel column x, y the upper edge of row y."""

Place = tuple[float, float, float, float]
"""Left, top, right, bottom of a region in a view, in logical pixels."""

OUTER_REACH, INNER_REACH = 12.0, 8.0
"""How far outside and inside of an edge (logical pixels) it can be taken."""


class Grip(NamedTuple):
    """The edges that follow the mouse: -1 left (upper), 1 right (lower), 0 neither; `MOVE` is the whole region."""

    across: int
    down: int


MOVE = Grip(0, 0)


def grip_at(x: float, y: float, place: Place) -> Grip | None:
    """Return what is taken at a logical position in the view; None beside the region.

    However small the region is, the middle half of it moves it.
    """
    left, top, right, bottom = place
    across, down = _side(x, left, right), _side(y, top, bottom)
    return None if across is None or down is None else Grip(across, down)


def held_border(roi: Roi, grip: Grip) -> Border:
    """Return the border of `roi` that follows the mouse; the upper left one for a side that does not."""
    return roi.x2 if grip.across > 0 else roi.x1, roi.y2 if grip.down > 0 else roi.y1


def facing(roi: Roi, grip: Grip, border: Border) -> Grip:
    """Return which edges are held once those of `roi` have been pulled to `border`, maybe past the ones opposite."""
    fixed = held_border(roi, _opposite(grip))
    return Grip(
        *(edge and (_sign(there - here) or edge) for edge, there, here in zip(grip, border, fixed, strict=True))
    )


def pulled(roi: Roi, grip: Grip, border: Border, bounds: Roi) -> Roi | None:
    """Return `roi` with what is held at `border`, inside `bounds`; None if it holds no pixel.

    Edges may be pulled past the ones opposite. A region that is moved keeps its size.
    """
    if grip == MOVE:
        return moved_inside(roi, border[0] - roi.x1, border[1] - roi.y1, bounds)
    fixed = held_border(roi, _opposite(grip))
    x = (fixed[0], border[0]) if grip.across else (roi.x1, roi.x2)
    y = (fixed[1], border[1]) if grip.down else (roi.y1, roi.y2)
    return spanned((x[0], y[0]), (x[1], y[1]), bounds)


def spanned(one: Border, other: Border, bounds: Roi) -> Roi | None:
    """Return the rectangle between two borders inside `bounds`, or None if it holds no pixel."""
    x1, x2 = sorted((one[0], other[0]))
    y1, y2 = sorted((one[1], other[1]))
    return Roi(x1, y1, x2, y2).clamp(bounds) if x1 < x2 and y1 < y2 else None


def moved_inside(roi: Roi, dx_px: int, dy_px: int, bounds: Roi) -> Roi:
    """Return `roi` moved as far as the bounds allow; its size stays."""
    dx_px = min(max(dx_px, bounds.x1 - roi.x1), bounds.x2 - roi.x2)
    dy_px = min(max(dy_px, bounds.y1 - roi.y1), bounds.y2 - roi.y2)
    return roi.moved(dx_px, dy_px)


def stretched(roi: Roi, dx_px: int, dy_px: int, bounds: Roi) -> Roi:
    """Return `roi` with its right and lower edge moved as far as the bounds and one pixel inside allow."""
    x2 = min(max(roi.x2 + dx_px, roi.x1 + 1), bounds.x2)
    y2 = min(max(roi.y2 + dy_px, roi.y1 + 1), bounds.y2)
    return Roi(roi.x1, roi.y1, x2, y2)


def _side(position: float, low: float, high: float) -> int | None:
    inner = min(INNER_REACH, (high - low) / 4)
    if low - OUTER_REACH <= position < low + inner:
        return -1
    if high - inner < position <= high + OUTER_REACH:
        return 1
    return 0 if low <= position <= high else None


def _opposite(grip: Grip) -> Grip:
    return Grip(-grip.across, -grip.down)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
