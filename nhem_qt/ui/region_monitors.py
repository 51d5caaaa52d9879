"""Where a region lies on a desktop of several monitors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def touched_monitors(roi: Roi, monitors: Sequence[Roi]) -> list[int]:
    """Return the numbers (from 1) of the monitors that show a part of `roi`."""
    return [number for number, monitor in enumerate(monitors, 1) if roi.clamp(monitor) is not None]


def dead_areas(bounds: Roi, monitors: Sequence[Roi]) -> list[Roi]:
    """Return the parts of `bounds` that no monitor shows, as rectangles that do not overlap.

    Without monitors nothing is known: there are none then.
    """
    return [cell for cell in _cells(bounds, monitors) if not touched_monitors(cell, monitors)] if monitors else []


def _cells(bounds: Roi, monitors: Sequence[Roi]) -> Iterator[Roi]:
    """Yield the parts into which the edges of the monitors cut `bounds`: each is in a monitor or out of it."""
    inside = [part for part in (monitor.clamp(bounds) for monitor in monitors) if part is not None]
    columns = sorted({edge for part in (bounds, *inside) for edge in (part.x1, part.x2)})
    rows = sorted({edge for part in (bounds, *inside) for edge in (part.y1, part.y2)})
    for y1, y2 in pairwise(rows):
        for x1, x2 in pairwise(columns):
            yield Roi(x1, y1, x2, y2)
