"""The detector on plain curves: what it tells of one emission, and of what is none."""

from __future__ import annotations

import dataclasses
import math
import pickle
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from nhem_qt.detection import Detection, DetectorConfig, Peak, PeakDetector, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RATE_HZ = 45.0
Level = tuple[float, int]


def levels(*parts: Level) -> list[float]:
    """Each gray value for so many frames."""
    return [gray for gray, frames in parts for _ in range(frames)]


def lively(curve: Iterable[float], gray: float = 0.4) -> list[float]:
    """Let no picture be like the one before it."""
    return [value + (gray if frame % 2 else -gray) for frame, value in enumerate(curve)]


def emission(after: float = 105.0, during: float = 130.0) -> list[float]:
    return levels((100.0, 45), (during, 30), (after, 45))


def detect(curve: Sequence[float | None], config: DetectorConfig | None = None) -> list[Detection]:
    detector = PeakDetector(config, RATE_HZ)
    return [detector.process_frame(gray, frame) for frame, gray in enumerate(curve)]


def peaks(curve: Sequence[float | None], config: DetectorConfig | None = None) -> list[Peak]:
    return [detection.peak for detection in detect(curve, config) if detection.peak]


def reasons(curve: Sequence[float], config: DetectorConfig | None = None) -> list[Reason]:
    return [detection.rejection.reason for detection in detect(curve, config) if detection.rejection]


def test_one_emission_is_one_peak_from_its_first_to_its_last_frame() -> None:
    (peak,) = peaks(emission())
    assert (peak.start_frame, peak.end_frame, peak.peak_index) == (45, 74, 1)
    assert (peak.start_s, peak.end_s) == (45 / RATE_HZ, 74 / RATE_HZ)
    assert peak.duration_s == peak.end_s - peak.start_s


def test_a_peak_tells_the_means_that_decided_its_colour() -> None:
    (peak,) = peaks(emission())
    assert (peak.pre_mean, peak.post_mean, peak.difference) == (100.0, 105.0, 5.0)
    assert (peak.peak_gray, peak.baseline) == (130.0, 100.0)


@pytest.mark.parametrize(("after", "color"), [(105.0, "green"), (103.0, "green"), (101.0, "red"), (95.0, "red")])
def test_a_gray_value_that_stays_higher_is_green_and_one_that_falls_back_is_red(after: float, color: str) -> None:
    assert [peak.color for peak in peaks(emission(after))] == [color]


def test_a_difference_equal_to_the_threshold_is_red() -> None:
    assert peaks(emission(after=102.0), DetectorConfig(difference_threshold=2))[0].color == "red"


@pytest.mark.parametrize("before", range(20, 181, 20))
def test_roundings_do_not_make_it_green(before: float) -> None:
    curve = levels((before, 45), (before + 30, 30), (before + 2.1, 45))
    assert [peak.color for peak in peaks(curve)] == ["red"]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(
            ((20, 35), (20.25, 1), (20, 9), *((50, 1), (51, 1)) * 15, (38, 8), (38.25, 1), (38, 36)),
            id="mark as bright as one may be",
        ),
        pytest.param(((20, 51), (55.75, 33), (37.875, 13), (20, 20)), id="fall by half"),
        pytest.param(((20, 52), (30, 34), (25, 12), (21, 10)), id="fall by half to a mark"),
    ],
)
def test_what_is_at_a_limit_is_so_on_every_level(parts: Sequence[Level]) -> None:
    lifted = ([gray + lift / 4 for gray in levels(*parts)] for lift in range(400))
    told = {tuple((peak.color, peak.start_frame, peak.decided_frame) for peak in peaks(curve)) for curve in lifted}
    assert len(told) == 1


def test_brightness_during_the_emission_plays_no_part_in_the_colour() -> None:
    assert {peak.color for during in (120.0, 150.0, 170.0) for peak in peaks(emission(101.0, during))} == {"red"}


