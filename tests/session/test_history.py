"""The ring in memory."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.session import Curve, History

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample

GRAYS = st.lists(st.none() | st.floats(0, 255), max_size=60)
CAPACITIES = st.integers(1, 25)


def rows(curve: Curve) -> list[tuple[float, ...]]:
    columns = (
        curve.frame_index,
        curve.t_s,
        curve.gray,
        curve.gray_large,
        curve.baseline,
        curve.threshold,
        curve.in_peak_region,
    )
    return [tuple(-1.0 if np.isnan(value) else value for value in row) for row in zip(*columns, strict=True)]


def expected(samples: list[Sample]) -> list[tuple[float, ...]]:
    def number(value: float | None) -> float:
        return -1.0 if value is None else value

    return [
        (
            sample.measurement.frame_index,
            sample.measurement.t_s,
            number(sample.measurement.gray),
            number(sample.measurement.gray_large),
            number(sample.baseline),
            number(sample.threshold),
            float(sample.in_peak_region),
        )
        for sample in samples
    ]


def filled(capacity: int, samples: list[Sample]) -> History:
    history = History(capacity, 3)
    for sample in samples:
        history.add(sample)
    return history


@given(GRAYS, CAPACITIES)
def test_the_last_samples_are_held(sample_of: Callable[..., Sample], grays: list[float | None], capacity: int) -> None:
    samples = [sample_of(index, gray) for index, gray in enumerate(grays)]
    history = filled(capacity, samples)
    held = samples[-capacity:]
    assert rows(history.since(0.0)) == expected(held)
    assert history.samples == tuple(held)
    assert history.count == len(samples)
    assert history.last is (samples[-1] if samples else None)


@given(st.lists(st.integers(0, 40), max_size=40).map(sorted), CAPACITIES, st.floats(-1, 45))
def test_since_gives_the_held_samples_from_that_time_on(
    sample_of: Callable[..., Sample], times_s: list[int], capacity: int, since_s: float
) -> None:
    samples = [sample_of(index, t_s=float(t_s)) for index, t_s in enumerate(times_s)]
    wanted = [sample for sample in samples[-capacity:] if sample.measurement.t_s >= since_s]
    assert rows(filled(capacity, samples).since(since_s)) == expected(wanted)


@given(st.sets(st.integers(0, 60)).map(sorted), CAPACITIES, st.integers(-1, 62), st.integers(-1, 62))
def test_between_gives_the_held_samples_of_these_frames(
    sample_of: Callable[..., Sample], frames: list[int], capacity: int, first: int, last: int
) -> None:
    samples = [sample_of(frame) for frame in frames]
    wanted = [sample for sample in samples[-capacity:] if first <= sample.measurement.frame_index <= last]
    assert rows(filled(capacity, samples).between(first, last)) == expected(wanted)


def test_every_column_stands_in_its_place(sample_of: Callable[..., Sample]) -> None:
    history = filled(5, [sample_of(7, 101.5, t_s=2.5, gray_large=55.5, baseline=None, in_peak_region=True)])
    assert rows(history.since(0.0)) == [(7.0, 2.5, 101.5, 55.5, -1.0, 103.5, 1.0)]


def test_a_curve_is_a_copy(sample_of: Callable[..., Sample]) -> None:
    history = filled(5, [sample_of(index) for index in range(5)])
    curve = history.since(0.0)
    before = rows(curve)
    history.add(sample_of(5, 7.0))
    assert rows(curve) == before


@given(st.integers(1, 12), st.integers(1, 5))
def test_the_last_peaks_and_rejections_are_held_whatever_samples_are_gone(
    sample_of: Callable[..., Sample], peak_of: Callable[..., Peak], count: int, capacity: int
) -> None:
    peaks = [peak_of(index) for index in range(count)]
    samples = [sample_of(index, peak=peak, rejected=True) for index, peak in enumerate(peaks)]
    history = History(2, capacity)
    for sample in samples:
        history.add(sample)
    assert history.samples == tuple(samples[-2:])
    assert history.peaks == tuple(peaks[-capacity:])
    assert len(history.rejections) == min(count, capacity)


def test_the_last_sample_can_be_exchanged_for_one_with_a_peak(
    sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    history = filled(5, [sample_of(index) for index in range(3)])
    final = sample_of(2, peak=peak_of())
    history.replace_last(final)
    assert history.last is final
    assert history.samples[-1] == final
    assert history.peaks == (peak_of(),)
    assert (history.count, len(history.samples)) == (3, 3)


def test_what_is_held_does_not_lengthen_the_search_for_garbage(sample_of: Callable[..., Sample]) -> None:
    gc.collect()
    before = len(gc.get_objects())
    history = filled(1000, [sample_of(index, float(index % 200)) for index in range(1000)])
    gc.collect()
    assert len(gc.get_objects()) - before < history.count / 10


def test_the_rate_is_that_of_the_last_two_seconds(sample_of: Callable[..., Sample]) -> None:
    samples = [sample_of(index, t_s=index / 5) for index in range(50)]
    samples += [sample_of(50 + index, t_s=9.8 + (index + 1) / 40) for index in range(100)]
    assert filled(1000, samples).rate_hz() == pytest.approx(40.0)


def test_samples_that_measured_nothing_are_not_in_the_rate(sample_of: Callable[..., Sample]) -> None:
    every_third = [sample_of(index, None if index % 3 else 100.0) for index in range(180)]
    assert filled(1000, every_third).rate_hz() == pytest.approx(15.0)
    outage = [sample_of(index, None) for index in range(180, 300)]
    assert filled(1000, every_third + outage).rate_hz() == 0.0


def test_the_rate_falls_as_soon_as_nothing_is_measured(sample_of: Callable[..., Sample]) -> None:
    samples = [sample_of(index, 100.0 if index < 180 else None) for index in range(225)]
    assert filled(1000, samples).rate_hz() == pytest.approx(45 / 2, rel=0.02)


def test_without_two_times_there_is_no_rate(sample_of: Callable[..., Sample]) -> None:
    assert History(5, 5).rate_hz() == 0.0
    assert filled(5, [sample_of(0)]).rate_hz() == 0.0
    assert filled(5, [sample_of(0, t_s=1.0), sample_of(1, t_s=1.0)]).rate_hz() == 0.0


def test_a_reader_in_another_thread_always_sees_consecutive_samples(sample_of: Callable[..., Sample]) -> None:
    history = History(50, 5)
    samples = [sample_of(index) for index in range(5000)]
    faults: list[object] = []
    written = threading.Event()

    def read() -> None:
        while not written.is_set():
            curves = (history.between(0, 5000), history.since(0.0))
            faults.extend(curve for curve in curves if (np.diff(curve.frame_index) != 1).any())

    reader = threading.Thread(target=read)
    reader.start()
    for sample in samples:
        history.add(sample)
    written.set()
    reader.join()
    assert not faults
    assert history.count == 5000
