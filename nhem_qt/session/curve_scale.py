"""Where times and gray values lie in a drawing, and which of them are written at its edges."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.session.curve_look import LEFT, TOP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nhem_qt.session.curve_condensed import Stretch
    from nhem_qt.session.curve_look import CurveLook
    from nhem_qt.session.info import Mark

_TICKS = 8
_STEPS = (1, 2, 5, 10)
# Longer curves are labelled in hours and minutes.
_LONG_S = 600.0
_LONG_STEPS_S = (120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


@dataclass(frozen=True, slots=True)
class CurveScale:
    """Where a time in s and a gray value lie in a drawing whose curve ends at `right` and `bottom`."""

    right: float
    bottom: float
    first_s: float
    last_s: float
    low: float
    high: float

    @classmethod
    def over(cls, stretches: Sequence[Stretch], marks: Sequence[Mark], look: CurveLook) -> CurveScale:
        """Take in all that is drawn, with a margin and room for flags; something sensible if there is nothing."""
        values = [value for one in stretches for value in one[2:] if value is not None] or [0.0, 255.0]
        height = max(values) - min(values)
        margin = max(1.0, height / 20)
        below = max(2.0, height / 10) if marks else margin
        times = [t_s for one in stretches for t_s in one[:2]] + [mark.t_s for mark in marks] or [0.0, 1.0]
        last_s = max(*times, min(times) + 0.1)
        return cls(look.right, look.bottom, min(times), last_s, min(values) - below, max(values) + margin)

    def x(self, t_s: float) -> float:
        """Return the column of a moment, the nearest one of a moment outside."""
        share = (t_s - self.first_s) / (self.last_s - self.first_s)
        return LEFT + min(max(share, 0.0), 1.0) * (self.right - LEFT)

    def y(self, gray: float) -> float:
        """Return the line of a gray value."""
        return self.bottom - (gray - self.low) / (self.high - self.low) * (self.bottom - TOP)


def time_unit(first_s: float, last_s: float) -> str:
    """Return in what the labels of a time axis are written."""
    return "h:min" if last_s - first_s > _LONG_S else "s"


def time_ticks(first_s: float, last_s: float) -> Iterator[tuple[float, str]]:
    """Yield round moments with their labels."""
    if last_s - first_s <= _LONG_S:
        yield from gray_ticks(first_s, last_s)
        return
    rough = (last_s - first_s) / _TICKS
    step = next((step for step in _LONG_STEPS_S if step >= rough), math.ceil(rough / 86400) * 86400)
    for t_s in range(math.ceil(first_s / step) * step, math.floor(last_s) + 1, step):
        yield t_s, f"{t_s // 3600}:{t_s // 60 % 60:02d}"


def gray_ticks(low: float, high: float) -> Iterator[tuple[float, str]]:
    """Yield round numbers between low and high, about eight, with their labels."""
    rough = (high - low) / _TICKS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(step * magnitude for step in _STEPS if step * magnitude >= rough * (1 - 1e-9))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    for number in itertools.takewhile(lambda number: number * step <= high, itertools.count(math.ceil(low / step))):
        yield number * step, f"{number * step:z.{decimals}f}"