def test_a_peak_is_told_on_one_frame_within_four_tenths_of_a_second() -> None:
    told = [detection for detection in detect(emission()) if detection.peak_signal]
    assert len(told) == 1
    assert told[0].peak is not None
    assert told[0].frame_count == told[0].peak.decided_frame <= 74 + 0.4 * RATE_HZ
    assert (told[0].peak_color, told[0].peak_confidence) == (told[0].peak.color, told[0].peak.confidence)


def test_confidence_grows_with_the_distance_from_the_threshold_on_both_sides() -> None:
    confidences = {after: peaks(emission(after))[0].confidence for after in (97.0, 101.5, 102.5, 107.0)}
    assert confidences[97.0] > confidences[101.5]
    assert confidences[107.0] > confidences[102.5]
    assert all(0.5 <= confidence <= 1 for confidence in confidences.values())


def test_the_region_is_open_from_the_rise_to_the_fall() -> None:
    is_open = [detection.in_peak_region for detection in detect(emission())]
    assert is_open == [False] * 45 + [True] * 30 + [False] * 45


def test_a_frame_on_which_nothing_was_measured_is_in_no_region_and_does_not_end_it() -> None:
    holed: list[float | None] = [None if frame in (50, 51, 70) else gray for frame, gray in enumerate(emission())]
    is_open = [detection.in_peak_region for detection in detect(holed)]
    assert is_open == [45 <= frame < 75 and frame not in (50, 51, 70) for frame in range(120)]
    assert [(peak.start_frame, peak.end_frame) for peak in peaks(holed)] == [(45, 74)]


def test_baseline_and_threshold_stand_still_while_the_region_is_open() -> None:
    during = detect(emission())[45:75]
    assert {(detection.baseline, detection.threshold) for detection in during} == {(100.0, 103.5)}


def test_there_is_no_baseline_at_first_and_none_is_invented() -> None:
    first, *_, last = detect(emission())
    assert (first.baseline, first.threshold, first.in_peak_region) == (None, None, False)
    assert last.baseline == 105.0


def test_emissions_one_second_apart_are_counted_in_order() -> None:
    curve = levels((100, 60), *[(130, 30), (101, 45)] * 5)
    found = peaks(curve)
    assert [peak.peak_index for peak in found] == [1, 2, 3, 4, 5]
    assert all(second.start_frame - first.start_frame == 75 for first, second in pairwise(found))


def test_a_dip_to_half_of_the_height_does_not_end_the_emission() -> None:
    curve = levels((100, 45), (130, 12), (115, 5), (130, 12), (102, 45))
    assert [(peak.start_frame, peak.end_frame) for peak in peaks(curve)] == [(45, 73)]


def test_a_strong_mark_ends_the_emission_too() -> None:
    (peak,) = peaks(levels((100, 45), (125, 30), (114, 60)))
    assert (peak.end_frame, peak.color, peak.difference) == (74, "green", 14.0)


def test_a_strong_mark_is_decided_as_early_as_any_other() -> None:
    (peak,) = peaks(levels((100, 45), (125, 30), (112, 60)))
    assert peak.decided_frame <= 74 + 0.4 * RATE_HZ


def test_an_emission_stands_on_the_step_that_came_before_it() -> None:
    (peak,) = peaks(levels((100, 60), (115, 30), (143, 25), (116, 60)))
    assert (peak.start_frame, peak.end_frame, peak.pre_mean, peak.difference) == (90, 114, 115.0, 1.0)


def test_an_emission_soon_after_a_dark_window_is_removed_is_found() -> None:
    (peak,) = peaks(lively(levels((100, 60), (20, 90), (100, 40), (125, 30), (101, 120))))
    assert (peak.start_frame, peak.end_frame, peak.color) == (190, 219, "red")


