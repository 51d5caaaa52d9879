"""The detector on plain curves."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

from nhem_qt.detection import DetectorConfig, Peak, PeakDetector

if TYPE_CHECKING:
    from collections.abc import Iterable

RATE_HZ = 45.0


def plain_curve(before: float = 100, during: float = 130, after: float = 104) -> Iterable[float]:
    return chain(repeat(before, 45), repeat(during, 30), repeat(after, 45))


def peaks(curve: Iterable[float], config: DetectorConfig | None = None) -> list[Peak]:
    detector = PeakDetector(config, RATE_HZ)
    detections = [detector.process_frame(gray, frame) for frame, gray in enumerate(curve)]
    return [detection.peak for detection in detections if detection.peak]


def test_one_emission_is_one_peak_from_its_first_to_its_last_frame() -> None:
    (peak,) = peaks(plain_curve())
    assert (peak.start_frame, peak.end_frame, peak.peak_index) == (45, 74, 1)


def test_a_gray_value_that_stays_higher_is_green_and_one_that_falls_back_is_red() -> None:
    assert [peak.color for after in (104, 101) for peak in peaks(plain_curve(after=after))] == ["green", "red"]


def test_a_difference_equal_to_the_threshold_is_red() -> None:
    assert peaks(plain_curve(after=102), DetectorConfig(difference_threshold=2))[0].color == "red"
