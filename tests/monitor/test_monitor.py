"""The tick: one grab, both regions, faults and recovery."""

from __future__ import annotations

import gc
import itertools
import logging
import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.capture import CaptureError, SineSource
from nhem_qt.config import FemConfig
from nhem_qt.detection import DetectorConfig, Reason
from nhem_qt.frame import Frame, Pixels, SourceKind, gray_value
from nhem_qt.geometry import Roi
from nhem_qt.monitor import (
    CoordinationState,
    LiveSchedule,
    Monitor,
    OffScreenError,
    Regions,
    RoiData,
    RoiMode,
    Sample,
    Status,
    Tick,
)
from nhem_qt.monitor.pictures import PictureRing

BOUNDS = Roi(-100, -50, 540, 430)
LARGE = Roi(100, 60, 400, 360)
RATE_HZ = 45.0
START_S = 1000.0


@dataclass
class FakeSource:
    """A live source on a clock that ticks only by hand; it counts and remembers what it is asked for."""

    kind: SourceKind = SourceKind.SCREEN
    bounds: Roi = BOUNDS
    now_s: float = START_S
    level: int = 0
    grabs: list[Roi] = field(default_factory=list)
    failing: bool = False

    def __post_init__(self) -> None:
        noise = np.random.default_rng(3).integers(0, 100, (self.bounds.height, self.bounds.width, 4), np.uint8)
        self.screen: Pixels = noise

    def grab(self, roi: Roi) -> Frame:
        assert self.bounds.contains(roi)
        self.grabs.append(roi)
        if self.failing:
            raise CaptureError("the screen is locked")
        left, top = roi.x1 - self.bounds.x1, roi.y1 - self.bounds.y1
        pixels = self.screen[top : top + roi.height, left : left + roi.width] + np.uint8(self.level)
        return Frame(pixels, roi, self.now_s, self.kind)

    def close(self) -> None:
        pass


def config(**values: object) -> FemConfig:
    return FemConfig.model_validate({"data_processing": values})


def monitor_of(
    source: FakeSource, regions: Regions | None = None, settings: FemConfig | None = None, rate_hz: float = RATE_HZ
) -> Monitor:
    return Monitor(source, regions or Regions(RoiMode.DUAL, LARGE), settings or FemConfig(), rate_hz, START_S)


def run(monitor: Monitor, source: FakeSource, ticks: range, rate_hz: float = RATE_HZ) -> list[Sample]:
    samples = []
    for index in ticks:
        source.now_s = START_S + index / rate_hz + 0.001
        samples.append(monitor.tick(Tick(index, index / rate_hz)))
    return samples


def pulse(monitor: Monitor, source: FakeSource, begin: int) -> list[Sample]:
    """Watch one clear emission of 30 ticks from 45 ticks after `begin`, and a second after it."""
    samples = run(monitor, source, range(begin, begin + 45))
    source.level = 40
    samples += run(monitor, source, range(begin + 45, begin + 75))
    source.level = 5
    return samples + run(monitor, source, range(begin + 75, begin + 120))


# --- one grab per tick


def test_every_tick_grabs_once() -> None:
    source = FakeSource()
    run(monitor_of(source), source, range(100))
    assert len(source.grabs) == 100


def test_a_picture_waits_for_a_tick_that_begins_in_time() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    run(monitor, source, range(9))
    assert source.grabs.count(LARGE) == 1
    late = monitor.tick(Tick(9, 9 / RATE_HZ), in_time=False)
    assert (late.measurement.status, late.measurement.gray_large) == (Status.SUCCESS, None)
    assert source.grabs.count(LARGE) == 1
    (in_time,) = run(monitor, source, range(10, 11))
    assert in_time.measurement.gray_large is not None