@pytest.mark.parametrize(
    ("curve", "reason"),
    [
        pytest.param(levels((100, 60), (130, 4), (100, 60)), Reason.TOO_SHORT, id="flicker"),
        pytest.param(levels((100, 60), (130, 120)), Reason.TOO_LONG, id="step"),
        pytest.param(
            [100 + 30 * math.sin(math.pi * min(max(frame - 60, 0) / 70, 1)) ** 2 for frame in range(200)],
            Reason.SLOW_EDGE,
            id="swell",
        ),
        pytest.param(
            [100 + 12 * min(1.0, max(0, frame - 60) / 27, max(0, 110 - frame) / 14) for frame in range(170)],
            Reason.SLOW_EDGE,
            id="swell that ends fast",
        ),
        pytest.param(levels((100, 60), (104.2, 20), (100, 60)), Reason.TOO_LOW, id="cough"),
        pytest.param(
            [*levels((100, 60), (130, 40)), *(130 - 15 * min(1.0, frame / 30) for frame in range(120))],
            Reason.DID_NOT_FALL,
            id="step that sinks slowly",
        ),
        pytest.param(lively(levels((100, 60), (230, 30), (100, 60))), Reason.TOO_HIGH, id="brighter than any emission"),
        pytest.param(levels((100, 60), (150, 30), (125, 90)), Reason.LEVEL_CHANGED, id="probe moved up"),
        pytest.param(levels((100, 60), (130, 30), (85, 90)), Reason.LEVEL_CHANGED, id="probe moved down"),
        pytest.param(levels((100, 60), (107, 14), (104.8, 120)), Reason.DID_NOT_FALL, id="step that settles"),
        pytest.param(
            [*lively(levels((100, 60))), *levels((20, 60)), *lively(levels((100, 30))), *levels((20, 60))],
            Reason.FROZEN,
            id="between two windows",
        ),
        pytest.param(
            [
                *lively(levels((100, 60))),
                *levels((100, 60)),
                *lively([100 + 9 * math.exp(-frame / 30) for frame in range(120)]),
            ],
            Reason.FROZEN,
            id="mark that formed while the picture stood still",
        ),
        pytest.param(
            [*levels((100, 60)), *lively([100.0] * 12, 1.6), *levels((108, 20)), *lively([100.0] * 60, 1.6)],
            Reason.UNSETTLED,
            id="probe moving",
        ),
        pytest.param(
            [*lively(levels((100, 60))), *levels((140, 40)), *lively(levels((100, 60)))], Reason.FLAT, id="window"
        ),
    ],
)
def test_what_is_no_emission_is_rejected_with_its_reason(curve: list[float], reason: Reason) -> None:
    assert peaks(curve) == []
    assert reason in reasons(curve)


def test_an_emission_that_begins_when_a_still_picture_moves_again_is_found() -> None:
    curve = [*lively(levels((100, 60))), *levels((100, 60)), *lively(levels((130, 30), (105, 60)))]
    assert [peak.color for peak in peaks(curve)] == ["green"]


def test_an_emission_that_breaks_off_with_the_stream_is_rejected_as_interrupted() -> None:
    detector = PeakDetector(rate_hz=RATE_HZ)
    for frame, gray in enumerate(levels((100, 60), (130, 20))):
        detector.process_frame(gray, frame)
    after_gap = detector.process_frame(100.0, 400)
    assert after_gap.rejection is not None
    assert after_gap.rejection.reason is Reason.INTERRUPTED
    assert after_gap.peak is None


def test_a_low_rise_of_which_most_stays_has_changed_the_level() -> None:
    curve = levels((100, 60), (106, 14), (103.8, 120))
    assert peaks(curve) == []
    assert reasons(curve, DetectorConfig(min_height_gray=3.5)) == [Reason.LEVEL_CHANGED]


