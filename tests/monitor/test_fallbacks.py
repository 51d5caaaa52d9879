"""What is done where the usual way to measure fails, and what is told of it."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from faulty_source import Failing, FaultySource

from nhem_qt.capture import CaptureError, DemoSource
from nhem_qt.capture.sine import sine_gray
from nhem_qt.config import FemConfig
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import (
    CoordinationState,
    ErrorKind,
    Fallback,
    Fault,
    Impact,
    Measurement,
    Monitor,
    PictureNotice,
    Recovery,
    Regions,
    RoiMode,
    Sample,
    Status,
    Tick,
)
from nhem_qt.monitor.errors import FaultLog, fault_of

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE, LEGACY = Roi(100, 60, 400, 360), Roi(300, 200, 420, 320)
RATE_HZ = 45.0


class Bench:
    """A monitor on a demo that fails when it is told to, on a clock that goes by ticks."""

    def __init__(self, regions: Regions | None = None, legacy_roi: Roi | None = None, **processing: object) -> None:
        self.now_s = 0.0
        self.faulty = FaultySource(DemoSource(clock=lambda: self.now_s), lambda: self.now_s)
        config = FemConfig.model_validate({"data_processing": processing})
        self.monitor = Monitor(
            self.faulty, regions or Regions(RoiMode.DUAL, LARGE), config, RATE_HZ, legacy_roi=legacy_roi
        )
        self._index = 0
        self.notices: list[str] = []
        self.remarks: list[str] = []
        self.faults: list[Fault] = []

    def run(self, seconds: float, failing: Failing | None = None) -> list[Sample]:
        """Take the ticks of some time."""
        self.faulty.failing = failing
        samples = [self.take() for _ in range(round(seconds * RATE_HZ))]
        self.faulty.failing = None
        return samples

    def take(self) -> Sample:
        self.now_s = self._index / RATE_HZ
        sample = self.monitor.tick(Tick(self._index, self.now_s))
        self._index += 1
        news = self.monitor.take_news()
        self.notices += news.notices
        self.remarks += news.remarks
        self.faults += news.faults
        return sample


def measured(samples: list[Sample]) -> list[Measurement]:
    return [sample.measurement for sample in samples]


def only(wanted: Roi, grab: Callable[[Roi], Frame]) -> Callable[[Roi], Frame]:
    """Let all other regions fail."""

    def grabbed(roi: Roi) -> Frame:
        if roi != wanted:
            raise CaptureError(f"the monitor with {roi} is off")
        return grab(roi)

    return grabbed


# --- the coordinated frame


def test_both_regions_of_a_frame_come_from_one_grab() -> None:
    bench = Bench()
    bench.run(0.1)
    before = bench.faulty.grabs
    frame = bench.monitor.capture_dual_roi()
    assert bench.faulty.grabs == before + 1
    assert frame.roi1_data is not None
    assert frame.roi2_data is not None
    assert np.shares_memory(frame.roi1_data.frame.pixels, frame.roi2_data.frame.pixels)
    assert frame.roi1_data.frame.t_s == frame.roi2_data.frame.t_s == frame.t_s == bench.now_s
    assert (frame.status, frame.errors, frame.fallback_used) == (Status.SUCCESS, (), False)
    assert frame.spatial_relationship_valid
    assert frame.frame_count == 3
    assert 0 < frame.processing_time_ms <= frame.extraction_latency_ms
    assert (frame.large_roi, frame.small_roi) == (frame.roi1_data, frame.roi2_data)


def test_a_frame_that_cannot_be_had_says_why_and_holds_nothing() -> None:
    bench = Bench()
    bench.faulty.failing = Failing.RAISES
    frame = bench.monitor.capture_dual_roi()
    assert (frame.status, frame.roi1_data, frame.roi2_data) == (Status.FAILED, None, None)
    assert frame.errors == ("the screen raises",)
    assert not frame.fallback_used
    assert bench.monitor.fault_count(ErrorKind.CAPTURE) == 1


def test_the_newest_frame_is_that_of_the_last_picture_and_owns_its_pixels() -> None:
    bench = Bench()
    bench.run(0.5)
    frame = bench.monitor.dual_frame
    assert frame is not None
    assert frame.frame_count == 18
    assert frame.roi1_data is bench.monitor.large_picture
    assert frame.roi2_data in bench.monitor.get_small_roi_history(10)


def test_a_box_that_differs_much_from_its_surroundings_is_remarked_once_while_it_lasts() -> None:
    bench = Bench(Regions(RoiMode.DUAL, DemoSource.bounds))
    bench.run(3)
    assert bench.remarks == [
        "The gray values of small and large region differ by +79: see that the box is on the focus"
    ]
    assert bench.notices == []
    assert bench.faults == []
    assert bench.monitor.dual_frame is not None
    assert len(bench.monitor.dual_frame.notices) == 1


def test_in_single_mode_both_regions_are_the_same() -> None:
    bench = Bench(Regions(RoiMode.SINGLE, LEGACY))
    bench.run(0.1)
    frame = bench.monitor.dual_frame
    assert frame is not None
    assert frame.roi1_quality_score == frame.roi2_quality_score
    assert frame.notices == ()
    assert frame.spatial_relationship_valid


# --- a small ROI that cannot be had


@pytest.mark.parametrize("variant", range(7))
def test_a_frame_of_a_wrong_size_is_an_error_and_never_a_number(variant: int) -> None:
    bench = Bench()
    bench.run(0.1)
    bench.faulty._variants = itertools.repeat(variant)
    (sample,) = bench.run(1 / RATE_HZ, Failing.WRONG_SIZED)
    assert sample.measurement.gray is None
    assert sample.measurement.gray_large is None
    assert sample.measurement.status is Status.PARTIAL
    assert sample.measurement.notice is PictureNotice.STALE
    (fault,) = bench.faults
    assert (fault.kind, fault.impact, fault.recovery) == (
        ErrorKind.EXTRACTION,
        Impact.MEDIUM,
        Recovery.ROI2_FALLBACK,
    )


def test_while_the_small_region_fails_the_last_good_one_is_shown_and_it_is_measured_in_the_large_one() -> None:
    bench = Bench()
    bench.run(0.1)
    last = bench.monitor.small_picture
    partial = bench.run(1 / RATE_HZ, Failing.WRONG_SIZED)
    assert bench.monitor.small_picture is last
    frame = bench.monitor.dual_frame
    assert frame is not None
    assert (frame.status, frame.fallback_used, frame.roi2_data) == (Status.PARTIAL, True, last)
    assert bench.monitor.states.current is CoordinationState.PARTIAL
    after = bench.run(2 / RATE_HZ)
    expected = DemoSource(clock=lambda: 0.0).grab(LARGE.centre())
    assert [one.measurement.status for one in partial + after] == [Status.PARTIAL, Status.SUCCESS, Status.SUCCESS]
    assert after[0].measurement.gray is not None
    assert abs(after[0].measurement.gray - expected.gray) < 2


def test_a_small_region_that_fails_for_long_is_told_with_its_begin_and_end() -> None:
    bench = Bench()
    bench.run(1)
    inner = bench.faulty._inner.grab
    bench.faulty._inner.grab = lambda roi: inner(roi if roi == LARGE else roi.moved(1, 1))
    samples = bench.run(6)
    statuses = [one.status for one in measured(samples)]
    assert statuses.count(Status.PARTIAL) < 12
    assert statuses.count(Status.FAILED) == 0
    assert bench.monitor.fallback(bench.now_s) is Fallback.SMALL_FROM_LARGE
    bench.faulty._inner.grab = inner
    bench.run(6)
    assert [notice.partition(":")[0] for notice in bench.notices] == [
        "The small region cannot be had by itself",
        "The small region can be had by itself again",
    ]
    assert bench.monitor.fallback(bench.now_s) is Fallback.NONE


def test_a_wrong_large_region_is_a_failure_of_both() -> None:
    bench = Bench()
    (sample,) = bench.run(1 / RATE_HZ, Failing.WRONG_SIZED)
    assert (sample.measurement.status, sample.measurement.gray) == (Status.FAILED, None)
    assert bench.monitor.fault_count(ErrorKind.EXTRACTION) == 1


# --- a capture that fails


def test_an_outage_is_told_once_with_its_reason_and_its_end_with_how_long_it_was() -> None:
    bench = Bench()
    bench.run(2)
    samples = bench.run(5, Failing.RAISES)
    assert {one.status for one in measured(samples)} == {Status.FAILED}
    assert {one.notice for one in measured(samples)} == {PictureNotice.STALE}
    assert bench.monitor.states.current is CoordinationState.ERROR_RECOVERY
    assert bench.monitor.fallback(bench.now_s) is Fallback.LAST_PICTURE
    missing = measured(bench.run(5))
    begin, end = bench.notices
    assert begin.startswith("The capture fails: ")
    assert begin.endswith("The last picture is shown, and it is tried again")
    lost_s = 5 + sum(one.gray is None for one in missing) / RATE_HZ
    assert end == f"The capture works again; nothing was measured for {lost_s:.1f} s"
    assert bench.monitor.large_picture is not None


def test_an_outage_with_hardly_any_ticks_lasts_until_something_is_measured() -> None:
    bench = Bench()
    bench.run(2)
    bench.run(1.6, Failing.RAISES)
    bench._index += round(6 * RATE_HZ)
    grab = bench.faulty._inner.grab

    def answering_late(roi: Roi) -> Frame:
        bench.now_s += 0.8
        return grab(roi)

    bench.faulty._inner.grab = answering_late
    (again,) = bench.run(1 / RATE_HZ)
    assert again.measurement.t_s == pytest.approx(10.4)
    assert bench.notices[-1] == "The capture works again; nothing was measured for 8.4 s"


def test_an_outage_of_an_instant_is_counted_but_no_news() -> None:
    bench = Bench()
    bench.run(2)
    bench.run(0.3, Failing.RAISES)
    bench.run(2)
    assert bench.notices == []
    assert sum(bench.monitor.fault_count(kind) for kind in ErrorKind) == sum(bench.faulty.failed_grabs.values()) >= 2


def test_every_fault_is_counted_and_the_same_one_is_told_rarely() -> None:
    bench = Bench()
    for _ in range(300):
        bench.run(0.5)
        bench.faulty._variants = itertools.repeat(0)
        bench.run(1 / RATE_HZ, Failing.RAISES)
    assert bench.monitor.fault_count(ErrorKind.CAPTURE) == 300
    assert 10 <= len(bench.faults) <= 17
    assert bench.monitor.faults == tuple(bench.faults)
    assert bench.notices == []


@pytest.mark.parametrize("interval", [1, 2, 7])
def test_a_fault_on_every_tick_floods_neither_notices_nor_faults(interval: int) -> None:
    bench = Bench()
    for _ in range(2000 // interval):
        bench.run((interval - 1) / RATE_HZ)
        bench.run(1 / RATE_HZ, Failing.WRONG_SIZED)
    assert len(bench.faults) <= 50
    assert len(bench.notices) <= 10


def test_an_error_of_a_system_call_and_a_lack_of_memory_are_faults_and_no_crash() -> None:
    assert fault_of(OSError("no display"), 1.0).kind is ErrorKind.CAPTURE
    fault = fault_of(MemoryError(), 1.0)
    assert fault.kind is ErrorKind.RESOURCE
    assert "close other programs" in fault.message
    assert fault.recovery is Recovery.GRACEFUL_DEGRADATION


def test_a_critical_fault_is_always_told() -> None:
    log = FaultLog()
    fault = Fault(ErrorKind.CAPTURE, Impact.HIGH, Recovery.RETRY_CAPTURE, 1.0, "locked")
    worse = dataclasses.replace(fault, impact=Impact.CRITICAL, t_s=1.1, message="lost")
    for one in (fault, fault, worse):
        log.note(one)
    assert log.take_fresh() == (fault, worse)
    assert log.take_fresh() == ()
    assert log.counts[ErrorKind.CAPTURE] == 3


# --- single mode instead of dual mode


def test_where_dual_mode_fails_for_long_the_legacy_region_is_measured_and_back() -> None:
    bench = Bench(legacy_roi=LEGACY, single_after_s=10)
    bench.run(2)
    grab = bench.faulty._inner.grab
    bench.faulty._inner.grab = only(LEGACY, grab)
    samples = bench.run(9.5)
    assert {one.status for one in measured(samples)} == {Status.FAILED}
    samples = bench.run(6)
    single = [one for one in measured(samples) if one.status is Status.SUCCESS]
    assert len(single) > 4 * RATE_HZ
    assert bench.monitor.regions == Regions(RoiMode.SINGLE, LEGACY)
    assert bench.monitor.fallback(bench.now_s) is Fallback.SINGLE_MODE
    assert bench.monitor.states.current is CoordinationState.SUCCESS
    assert bench.monitor.large_picture is not None
    assert bench.monitor.large_picture.frame.roi == LEGACY
    bench.faulty._inner.grab = grab
    bench.run(6)
    assert bench.monitor.regions == Regions(RoiMode.DUAL, LARGE)
    assert bench.monitor.fallback(bench.now_s) is Fallback.NONE
    told = [notice for notice in bench.notices if "ual mode" in notice]
    assert [notice.partition(":")[0] for notice in told] == ["Dual mode has failed for long", "Dual mode works again"]
    assert f"the legacy region {LEGACY} is measured as a whole" in told[0]
    assert any(fault.recovery is Recovery.GRACEFUL_DEGRADATION for fault in bench.faults)


def test_the_detector_begins_anew_with_the_other_region() -> None:
    bench = Bench(legacy_roi=LEGACY, single_after_s=1)
    bench.run(2)
    bench.faulty._inner.grab = only(LEGACY, bench.faulty._inner.grab)
    samples = bench.run(4)
    first = next(one for one in samples if one.measurement.status is Status.SUCCESS)
    assert first.baseline is None
    assert all(one.peak is None for one in samples)


def test_where_the_legacy_region_fails_too_it_is_not_used() -> None:
    bench = Bench(legacy_roi=LEGACY, single_after_s=1)
    bench.run(1)
    bench.run(8, Failing.RAISES)
    assert bench.monitor.regions == Regions(RoiMode.DUAL, LARGE)
    bench.run(6)
    assert bench.monitor.states.current is CoordinationState.SUCCESS
    assert bench.monitor.regions == Regions(RoiMode.DUAL, LARGE)


def test_other_regions_chosen_meanwhile_are_the_wanted_ones() -> None:
    bench, other = Bench(legacy_roi=LEGACY, single_after_s=1), Roi(0, 0, 200, 200)
    bench.run(1)
    grab = bench.faulty._inner.grab
    bench.faulty._inner.grab = only(LEGACY, grab)
    bench.run(4)
    bench.faulty._inner.grab = grab
    bench.monitor.change_regions(Regions(RoiMode.DUAL, other))
    bench.run(1)
    assert bench.monitor.regions == Regions(RoiMode.DUAL, other)
    assert bench.monitor.fallback(bench.now_s) is Fallback.NONE


@pytest.mark.parametrize("chosen", [Regions(RoiMode.SINGLE, LEGACY), Regions(RoiMode.DUAL, Roi(0, 0, 200, 200))])
def test_whoever_chooses_other_regions_is_not_told_that_dual_mode_works_again(chosen: Regions) -> None:
    bench = Bench(legacy_roi=LEGACY, single_after_s=1)
    bench.run(1)
    bench.faulty._inner.grab = only(LEGACY, bench.faulty._inner.grab)
    bench.run(4)
    bench.monitor.change_regions(chosen)
    bench.run(0.5)
    assert not [notice for notice in bench.notices if "Dual mode works again" in notice]


def test_to_choose_the_legacy_region_that_is_used_already_ends_the_search_and_nothing_else() -> None:
    bench = Bench(legacy_roi=LEGACY, single_after_s=1)
    bench.run(1)
    grab = bench.faulty._inner.grab
    bench.faulty._inner.grab = only(LEGACY, grab)
    bench.run(4)
    assert bench.monitor.regions == Regions(RoiMode.SINGLE, LEGACY)
    bench.monitor.change_regions(bench.monitor.regions)
    bench.faulty._inner.grab = grab
    samples = bench.run(4)
    assert samples[0].baseline is not None
    assert bench.monitor.regions == Regions(RoiMode.SINGLE, LEGACY)
    assert bench.monitor.fallback(bench.now_s) is Fallback.NONE


def test_to_choose_the_wanted_regions_again_tries_them_at_once() -> None:
    bench = Bench(legacy_roi=LEGACY, single_after_s=1)
    bench.run(1)
    grab = bench.faulty._inner.grab
    bench.faulty._inner.grab = only(LEGACY, grab)
    bench.run(4)
    bench.faulty._inner.grab = grab
    bench.monitor.change_regions(Regions(RoiMode.DUAL, LARGE))
    assert bench.run(1)[0].measurement.gray_large is not None
    assert bench.monitor.regions == Regions(RoiMode.DUAL, LARGE)


def test_a_legacy_region_off_the_screen_is_no_way_out() -> None:
    bench = Bench(legacy_roi=Roi(5000, 0, 5100, 100), single_after_s=1)
    bench.run(1)
    bench.run(4, Failing.RAISES)
    assert bench.monitor.regions == Regions(RoiMode.DUAL, LARGE)


# --- emergency


def test_when_nothing_is_captured_for_long_an_emergency_is_told_and_nothing_invented() -> None:
    bench = Bench(emergency_after_s=20)
    bench.run(2)
    samples = bench.run(30, Failing.RAISES)
    assert {(one.gray, one.source) for one in measured(samples)} == {(None, SourceKind.DEMO)}
    assert bench.monitor.states.current is CoordinationState.FAILED
    assert bench.monitor.fallback(bench.now_s) is Fallback.EMERGENCY
    assert sum(fault.impact is Impact.CRITICAL for fault in bench.faults) == 1
    bench.run(6)
    assert bench.notices[1].startswith("Nothing could be captured for 20 s, emergency mode: ")
    assert bench.notices[2].startswith("The capture works again; nothing was measured for 3")
    assert len(bench.notices) == 3
    assert [change.new.name for change in bench.monitor.states.history] == [
        "SUCCESS",
        "ERROR_RECOVERY",
        "FAILED",
        "SUCCESS",
    ]


def test_an_emergency_is_a_fault_of_what_failed() -> None:
    bench = Bench(legacy_roi=LEGACY, single_after_s=1, emergency_after_s=3)
    bench.run(1)
    bench.run(8, Failing.WRONG_SIZED)
    assert bench.monitor.fallback(bench.now_s) is Fallback.EMERGENCY
    (critical,) = (fault for fault in bench.faults if fault.impact is Impact.CRITICAL)
    assert critical.kind is ErrorKind.EXTRACTION
    assert [kind for kind in ErrorKind if bench.monitor.fault_count(kind)] == [ErrorKind.EXTRACTION]


def test_where_single_mode_takes_over_from_wrong_pictures_that_is_no_fault_of_the_capture() -> None:
    bench = Bench(legacy_roi=LEGACY, single_after_s=1)
    bench.run(1)
    grab = bench.faulty._inner.grab
    bench.faulty._inner.grab = lambda roi: grab(roi if roi == LEGACY else roi.moved(1, 1))
    bench.run(4)
    assert bench.monitor.fallback(bench.now_s) is Fallback.SINGLE_MODE
    assert [kind for kind in ErrorKind if bench.monitor.fault_count(kind)] == [ErrorKind.EXTRACTION]


def test_a_simulated_curve_is_marked_and_never_judged() -> None:
    bench = Bench(emergency_after_s=5, simulate_in_emergency=True)
    bench.run(2)
    samples = bench.run(60, Failing.RAISES)
    simulated = [one for one in samples if one.measurement.source is SourceKind.SIMULATED]
    assert len(simulated) == pytest.approx(55 * RATE_HZ, abs=2)
    for sample in simulated:
        found = sample.measurement
        assert found.gray == sine_gray(found.t_s)
        assert found.measured_gray is None
        assert (found.status, found.notice) == (Status.FAILED, PictureNotice.STALE)
        assert (sample.peak, sample.in_peak_region, sample.peak_signal) == (None, False, None)
    assert {one.source for one in measured(samples)} == {SourceKind.DEMO, SourceKind.SIMULATED}
    assert {one.source for one in measured(bench.run(6))[-45:]} == {SourceKind.DEMO}


def test_what_is_simulated_leaves_no_trace_in_the_detector() -> None:
    with_sine, without = (Bench(emergency_after_s=2, simulate_in_emergency=simulates) for simulates in (True, False))
    for bench in (with_sine, without):
        bench.run(2)
        bench.run(8, Failing.RAISES)
    after = [[(one.baseline, one.threshold, one.peak) for one in bench.run(40)] for bench in (with_sine, without)]
    assert after[0] == after[1]


def test_a_hung_attempt_that_was_abandoned_leaves_the_monitor_fit_for_the_next_tick() -> None:
    class AbandonedError(BaseException):
        """As the relay raises it in the thread that hung."""

    def hang() -> None:
        raise AbandonedError

    bench = Bench()
    bench.run(1)
    bench.faulty._hang = hang
    bench.faulty.failing = Failing.HANGS
    with pytest.raises(AbandonedError):
        bench.take()
    assert bench.monitor.states.step is CoordinationState.ROI1_CAPTURING
    bench._index += 45
    assert measured(bench.run(1))[0].status is Status.SUCCESS