def test_no_picture_waits_for_long_nor_does_the_first_one() -> None:
    source = FakeSource()
    monitor = monitor_of(source, rate_hz=120.0)
    samples = [monitor.tick(Tick(index, index / 120), in_time=False) for index in range(60)]
    pictures = [one.measurement.frame_index for one in samples if one.measurement.gray_large is not None]
    # They are due at 0, 24 and 48, and wait for a quarter of the time between two of them.
    assert pictures == pytest.approx([0, 30, 54], abs=1)


@pytest.mark.parametrize("rate_hz", [10.0, 22.0, 45.0, 60.0, 240.0])
def test_the_large_roi_is_grabbed_five_times_a_second_at_any_rate(rate_hz: float) -> None:
    source = FakeSource()
    samples = run(monitor_of(source, rate_hz=rate_hz), source, range(int(4 * rate_hz)), rate_hz)
    assert source.grabs.count(LARGE) == 20
    assert set(source.grabs) == {LARGE, LARGE.centre()}
    assert sum(sample.measurement.gray_large is not None for sample in samples) == 20


@given(st.integers(1, 240))
def test_a_picture_rate_equal_to_the_tick_rate_gives_a_picture_on_every_tick(rate_hz: int) -> None:
    source = FakeSource(bounds=Roi(0, 0, 60, 60))
    monitor = monitor_of(source, Regions(RoiMode.DUAL, source.bounds), rate_hz=rate_hz)
    assert monitor.set_large_roi_frame_rate(rate_hz)
    run(monitor, source, range(2 * rate_hz), rate_hz)
    assert source.grabs == [source.bounds] * (2 * rate_hz)


def test_dropped_ticks_cost_no_more_than_the_pictures_that_were_due_on_them() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    run(monitor, source, range(10))
    source.grabs.clear()
    run(monitor, source, range(200, 205))
    assert source.grabs == [LARGE] + [LARGE.centre()] * 4


def test_the_picture_rate_can_be_changed_on_the_run() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    run(monitor, source, range(45))
    source.grabs.clear()
    assert monitor.set_large_roi_frame_rate(15)
    run(monitor, source, range(45, 90))
    assert source.grabs.count(LARGE) == 15


@pytest.mark.parametrize("fps", [0, -1, 45.1, math.nan, math.inf])
def test_a_picture_rate_that_is_not_possible_is_refused_and_changes_nothing(fps: float) -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    assert not monitor.set_large_roi_frame_rate(fps)
    run(monitor, source, range(90))
    assert source.grabs.count(LARGE) == 10


# --- what is measured


def test_the_gray_value_is_that_of_the_small_roi_whichever_was_grabbed() -> None:
    source = FakeSource()
    samples = run(monitor_of(source), source, range(45))
    small = gray_value(source.grab(LARGE.centre()).pixels)
    assert {sample.measurement.gray for sample in samples} == {small}
    large = gray_value(source.grab(LARGE).pixels)
    assert {sample.measurement.gray_large for sample in samples} == {large, None}
    assert {sample.measurement.status for sample in samples} == {Status.SUCCESS}
    assert {sample.measurement.source for sample in samples} == {SourceKind.SCREEN}


def test_large_and_small_of_one_grab_share_the_capture_time() -> None:
    source = FakeSource(now_s=START_S + 0.123)
    monitor = monitor_of(source)
    both = monitor.capture_dual_roi()
    assert both.large_roi.frame.t_s == both.small_roi.frame.t_s == both.t_s == START_S + 0.123
    assert len(source.grabs) == 1
    assert np.shares_memory(both.large_roi.frame.pixels, both.small_roi.frame.pixels)


def test_a_sample_carries_the_time_of_its_grab_not_of_its_tick() -> None:
    source = FakeSource(now_s=START_S + 7.1234567)
    sample = monitor_of(source).tick(Tick(300, 7.0))
    assert (sample.measurement.frame_index, sample.measurement.t_s) == (300, 7.123457)


def test_in_single_mode_the_whole_roi_is_shown_and_measured() -> None:
    source = FakeSource()
    monitor = monitor_of(source, Regions(RoiMode.SINGLE, LARGE))
    samples = run(monitor, source, range(10))
    assert source.grabs == [LARGE] * 10
    assert {sample.measurement.gray for sample in samples} == {gray_value(source.grab(LARGE).pixels)}
    assert monitor.small_picture is not None
    assert monitor.small_picture.frame.roi == LARGE