def test_what_a_rejection_measured_breaks_its_limit() -> None:
    sinking = [*levels((100, 60), (130, 40)), *(130 - 15 * min(1.0, frame / 30) for frame in range(120))]
    (rejection,) = (detection.rejection for detection in detect(sinking) if detection.rejection)
    assert rejection.reason is Reason.DID_NOT_FALL
    assert 0 < rejection.measured < rejection.limit <= 1


def test_an_emission_of_which_some_pictures_are_clipped_is_found() -> None:
    curve = [min(255.0, gray) for gray in lively(levels((190, 60), (254, 30), (191, 60)), 4.0)]
    assert max(curve) == 255.0
    assert len(peaks(curve)) == 1


@pytest.mark.parametrize("white", [255.0, 252.0])
@pytest.mark.parametrize("frames", [15, 30, 60])
def test_a_picture_that_goes_white_is_no_emission(white: float, frames: int) -> None:
    calm = lively([white] * frames, 0.05)
    curve = [*lively(levels((190, 60))), *(min(255.0, gray) for gray in calm), *lively(levels((191, 60)))]
    assert reasons(curve) == [Reason.FLAT]
    assert peaks(curve) == []


def test_a_short_window_and_one_that_fades_in_and_out_are_none_either() -> None:
    fading = [100 + 40 * min(1.0, frame / 5, (35 - frame) / 5) for frame in range(36)]
    for window in ([140.0] * 14, fading):
        curve = [*lively(levels((100, 60))), *window, *lively(levels((100, 60)))]
        assert reasons(curve) == [Reason.FLAT]
        assert peaks(curve) == []


def test_a_plateau_whose_pictures_are_alike_for_a_moment_is_an_emission() -> None:
    plateau = [*lively([130.0] * 8, 3.0), *([131.0] * 9), *lively([130.0] * 8, 3.0)]
    curve = [*lively(levels((100, 60))), *plateau, *lively(levels((101, 60)))]
    assert len(peaks(curve)) == 1


@pytest.mark.parametrize("rise", [6.0, 12.0, 80.0])
@pytest.mark.parametrize("baseline", [40.0, 107.0, 170.0])
def test_any_baseline_and_any_rise_will_do(baseline: float, rise: float) -> None:
    curve = lively(levels((baseline, 60), (baseline + rise, 20), (baseline + 1, 60)), 0.2)
    assert [(peak.start_frame, peak.end_frame) for peak in peaks(curve)] == [(60, 79)]


def test_a_change_of_scene_is_known_as_soon_as_it_has_lasted_too_long() -> None:
    told = next(detection for detection in detect(levels((100, 60), (130, 120))) if detection.rejection)
    assert told.frame_count <= 60 + 1.6 * RATE_HZ
    assert told.baseline == 130.0


def test_emissions_with_a_short_pause_are_two() -> None:
    curve = levels((100, 60), (130, 20), (101, 16), (130, 20), (101, 60))
    assert [(peak.start_frame, peak.end_frame) for peak in peaks(curve)] == [(60, 79), (96, 115)]


def test_dark_flickers_do_not_move_the_baseline() -> None:
    curve = levels((100, 40), (60, 5), (100, 20), (60, 5), (100, 40))
    assert {detection.baseline for detection in detect(curve)[20:]} == {100.0}


class TestFixedMode:
    def test_the_region_opens_at_the_threshold(self) -> None:
        found = detect(emission(), DetectorConfig(mode="fixed", threshold=120))
        assert [detection.frame_count for detection in found if detection.in_peak_region] == list(range(45, 75))
        assert {detection.threshold for detection in found[20:]} == {120.0}
        assert [detection.peak.mode for detection in found if detection.peak] == ["fixed"]

    def test_an_emission_below_the_threshold_is_not_seen(self) -> None:
        assert peaks(emission(), DetectorConfig(mode="fixed", threshold=140)) == []

    def test_it_says_so_when_the_baseline_lies_above_the_threshold(self) -> None:
        found = detect(emission(), DetectorConfig(mode="fixed", threshold=95))
        assert all(detection.baseline_above_threshold for detection in found[20:])
        assert not any(detection.peak for detection in found)

    def test_all_but_the_opening_is_as_in_adaptive_mode(self) -> None:
        (fixed,) = peaks(emission(), DetectorConfig(mode="fixed", threshold=110))
        (adaptive,) = peaks(emission())
        assert dataclasses.replace(fixed, mode="adaptive", threshold=adaptive.threshold) == adaptive


