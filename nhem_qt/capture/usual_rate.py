"""The rate of a recording, from the times of its first frames."""

from __future__ import annotations

import itertools
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE_FRAMES = 50
"""So many frames tell the rate: as many as can be held before any of them is measured."""

_TIME_DECIMALS = 6
_RATE_DECIMALS = 3


def usual_rate_hz(times_s: Sequence[float]) -> float | None:
    """Return the rate from the usual steps between these ascending times; None if there is no step.

    A video and the curve that is exported of it have the same rate, so that the same is found in both.
    """
    times_s = [round(t_s - times_s[0], _TIME_DECIMALS) for t_s in times_s]
    steps_s = [after - before for before, after in itertools.pairwise(times_s) if after > before]
    if not steps_s:
        return None
    # Times are rounded to microseconds: the mean is exact where a single step is not. A dropped tick makes a long one.
    longest_s = 1.5 * statistics.median(steps_s)
    return round(1 / statistics.fmean(step_s for step_s in steps_s if step_s < longest_s), _RATE_DECIMALS)