def test_a_large_roi_below_50_px_is_measured_as_a_whole() -> None:
    source, tiny = FakeSource(), Roi(10, 10, 40, 90)
    samples = run(monitor_of(source, Regions(RoiMode.DUAL, tiny)), source, range(3))
    assert {sample.measurement.gray for sample in samples} == {gray_value(source.grab(tiny).pixels)}


def test_a_region_over_the_edge_is_clamped_before_its_centre_is_taken() -> None:
    source = FakeSource()
    monitor = monitor_of(source, Regions(RoiMode.DUAL, Roi(-500, -500, 100, 150)))
    assert monitor.regions.large == Roi(-100, -50, 100, 150)
    assert monitor.regions.small == Roi(-25, 25, 25, 75)
    run(monitor, source, range(3))


def test_a_region_off_the_screen_is_an_error_that_names_both() -> None:
    with pytest.raises(OffScreenError, match=r"ROI 600,0,700,90 .*-100,-50,540,430: select a region inside"):
        monitor_of(FakeSource(), Regions(RoiMode.DUAL, Roi(600, 0, 700, 90)))


def test_the_sine_is_judged_by_the_simple_rule_and_has_no_peaks() -> None:
    now_s = 0.0
    source = SineSource(lambda: now_s)
    monitor = Monitor(source, Regions(RoiMode.DUAL, source.bounds), FemConfig(), RATE_HZ)
    samples = []
    for index in range(180):
        now_s = index / RATE_HZ
        samples.append(monitor.tick(Tick(index, now_s)))
    assert any(sample.peak_signal for sample in samples)
    assert all(sample.peak is None for sample in samples)
    assert monitor.finish() is None
    assert {sample.measurement.source for sample in samples} == {SourceKind.SINE}


def test_after_a_change_of_regions_the_simple_rule_forgets_the_mean() -> None:
    source = FakeSource(kind=SourceKind.SINE)
    monitor = monitor_of(source)
    assert run(monitor, source, range(5))[-1].baseline is not None
    monitor.change_regions(Regions(RoiMode.DUAL, Roi(0, 0, 200, 200)))
    assert run(monitor, source, range(5, 6))[0].baseline is None


# --- pictures


def test_small_pictures_own_their_pixels_so_that_no_grab_is_kept_alive() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    run(monitor, source, range(45))
    pictures = monitor.get_small_roi_history(45)
    assert len(pictures) == 45
    assert all(picture.frame.pixels.base is None for picture in pictures)
    assert all(picture.frame.roi == LARGE.centre() for picture in pictures)


def test_only_the_newest_small_pictures_are_held() -> None:
    source = FakeSource()
    monitor = monitor_of(source, settings=config(roi_buffer_size=7))
    samples = run(monitor, source, range(20))
    times_s = [picture.frame.t_s for picture in monitor.get_small_roi_history(100)]
    assert times_s == [START_S + index / RATE_HZ + 0.001 for index in range(13, 20)]
    assert [picture.frame.t_s for picture in monitor.get_small_roi_history(2)] == times_s[-2:]
    assert monitor.get_small_roi_history(0) == []
    assert monitor.get_small_roi_history(-3) == []
    assert monitor.small_picture is not None
    assert monitor.small_picture.gray_value == samples[-1].measurement.gray


def test_the_large_picture_is_the_newest_and_has_the_pixels_of_the_screen() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    assert monitor.large_picture is None
    run(monitor, source, range(50))
    assert monitor.large_picture is not None
    assert monitor.large_picture.frame.t_s == START_S + 1.0 + 0.001
    assert np.array_equal(monitor.large_picture.frame.pixels, source.grab(LARGE).pixels)