class TestFinish:
    def test_a_peak_is_told_at_the_end_with_two_frames_after_it(self) -> None:
        detector = PeakDetector(rate_hz=RATE_HZ)
        for frame, gray in enumerate(emission()[: 75 + 8]):
            assert detector.process_frame(gray, frame).peak is None
        peak = detector.finish()
        assert peak is not None
        assert (peak.end_frame, peak.color) == (74, "green")

    @pytest.mark.parametrize("frames", [0, 20, 60, 76])
    def test_nothing_is_told_without_them(self, frames: int) -> None:
        detector = PeakDetector(rate_hz=RATE_HZ)
        for frame, gray in enumerate(emission()[:frames]):
            detector.process_frame(gray, frame)
        assert detector.finish() is None

    def test_it_is_over_then_and_a_new_stream_counts_on(self) -> None:
        detector = PeakDetector(rate_hz=RATE_HZ)
        for frame, gray in enumerate([*emission(), *emission()]):
            if frame == 120:
                assert detector.finish() is None
            detection = detector.process_frame(gray, frame)
            if frame == 120:
                assert detection.baseline is None
            if detection.peak and frame > 120:
                assert detection.peak.peak_index == 2


class TestConfig:
    @pytest.mark.parametrize(
        "wrong",
        [{"mode": "auto"}, {"threshold": 256}, {"margin_frames": 0}, {"min_region_length": 0}, {"treshold": 100}],
    )
    def test_a_wrong_value_or_name_is_refused(self, wrong: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            DetectorConfig.model_validate(wrong)

    def test_every_parameter_has_a_description_for_its_tooltip_and_a_range(self) -> None:
        for name, field in DetectorConfig.model_fields.items():
            assert field.description, name
            assert field.metadata or name == "mode", name

    def test_longer_margins_take_more_frames_into_the_means(self) -> None:
        curve = levels((103, 20), (100, 25), (130, 30), (105, 25), (108, 60))
        short, long = (peaks(curve, DetectorConfig(margin_frames=margin))[0] for margin in (5, 35))
        assert (short.pre_mean, short.post_mean) == (100.0, 105.0)
        assert long.pre_mean > 100.0
        assert long.post_mean > 105.0

    def test_min_region_length_rejects_shorter_emissions(self) -> None:
        assert reasons(emission(), DetectorConfig(min_region_length=31)) == [Reason.TOO_SHORT]
        assert len(peaks(emission(), DetectorConfig(min_region_length=30))) == 1

    def test_the_detector_tells_its_configuration(self) -> None:
        config = DetectorConfig(difference_threshold=1.5)
        assert PeakDetector(config).config is config

    def test_a_rate_of_nothing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="rate_hz"):
            PeakDetector(rate_hz=0)


def test_a_pickled_detector_goes_on_as_if_nothing_had_happened() -> None:
    curve = emission()
    detector = PeakDetector(rate_hz=RATE_HZ)
    for frame, gray in enumerate(curve[:60]):
        detector.process_frame(gray, frame)
    twin = pickle.loads(pickle.dumps(detector))  # noqa: S301
    for frame, gray in enumerate(curve[60:], 60):
        assert twin.process_frame(gray, frame) == detector.process_frame(gray, frame)


def test_what_the_detector_says_cannot_be_changed() -> None:
    (peak,) = peaks(emission())
    with pytest.raises(dataclasses.FrozenInstanceError):
        peak.color = "red"  # type: ignore[misc]
