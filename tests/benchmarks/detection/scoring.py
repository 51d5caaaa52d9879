"""Comparing what a detector has found with the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from detection.curves import Curve, Truth

DIFFERENCE_THRESHOLD = 2.1
CLEAR_GRAY = 1.0
ONSET_S = 0.12


class Found(NamedTuple):
    """What a detector says about one emission."""

    start_s: float
    end_s: float
    difference: float
    decided_s: float
    confidence: float

    @property
    def is_green(self) -> bool:
        return self.difference > DIFFERENCE_THRESHOLD


class Pair(NamedTuple):
    """A found emission and the true one."""

    truth: Truth
    found: Found

    @property
    def is_clear(self) -> bool:
        return abs(self.truth.difference - DIFFERENCE_THRESHOLD) > CLEAR_GRAY

    @property
    def is_right(self) -> bool:
        return self.found.is_green == (self.truth.difference > DIFFERENCE_THRESHOLD)


@dataclass(slots=True)
class Score:
    """Counts over one curve or many."""

    length_s: float = 0.0
    pairs: list[Pair] = field(default_factory=list)
    missed: list[Truth] = field(default_factory=list)
    false: list[Found] = field(default_factory=list)

    def __iadd__(self, other: Score) -> Score:  # noqa: PYI034
        self.length_s += other.length_s
        self.pairs += other.pairs
        self.missed += other.missed
        self.false += other.false
        return self

    @property
    def precision(self) -> float:
        return _share(len(self.pairs), len(self.false))

    @property
    def recall(self) -> float:
        return _share(len(self.pairs), len(self.missed))

    @property
    def f1(self) -> float:
        return _share(2 * len(self.pairs), len(self.missed) + len(self.false))

    @property
    def color_accuracy(self) -> float:
        clear = [pair.is_right for pair in self.pairs if pair.is_clear]
        return _share(sum(clear), len(clear) - sum(clear))

    @property
    def false_per_hour(self) -> float:
        return 3600 * len(self.false) / self.length_s if self.length_s else 0.0

    @property
    def milliseconds(self) -> tuple[list[float], list[float], list[float]]:
        """Errors of onset and end, and the time from the true end to the decision."""
        return (
            [1000 * abs(pair.found.start_s - pair.truth.start_s) for pair in self.pairs],
            [1000 * abs(pair.found.end_s - pair.truth.end_s) for pair in self.pairs],
            [1000 * (pair.found.decided_s - pair.truth.end_s) for pair in self.pairs],
        )


def _share(right: int, wrong: int) -> float:
    return right / (right + wrong) if right + wrong else float("nan")


def _match(truth: Truth, found: Found) -> bool:
    overlap = min(truth.end_s, found.end_s) - max(truth.start_s, found.start_s)
    union = max(truth.end_s, found.end_s) - min(truth.start_s, found.start_s)
    return overlap >= 0.5 * union or abs(truth.start_s - found.start_s) <= ONSET_S


def score(curve: Curve, found: Iterable[Found]) -> Score:
    """Match one to one, in the order of time."""
    left = list(found)
    result = Score(curve.length_s)
    for truth in curve.truths:
        match = next((each for each in left if _match(truth, each)), None)
        if match is None:
            result.missed.append(truth)
        else:
            left.remove(match)
            result.pairs.append(Pair(truth, match))
    result.false = left
    return result


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share)) if values else float("nan")
