"""The samples of the last seconds, and looking back over them."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_SAMPLES = 2000


class Sample(NamedTuple):
    """One measured gray value."""

    frame: int
    t_s: float
    gray: float


class History:
    """The newest samples: those of the last `keep_s` seconds, and never more than 2000."""

    __slots__ = ("_keep_s", "_samples")

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._samples: deque[Sample] = deque(maxlen=_MOST_SAMPLES)

    def add(self, sample: Sample) -> None:
        """Remember `sample`, forget what has become too old."""
        samples = self._samples
        samples.append(sample)
        if samples[0].t_s < sample.t_s - self._keep_s:
            samples.popleft()

    def backwards(self) -> Iterator[Sample]:
        """From the newest sample to the oldest."""
        return reversed(self._samples)

    def between(self, first_s: float, last_s: float = float("inf")) -> list[Sample]:
        """Return the samples with first_s <= t_s <= last_s, oldest first."""
        return [sample for sample in self._samples if first_s <= sample.t_s <= last_s]

    def lowest_gray(self, since_s: float) -> float:
        """Lowest gray value from `since_s` on, and of the newest two samples at least."""
        lowest = min(sample.gray for sample in islice(self.backwards(), 2))
        for sample in self.backwards():
            if sample.t_s < since_s:
                break
            lowest = min(lowest, sample.gray)
        return lowest

    def last_at_or_above(self, gray: float) -> Sample:
        """Return the newest sample of at least this gray value, or the oldest sample if there is none."""
        return next((sample for sample in self.backwards() if sample.gray >= gray), self._samples[0])


def first_window(samples: Iterable[Sample], frames: int, span_s: float) -> list[Sample]:
    """Take samples until there are `frames` of them and they cover `span_s`, as far as there are as many."""
    window: list[Sample] = []
    for sample in samples:
        window.append(sample)
        if is_window(window, frames, span_s):
            break
    return window


def is_window(samples: list[Sample], frames: int, span_s: float) -> bool:
    """Whether there are `frames` samples that cover `span_s`; each stands for the time until the next one."""
    count = len(samples)
    if count < max(frames, 2):
        return False
    rounding_s = 1e-6
    return abs(samples[-1].t_s - samples[0].t_s) * count / (count - 1) >= span_s - rounding_s