def test_the_last_ten_large_pictures_are_held_oldest_first() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    assert monitor.get_large_roi_history(5) == []
    run(monitor, source, range(45 * 3))
    pictures = monitor.get_large_roi_history(100)
    assert [picture.frame.t_s for picture in pictures] == pytest.approx(
        [START_S + 0.001 + slot / 5 for slot in range(5, 15)], abs=0.03
    )
    assert {picture.frame.roi for picture in pictures} == {LARGE}
    assert pictures[-1] is monitor.large_picture
    assert monitor.get_large_roi_history(2) == pictures[-2:]
    assert [monitor.get_large_roi_history(count) for count in (0, -1)] == [[], []]


def test_large_pictures_own_their_pixels_so_that_no_later_grab_changes_them() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    run(monitor, source, range(20))
    assert all(picture.frame.pixels.base is None for picture in monitor.get_large_roi_history(10))


def test_a_picture_that_nobody_can_write_to_is_held_without_a_copy() -> None:
    ring, pixels = PictureRing(500, 1000), np.zeros((10, 10, 4), np.uint8)
    pixels.setflags(write=False)
    frame = Frame(pixels, Roi(0, 0, 10, 10), 0.0, SourceKind.SCREEN)
    assert ring.add(RoiData.of(frame)).frame is frame
    part = frame.crop(Roi(0, 0, 5, 5))
    assert not np.shares_memory(ring.add(RoiData.of(part)).frame.pixels, pixels)


def test_pictures_of_a_whole_screen_are_held_within_a_fixed_amount_of_memory() -> None:
    ring = PictureRing(500, 1000)
    frames = [Frame(np.zeros((10, 10, 4), np.uint8), Roi(0, 0, 10, 10), t_s, SourceKind.SCREEN) for t_s in range(9)]
    for frame in frames:
        ring.add(RoiData.of(frame))
    assert [picture.frame.t_s for picture in ring.last(99)] == [7, 8]
    huge = Frame(np.zeros((100, 100, 4), np.uint8), Roi(0, 0, 100, 100), 9.0, SourceKind.SCREEN)
    newest = ring.add(RoiData.of(huge))
    assert ring.last(99) == [newest] == [ring.newest]
    ring.add(RoiData.of(frames[0]))
    ring.add(RoiData.of(frames[1]))
    assert [picture.frame.t_s for picture in ring.last(99)] == [0, 1]


def test_memory_does_not_grow_with_the_ticks() -> None:
    source = FakeSource()
    monitor = monitor_of(source, settings=config(roi_buffer_size=10))

    def arrays() -> int:
        gc.collect()
        return sum(isinstance(thing, Frame) for thing in gc.get_objects())

    run(monitor, source, range(150))
    before = arrays()
    run(monitor, source, range(150, 400))
    assert arrays() == before


# --- faults


def test_a_failed_capture_gives_a_failed_sample_without_gray() -> None:
    source = FakeSource(failing=True)
    monitor = monitor_of(source)
    (sample,) = run(monitor, source, range(5, 6))
    measured = sample.measurement
    assert (measured.frame_index, measured.gray, measured.gray_large) == (5, None, None)
    assert measured.status is Status.FAILED
    assert (sample.peak, sample.baseline) == (None, None)
    assert "locked" in str(monitor.last_error)


def test_it_tries_again_at_growing_intervals_up_to_5_s() -> None:
    source = FakeSource(failing=True)
    monitor = monitor_of(source, rate_hz=100)
    tried_s = []
    for index in range(3000):
        before = len(source.grabs)
        run(monitor, source, range(index, index + 1), rate_hz=100)
        if len(source.grabs) > before:
            tried_s.append(index / 100)
    waits_s = [later - earlier for earlier, later in itertools.pairwise(tried_s)]
    assert waits_s == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0, 5.0], abs=0.011)


