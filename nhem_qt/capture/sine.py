"""The simulated sine of the predecessor systems as a source."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable

_BASE_GRAY = 120.0
_AMPLITUDE_GRAY = 10.0
_FREQUENCY_HZ = 0.5


def sine_gray(t_s: float) -> float:
    """Gray value of the simulated signal: 120 + 10 sin(2 pi 0.5 t)."""
    return _BASE_GRAY + _AMPLITUDE_GRAY * math.sin(2 * math.pi * _FREQUENCY_HZ * t_s)


class SineSource:
    """Live source of an even gray picture that follows `sine_gray`, rounded to whole gray values."""

    kind = SourceKind.SINE
    bounds = Roi(0, 0, 300, 200)

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._start_s = clock()

    def grab(self, roi: Roi) -> Frame:
        """Give the picture of now at `roi`."""
        t_s = self._clock()
        gray = round(sine_gray(t_s - self._start_s))
        return Frame(np.full((roi.height, roi.width, 4), gray, np.uint8), roi, t_s, self.kind)

    def close(self) -> None:
        """Nothing is held."""
