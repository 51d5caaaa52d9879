"""Laws that hold for any curve."""

from __future__ import annotations

import dataclasses
import math
import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhem_qt.detection import Detection, DetectorConfig, Peak, PeakDetector

if TYPE_CHECKING:
    from collections.abc import Iterable

RATE_HZ = 45.0
# Sixteenths add up without rounding, so that a law about sums holds to the bit.
grays = st.integers(20 * 16, 180 * 16).map(lambda sixteenths: sixteenths / 16)


@st.composite
def parts(draw: st.DrawFn) -> list[float]:
    """Stretches of level gray with some flicker: steps, dips, emissions, whatever comes."""
    curve: list[float] = []
    flicker = draw(st.sampled_from((0.0, 0.125, 0.5)))
    dice = random.Random(draw(st.integers(0, 1 << 30)))  # noqa: S311
    for _ in range(draw(st.integers(1, 8))):
        gray, frames = draw(grays), draw(st.integers(1, 70))
        curve += [gray + flicker * dice.randint(-2, 2) for _ in range(frames)]
    return curve


@st.composite
def emissions(draw: st.DrawFn) -> list[float]:
    """Emissions as they should be, one or some."""
    level, curve = draw(grays), []
    for _ in range(draw(st.integers(1, 3))):
        curve += [level] * draw(st.integers(50, 80))
        curve += [level + draw(st.integers(7, 40))] * draw(st.integers(12, 50))
        level += draw(st.integers(-2, 3))
    return [*curve, *[level] * 40]


curves = st.one_of(parts(), emissions())
gaps = st.one_of(st.none(), st.just(math.nan), st.just(math.inf), grays)


def detect(curve: Iterable[float | None], config: DetectorConfig | None = None) -> list[Detection]:
    detector = PeakDetector(config, RATE_HZ)
    return [detector.process_frame(gray, frame) for frame, gray in enumerate(curve)]


def peaks_of(detections: Iterable[Detection]) -> list[Peak]:
    return [detection.peak for detection in detections if detection.peak]


def without_levels(peak: Peak) -> dict[str, object]:
    levels = ("baseline", "threshold", "peak_gray", "pre_mean", "post_mean")
    return {name: value for name, value in dataclasses.asdict(peak).items() if name not in levels}


@given(curves, st.integers(-16 * 16, 16 * 16))
def test_adding_a_constant_to_the_curve_changes_nothing_but_the_levels(curve: list[float], sixteenths: int) -> None:
    constant = sixteenths / 16
    plain, lifted = detect(curve), detect([gray + constant for gray in curve])
    for one, other in zip(plain, lifted, strict=True):
        assert one.in_peak_region == other.in_peak_region
        assert (one.peak is None) == (other.peak is None)
        if one.peak and other.peak:
            first, second = without_levels(one.peak), without_levels(other.peak)
            assert first.pop("confidence") == pytest.approx(second.pop("confidence"), abs=1e-9)
            assert first.pop("difference") == pytest.approx(second.pop("difference"), abs=1e-9)
            assert first == second
        if one.baseline is not None and other.baseline is not None:
            assert other.baseline - one.baseline == pytest.approx(constant, abs=1e-9)


@given(curves, st.lists(st.integers(1, 100), max_size=5))
def test_feeding_a_stream_in_pieces_changes_nothing(curve: list[float], cuts: list[int]) -> None:
    detector, told = PeakDetector(rate_hz=RATE_HZ), []
    rest = list(enumerate(curve))
    for cut in cuts:
        piece, rest = rest[:cut], rest[cut:]
        told += [detector.process_frame(gray, frame) for frame, gray in piece]
    told += [detector.process_frame(gray, frame) for frame, gray in rest]
    assert told == detect(curve)


@given(curves)
def test_what_comes_later_changes_nothing_that_was_said(curve: list[float]) -> None:
    half = len(curve) // 2
    assert detect(curve[:half]) == detect(curve)[:half]


@given(st.lists(gaps, max_size=200))
def test_missing_numbers_never_crash(curve: list[float | None]) -> None:
    detector = PeakDetector(rate_hz=RATE_HZ)
    for frame, gray in enumerate(curve):
        assert detector.process_frame(gray, frame).frame_count == frame
    detector.finish()


@given(curves, st.sets(st.integers(0, 300), max_size=40), st.sampled_from((math.nan, math.inf, -math.inf)))
def test_what_is_no_number_is_as_good_as_nothing(curve: list[float], missing: set[int], no_number: float) -> None:
    holed = [[hole if frame in missing else gray for frame, gray in enumerate(curve)] for hole in (None, no_number)]
    assert detect(holed[0]) == detect(holed[1])


@given(curves, st.sets(st.integers(0, 300), max_size=40))
def test_a_frame_on_which_nothing_was_measured_tells_nothing(curve: list[float], missing: set[int]) -> None:
    holed = [None if frame in missing else gray for frame, gray in enumerate(curve)]
    for frame, detection in enumerate(detect(holed)):
        if frame in missing:
            assert detection.peak is None
            assert not detection.in_peak_region


