"""The samples of the last seconds, and windows of them."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MOST_SAMPLES = 2000
_RARE = 2  # samples: an edge that takes no more is sharp, however late they come
_ROUNDING_S = 1e-6

# Means and shares of gray values carry roundings of some 1e-14.
_DECIMALS = 10
ROUNDING_GRAY = 1e-9
"""A gray value that lies below a level by less is at that level."""


class Sample(NamedTuple):
    """One measured gray value."""

    frame: int
    t_s: float
    gray: float


class Margin(NamedTuple):
    """How many frames, covering how much time, a mean is taken of, and how long to wait for them."""

    frames: int
    span_s: float
    patience_s: float


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
        while samples[0].t_s < sample.t_s - self._keep_s:
            samples.popleft()

    def backwards(self, last_s: float = inf) -> Iterator[Sample]:
        """From the newest sample that is not later than `last_s` to the oldest."""
        return (sample for sample in reversed(self._samples) if sample.t_s <= last_s)

    def between(self, first_s: float, last_s: float = inf) -> list[Sample]:
        """Return the samples with first_s <= t_s <= last_s, oldest first."""
        found = []
        for sample in reversed(self._samples):
            if sample.t_s < first_s:
                break
            if sample.t_s <= last_s:
                found.append(sample)
        found.reverse()
        return found

    def last_at_or_above(self, gray: float) -> Sample:
        """Return the newest sample of at least this gray value, or the oldest sample if there is none."""
        return next((sample for sample in reversed(self._samples) if sample.gray >= gray), self._samples[0])


def rounded(value: float) -> float:
    """Take the roundings off a difference, or a share, of means: they must not decide where it is equal to a limit."""
    return round(value, _DECIMALS)


def first_window(samples: Iterable[Sample], margin: Margin) -> list[Sample]:
    """Take samples until they are what `margin` asks for, or until there are no more."""
    window: list[Sample] = []
    for sample in samples:
        window.append(sample)
        if is_window(window, margin):
            break
    return window


def is_window(samples: list[Sample], margin: Margin) -> bool:
    """Whether the samples are as many, and cover as much time, as `margin` asks for.

    Each sample stands for the time until the next one: ten at 45 Hz cover 0.22 s although only 0.2 s lie between
    the first and the last.
    """
    count = len(samples)
    if count < max(margin.frames, 2):
        return False
    covered_s = abs(samples[-1].t_s - samples[0].t_s) * count / (count - 1)
    return covered_s >= margin.span_s - _ROUNDING_S


def largest_rise(samples: Sequence[Sample], span_s: float) -> float:
    """Most by which the gray value rises within `span_s`, or over two samples where they are rare."""
    grays = [sample.gray for sample in samples]
    most, first = 0.0, 0
    for index, sample in enumerate(samples):
        while index - first > _RARE and abs(sample.t_s - samples[first].t_s) > span_s + _ROUNDING_S:
            first += 1
        most = max(most, sample.gray - min(grays[first:index], default=sample.gray))
    return most


def count_fresh(samples: list[Sample], still_gray: float) -> int:
    """How many of the samples show another picture than the one before."""
    count, last = 0, samples[0].gray if samples else 0.0
    for sample in samples:
        if abs(sample.gray - last) > still_gray:
            count, last = count + 1, sample.gray
    return count
