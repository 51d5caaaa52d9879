"""The same emission, however often and however evenly it is looked at."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest

from nhem_qt.detection import DetectorConfig, Peak, PeakDetector

if TYPE_CHECKING:
    from collections.abc import Iterable

STARTS_S = (3.02, 6.51, 9.27, 12.74)
DURATIONS_S = (0.3, 0.6, 0.9, 1.2)
RISES = (8.0, 20.0, 35.0, 70.0)
MARKS = (-2.0, 0.8, 3.6, 9.0)
COLORS = ["red", "red", "green", "green"]
LENGTH_S = 16.0


def scene(t_s: float) -> float:
    """Breathing tissue with four emissions; marks fade, half of them within 0.4 s."""
    gray = 120 + 0.3 * math.sin(1.6 * t_s)
    for start_s, duration_s, rise, mark in zip(STARTS_S, DURATIONS_S, RISES, MARKS, strict=True):
        since_end_s = t_s - start_s - duration_s
        if start_s <= t_s and since_end_s < 0:
            gray += rise * (1 + 0.03 * math.sin(40 * t_s))
        elif since_end_s >= 0:
            gray += mark * (0.6 * math.exp(-since_end_s / 0.6) + 0.5 * math.exp(-since_end_s / 20))
    return gray


def frames_s(rate_hz: float, *, uneven: float = 0.0, dropped: float = 0.0) -> list[float]:
    dice = random.Random(rate_hz)  # noqa: S311
    times = ((frame + uneven * dice.random()) / rate_hz for frame in range(int(LENGTH_S * rate_hz)))
    return [t_s for t_s in times if dice.random() >= dropped]


def peaks(samples: Iterable[tuple[float, float]], rate_hz: float, config: DetectorConfig | None = None) -> list[Peak]:
    detector = PeakDetector(config, rate_hz)
    detections = [detector.process_frame(gray, frame, t_s) for frame, (t_s, gray) in enumerate(samples)]
    return [detection.peak for detection in detections if detection.peak]


def assert_all_found(found: list[Peak], within_s: float) -> None:
    assert [peak.color for peak in found] == COLORS
    for peak, start_s, duration_s in zip(found, STARTS_S, DURATIONS_S, strict=True):
        assert start_s <= peak.start_s <= start_s + within_s
        assert start_s + duration_s - within_s <= peak.end_s <= start_s + duration_s + within_s


@pytest.mark.parametrize("mode", [{"mode": "adaptive"}, {"mode": "fixed", "threshold": 126.0}], ids=str)
@pytest.mark.parametrize("rate_hz", [22.0, 45.0, 60.0, 120.0])
def test_every_rate_gives_the_same_peaks_to_a_frame(rate_hz: float, mode: dict[str, object]) -> None:
    config = DetectorConfig.model_validate(mode)
    found = peaks(((t_s, scene(t_s)) for t_s in frames_s(rate_hz)), rate_hz, config)
    assert_all_found(found, within_s=1.01 / rate_hz)


@pytest.mark.parametrize("rate_hz", [45.0, 60.0, 120.0])
@pytest.mark.parametrize("picture_hz", [12.0, 20.0])
def test_repeated_pictures_change_nothing(rate_hz: float, picture_hz: float) -> None:
    dice = random.Random(1)  # noqa: S311
    shown = ((t_s, scene(math.floor(t_s * picture_hz) / picture_hz)) for t_s in frames_s(rate_hz))
    recorded = ((t_s, gray + dice.uniform(-0.05, 0.05)) for t_s, gray in shown)
    assert_all_found(peaks(recorded, rate_hz), within_s=1 / picture_hz + 1 / rate_hz)


@pytest.mark.parametrize("rate_hz", [22.0, 45.0, 60.0])
def test_uneven_times_and_dropped_frames_change_nothing(rate_hz: float) -> None:
    times = frames_s(rate_hz, uneven=0.9, dropped=0.2)
    assert_all_found(peaks(((t_s, scene(t_s)) for t_s in times), rate_hz), within_s=5 / rate_hz)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_frames_that_are_left_out_do_not_make_an_emission_shorter(stride: int) -> None:
    detector = PeakDetector(DetectorConfig(min_region_length=16), 45.0)
    frames = [(frame, t_s) for frame, t_s in enumerate(frames_s(45.0)) if frame % stride == 0]
    detections = [detector.process_frame(scene(t_s), frame, t_s) for frame, t_s in frames]
    assert [detection.peak.color for detection in detections if detection.peak] == COLORS[1:]


@pytest.mark.parametrize("rate_hz", [22.0, 45.0, 60.0, 120.0])
def test_every_rate_decides_within_four_tenths_of_a_second(rate_hz: float) -> None:
    times = frames_s(rate_hz)
    for peak in peaks(((t_s, scene(t_s)) for t_s in times), rate_hz):
        assert times[peak.decided_frame] - peak.end_s <= 0.41


def test_times_are_those_given_and_not_counted_from_the_rate() -> None:
    samples = [(t_s, scene(t_s)) for t_s in frames_s(45.0)]
    assert peaks(samples, 45.0) == peaks(samples, 30.0)