@given(grays, st.floats(0, 2), st.lists(st.floats(0, 3), min_size=5, max_size=300), st.integers(0, 1 << 30))
def test_no_peak_is_invented_in_a_level_picture_whatever_its_times(
    level: float, noise: float, steps_s: list[float], seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311
    detector, t_s = PeakDetector(rate_hz=RATE_HZ), 0.0
    for frame, step_s in enumerate(steps_s):
        t_s += step_s
        assert detector.process_frame(level + noise * dice.uniform(-1, 1), frame, t_s).peak is None
    assert detector.finish() is None


@given(curves)
def test_every_peak_is_an_emission_told_once_and_in_order(curve: list[float]) -> None:
    last_end = -1
    for index, peak in enumerate(peaks_of(detect(curve)), 1):
        assert peak.peak_index == index
        assert last_end < peak.start_frame < peak.end_frame < peak.decided_frame
        assert peak.start_frame <= peak.peak_frame <= peak.end_frame
        assert peak.difference == pytest.approx(peak.post_mean - peak.pre_mean)
        assert (peak.color == "green") == (peak.difference > peak.difference_threshold)
        assert 0.5 <= peak.confidence <= 1
        last_end = peak.end_frame


@given(emissions(), emissions())
def test_after_a_gap_the_detector_is_as_new(first: list[float], second: list[float]) -> None:
    detector = PeakDetector(rate_hz=RATE_HZ)
    for frame, gray in enumerate(first):
        detector.process_frame(gray, frame)
    start = len(first) + 200
    told = [detector.process_frame(gray, frame) for frame, gray in enumerate(second, start)]
    assert told[0].baseline is None
    fresh = PeakDetector(rate_hz=RATE_HZ)
    expected = peaks_of(fresh.process_frame(gray, frame) for frame, gray in enumerate(second, start))
    found = [peak for peak in peaks_of(told) if peak.start_frame >= start]
    assert [without_index(peak) for peak in found] == [without_index(peak) for peak in expected]


def without_index(peak: Peak) -> Peak:
    return dataclasses.replace(peak, peak_index=0)


def test_a_gap_of_more_than_a_second_begins_anew_and_a_shorter_one_does_not() -> None:
    for missing, is_anew in ((40, False), (50, True)):
        detector = PeakDetector(rate_hz=RATE_HZ)
        for frame in range(60):
            detector.process_frame(100.0, frame)
        assert (detector.process_frame(100.0, 60 + missing).baseline is None) == is_anew


def test_time_that_runs_backwards_begins_anew() -> None:
    detector = PeakDetector(rate_hz=RATE_HZ)
    for frame in range(60):
        detector.process_frame(100.0, frame)
    assert detector.process_frame(100.0, 60, 0.5).baseline is None


def feed_random(samples: int) -> int:
    """Return the memory that the detector has come to hold, in bytes, after so many random samples."""
    dice, detector, level = random.Random(7), PeakDetector(rate_hz=RATE_HZ), 100.0  # noqa: S311
    tracemalloc.start()
    try:
        for frame in range(samples):
            if dice.random() < 0.02:
                level = dice.uniform(0, 255)
            gray = None if dice.random() < 0.01 else level + dice.gauss(0, dice.choice((0.1, 0.5, 5.0)))
            t_s = frame / RATE_HZ if dice.random() < 0.999 else (frame - 1) / RATE_HZ
            detector.process_frame(gray, frame, t_s)
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_memory_is_bounded_over_random_samples() -> None:
    assert feed_random(20_000) < 200_000


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_memory_is_bounded_over_a_million_random_samples() -> None:
    assert feed_random(1_000_000) < 200_000


def test_memory_is_bounded_when_time_stands_still() -> None:
    detector = PeakDetector(rate_hz=RATE_HZ)
    times_s = [*(frame / RATE_HZ for frame in range(46)), *[1.0] * 20_000, *[1.1] * 20_000]
    tracemalloc.start()
    try:
        for frame, t_s in enumerate(times_s):
            gray = 100.0 if t_s <= 1.0 else 140.0
            detector.process_frame(gray + frame % 2, frame, t_s)
        assert tracemalloc.get_traced_memory()[0] < 700_000
    finally:
        tracemalloc.stop()


@settings(max_examples=30)
@given(curves, st.sampled_from((1, 5, 30)), st.sampled_from((5.0, 22.0, 240.0)))
def test_any_margin_at_any_rate_gives_an_answer(curve: list[float], margin_frames: int, rate_hz: float) -> None:
    detector = PeakDetector(DetectorConfig(margin_frames=margin_frames), rate_hz)
    for frame, gray in enumerate([*curve, *[100.0] * 100]):
        detector.process_frame(gray, frame)
    detector.finish()