def test_after_a_fault_it_goes_on_as_before_and_the_next_fault_is_a_first_one() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    run(monitor, source, range(10))
    for begin in (10, 110):
        source.failing = True
        run(monitor, source, range(begin, begin + 40))
        source.failing = False
        samples = run(monitor, source, range(begin + 40, begin + 100))
        good = [sample for sample in samples if sample.measurement.status is Status.SUCCESS]
        assert len(good) > 20
        assert samples[-1].measurement.status is Status.SUCCESS
        assert monitor.last_error is None


def test_the_picture_that_failed_comes_with_the_first_good_grab() -> None:
    source = FakeSource()
    settings = FemConfig.model_validate({"roi_capture": {"frame_rate": 1}})
    monitor = monitor_of(source, settings=settings)
    source.failing = True
    run(monitor, source, range(3))
    assert source.grabs == [LARGE]
    source.failing = False
    run(monitor, source, range(3, 10))
    assert source.grabs[1] == LARGE
    assert monitor.large_picture is not None


def test_the_states_tell_of_fault_and_recovery_with_time_and_reason() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    assert monitor.states.current is CoordinationState.INITIALIZING
    run(monitor, source, range(3))
    source.failing = True
    run(monitor, source, range(3, 6))
    source.failing = False
    run(monitor, source, range(6, 12))
    changes = monitor.states.history
    assert [(change.old.name, change.new.name) for change in changes] == [
        ("INITIALIZING", "SUCCESS"),
        ("SUCCESS", "ERROR_RECOVERY"),
        ("ERROR_RECOVERY", "SUCCESS"),
    ]
    assert changes[1].t_s == pytest.approx(3 / RATE_HZ)
    assert changes[1].reason == "the screen is locked"
    assert [change.t_s for change in changes] == sorted(change.t_s for change in changes)


@given(st.lists(st.tuples(st.floats(0, 0.2), st.floats(0, 0.3), st.booleans()), min_size=1, max_size=40))
def test_the_times_of_samples_never_run_back(steps: list[tuple[float, float, bool]]) -> None:
    """However long a wait or a grab lasts and whichever fails, as the loop of the worker paces it."""
    source = FakeSource(bounds=Roi(0, 0, 60, 60))
    monitor = monitor_of(source, Regions(RoiMode.DUAL, source.bounds))
    schedule = LiveSchedule(RATE_HZ)
    times_s = []
    for overslept_s, grab_s, failing in steps:
        tick = schedule.next_tick(source.now_s - START_S)
        source.now_s = max(source.now_s, START_S + tick.due_s) + overslept_s
        source.failing = failing
        times_s.append(monitor.tick(tick).measurement.t_s)
        source.now_s += grab_s
    assert times_s == sorted(times_s)


# --- other regions, and the end


def test_after_a_change_of_regions_the_new_ones_are_grabbed_the_large_one_first() -> None:
    source, other = FakeSource(), Roi(0, 0, 200, 200)
    monitor = monitor_of(source)
    run(monitor, source, range(10))
    source.grabs.clear()
    monitor.change_regions(Regions(RoiMode.DUAL, other))
    assert monitor.large_picture is None
    run(monitor, source, range(10, 13))
    assert source.grabs == [other, other.centre(), other.centre()]


def test_a_change_of_regions_restarts_the_detector() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    before = run(monitor, source, range(45))
    assert before[-1].baseline is not None
    monitor.change_regions(Regions(RoiMode.DUAL, Roi(0, 0, 200, 200)))
    source.level = 60
    after = run(monitor, source, range(45, 90))
    assert after[0].baseline is None
    assert all(sample.peak is None for sample in after)
    assert monitor.finish() is None


def test_to_choose_anew_what_is_used_already_changes_nothing() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    emission(monitor, source)
    monitor.change_regions(Regions(RoiMode.DUAL, LARGE))
    monitor.change_detector(DetectorConfig())
    after = run(monitor, source, range(75, 100))
    assert after[0].baseline is not None
    assert [sample.peak.start_frame for sample in after if sample.peak] == [45]


