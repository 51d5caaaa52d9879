"""How far an analysis is, and how fast it goes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_S_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Position:
    """How far the analysis of a file is: samples so far, the time of the last one, and the length of all if known.

    `elapsed_s` is how long it has taken so far.
    """

    file: Path
    samples: int
    t_s: float
    length_s: float | None
    elapsed_s: float

    def __str__(self) -> str:
        """Return all of this in words."""
        words = f"{self.file.name}: {self.samples} frames, {self._speed:.3g} x real time"
        left_s = self._left_s
        return words if left_s is None else f"{words}, {_clock(left_s)} left"

    @property
    def _speed(self) -> float:
        return self.t_s / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def _left_s(self) -> float | None:
        if self.length_s is None or self._speed <= 0:
            return None
        return max(self.length_s - self.t_s, 0.0) / self._speed


def _clock(seconds: float) -> str:
    minutes, rest_s = divmod(math.ceil(seconds), _S_PER_MINUTE)
    return f"{minutes}:{rest_s:02d}"
