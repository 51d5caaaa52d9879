"""A small part of the benchmark, so that no change makes the detector worse unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from detection.scoring import Score


@pytest.fixture(scope="module")
def total() -> Score:
    from detection.detectors import ours  # noqa: PLC0415 - conftest.py makes it importable
    from detection.scoring import Score, score  # noqa: PLC0415
    from detection.troubles import curves  # noqa: PLC0415

    result = Score()
    for curve in curves(range(20, 22)):
        result += score(curve, ours(curve))
    return result


def test_nearly_every_emission_is_found_once_and_nearly_nothing_else(total: Score) -> None:
    assert len(total.pairs) > 500
    assert total.f1 >= 0.99


def test_nearly_every_clear_colour_is_right(total: Score) -> None:
    assert total.color_accuracy >= 0.98


def test_half_of_the_peaks_are_decided_within_four_tenths_of_a_second(total: Score) -> None:
    decided_ms = sorted(total.milliseconds[2])
    assert decided_ms[len(decided_ms) // 2] <= 400


def test_sure_colours_are_right_more_often_than_unsure_ones(total: Score) -> None:
    sure = [pair.is_right for pair in total.pairs if pair.found.confidence >= 0.95]
    unsure = [pair.is_right for pair in total.pairs if pair.found.confidence < 0.75]
    assert sum(sure) / len(sure) >= 0.98 > sum(unsure) / len(unsure)