def test_a_region_off_the_screen_is_refused_and_the_old_one_stays() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    run(monitor, source, range(45))
    with pytest.raises(OffScreenError):
        monitor.change_regions(Regions(RoiMode.DUAL, Roi(900, 900, 999, 999)))
    assert monitor.regions.large == LARGE
    assert run(monitor, source, range(45, 46))[0].baseline is not None


def test_after_a_change_of_regions_a_failing_source_is_tried_at_once() -> None:
    source = FakeSource(failing=True)
    monitor = monitor_of(source)
    run(monitor, source, range(90))
    source.failing = False
    monitor.change_regions(Regions(RoiMode.DUAL, Roi(0, 0, 200, 200)))
    assert run(monitor, source, range(90, 91))[0].measurement.status is Status.SUCCESS


def test_the_peaks_of_a_session_are_numbered_on_over_a_change_of_regions() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    peaks = [sample.peak for sample in pulse(monitor, source, 0) if sample.peak]
    monitor.change_regions(Regions(RoiMode.DUAL, Roi(0, 0, 200, 200)))
    source.level = 0
    peaks += [sample.peak for sample in pulse(monitor, source, 120) if sample.peak]
    assert [peak.peak_index for peak in peaks] == [1, 2]


def emission(monitor: Monitor, source: FakeSource) -> None:
    """Run a second of quiet and an emission on frames 45 to 74, and leave a mark behind."""
    run(monitor, source, range(45))
    source.level = 40
    run(monitor, source, range(45, 75))
    source.level = 5


def test_an_emission_that_waits_for_its_verdict_is_not_lost_by_a_change_of_regions() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    emission(monitor, source)
    waiting = run(monitor, source, range(75, 88))
    assert all(sample.peak is None for sample in waiting)
    monitor.change_regions(Regions(RoiMode.DUAL, Roi(0, 0, 200, 200)))
    first, *others = run(monitor, source, range(88, 100))
    assert first.peak is not None
    assert (first.peak_signal, first.peak.start_frame, first.peak.decided_frame) == (1, 45, 88)
    assert all(sample.peak is None for sample in others)


def test_a_candidate_that_a_change_interrupts_is_told_and_logged_as_interrupted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="nhem_qt.monitor.judge")
    source = FakeSource()
    monitor = monitor_of(source)
    emission(monitor, source)
    monitor.change_detector(DetectorConfig(difference_threshold=3.0))
    first, *others = run(monitor, source, range(75, 90))
    assert first.rejection is not None
    assert (first.rejection.reason, first.rejection.start_frame) == (Reason.INTERRUPTED, 45)
    assert all(sample.rejection is None for sample in others)
    assert [record.message.partition(" rejected: ")[2] for record in caplog.records] == ["interrupted (0, limit 2)"]


def test_a_candidate_that_the_end_interrupts_is_told_once_all_samples_are_taken() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    emission(monitor, source)
    assert monitor.take_rejections() == ()
    assert monitor.finish() is None
    (rejection,) = monitor.take_rejections()
    assert (rejection.reason, rejection.start_frame) == (Reason.INTERRUPTED, 45)
    assert monitor.take_rejections() == ()


def test_at_the_end_a_pending_peak_is_decided_on_the_last_sample() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    emission(monitor, source)
    last = run(monitor, source, range(75, 88))[-1]
    final = monitor.finish()
    assert final is not None
    assert final.peak is not None
    assert final.measurement == last.measurement
    assert (final.peak_signal, final.peak.peak_index, final.peak.decided_frame) == (1, 1, 87)
    assert monitor.finish() is None


def test_at_the_end_of_nothing_there_is_nothing_to_decide() -> None:
    assert monitor_of(FakeSource()).finish() is None


def test_a_failing_source_feeds_the_detector_no_values() -> None:
    source = FakeSource()
    monitor = monitor_of(source)
    run(monitor, source, range(45))
    source.failing = True
    samples = run(monitor, source, range(45, 60))
    source.failing, source.level = False, 0
    samples += run(monitor, source, range(60, 150))
    assert all(sample.peak is None for sample in samples)
