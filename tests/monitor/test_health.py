"""The figures of the last 100 frames and of the session, and what they mean in words."""

from __future__ import annotations

import time
from typing import Any

import pytest
from faulty_source import Failing, FaultySource
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.capture import CaptureError, DemoSource, SineSource
from nhem_qt.config import FemConfig
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import (
    Fallback,
    HealthLevel,
    LoadLevel,
    Measurement,
    Monitor,
    PictureNotice,
    Regions,
    RoiMode,
    Status,
    Surroundings,
    Tick,
)
from nhem_qt.monitor.health import Condition, HealthMeter, HealthReport
from nhem_qt.monitor.load import Saving

AROUND = Surroundings(wanted_rate_hz=45.0)
WELL = Condition("success", Fallback.NONE)


def measurement(index: int, status: Status = Status.SUCCESS) -> Measurement:
    gray = 100.0 if status is Status.SUCCESS else None
    return Measurement(index, index / 45, gray, None, SourceKind.DEMO, status)


def filled(count: int = 100, latency_s: float = 0.001) -> HealthMeter:
    meter = HealthMeter()
    for index in range(count):
        meter.note(measurement(index), 0.001, latency_s)
    return meter


def test_when_all_is_well_it_says_so() -> None:
    report = filled().report(WELL, AROUND)
    assert (report.level, report.words) == (HealthLevel.GOOD, ("All is well",))
    assert (report.synchronisation_rate, report.success_rate, report.recovery_rate) == (1.0, 1.0, 1.0)
    assert report.rate_hz == pytest.approx(45)
    assert report.latency_p50_ms == report.latency_p99_ms == pytest.approx(1.0)


def test_before_the_first_frame_nothing_is_wrong() -> None:
    report = HealthMeter().report(WELL, AROUND)
    assert (report.level, report.rate_hz, report.latency_p95_ms) == (HealthLevel.GOOD, 0.0, 0.0)


def test_the_percentiles_are_those_of_the_last_hundred_frames() -> None:
    meter = filled(500, latency_s=9.0)
    for index in range(100):
        meter.note(measurement(500 + index), 0.0, (index + 1) / 1000)
    report = meter.report(WELL, AROUND)
    assert report.latency_p50_ms == pytest.approx(50.5)
    assert report.latency_p95_ms == pytest.approx(95.05)
    assert report.latency_p99_ms == pytest.approx(99.01)


def test_ticks_that_measured_nothing_took_no_time_for_a_value() -> None:
    meter = filled(latency_s=0.004)
    for index in range(100, 160):
        meter.note(measurement(index, Status.FAILED), 0.0, 1e-5)
    report = meter.report(WELL, AROUND)
    assert (report.latency_p50_ms, report.latency_p99_ms) == pytest.approx((4.0, 4.0))
    for index in range(160, 200):
        meter.note(measurement(index, Status.PARTIAL), 0.0, 9.0)
    report = meter.report(WELL, AROUND)
    assert (report.latency_p50_ms, report.latency_p99_ms) == (0.0, 0.0)


def test_frames_that_were_late_or_failed_are_not_in_step() -> None:
    meter = HealthMeter()
    for index in range(100):
        status = Status.FAILED if index % 10 == 0 else Status.SUCCESS
        meter.note(measurement(index, status), 0.2 if index % 10 == 5 else 0.02, 0.001)
    report = meter.report(WELL, AROUND)
    assert report.success_rate == pytest.approx(0.9)
    assert report.synchronisation_rate == pytest.approx(0.8)
    assert "Only 90% of the last frames were measured" in report.words
    assert report.level is HealthLevel.FAIR


def test_while_nothing_is_measured_the_rate_falls_and_comes_back_afterwards() -> None:
    meter = filled()
    for index in range(100, 150):
        meter.note(measurement(index, Status.FAILED), 0.0, 0.001)
    assert meter.report(WELL, AROUND).rate_hz == pytest.approx(45 / 2, rel=0.02)
    for index in range(150, 199):
        meter.note(measurement(index, Status.PARTIAL), 0.0, 0.001)
    assert meter.report(WELL, AROUND).rate_hz == 0
    for index in range(199, 298):
        meter.note(measurement(index), 0.0, 0.001)
    assert meter.report(WELL, AROUND).rate_hz == pytest.approx(45)


def test_outages_count_as_recovered_when_they_are_over() -> None:
    meter = filled(10)
    for index, status in enumerate([Status.FAILED, Status.FAILED, Status.SUCCESS, Status.PARTIAL], 10):
        meter.note(measurement(index, status), 0.0, 0.001)
    assert meter.report(WELL, AROUND).recovery_rate == 0.5
    meter.note(measurement(14), 0.0, 0.001)
    assert meter.report(WELL, AROUND).recovery_rate == 1.0


@pytest.mark.parametrize(
    ("condition", "around", "level", "words"),
    [
        ({"fallback": Fallback.EMERGENCY}, {}, HealthLevel.BAD, "Nothing has been captured for long"),
        ({"fallback": Fallback.LAST_PICTURE}, {}, HealthLevel.BAD, "The capture fails"),
        ({"fallback": Fallback.SINGLE_MODE}, {}, HealthLevel.FAIR, "Dual mode fails"),
        ({"fallback": Fallback.SMALL_FROM_LARGE}, {}, HealthLevel.FAIR, "The small region"),
        ({"notice": PictureNotice.BLACK}, {}, HealthLevel.BAD, "The measured box is black"),
        ({"notice": PictureNotice.COVERED}, {}, HealthLevel.BAD, "Something covers"),
        ({"notice": PictureNotice.FROZEN}, {}, HealthLevel.FAIR, "The picture stands still"),
        ({"notice": PictureNotice.MOVED}, {}, HealthLevel.FAIR, "The picture shows another place"),
        ({"quality": 0.1}, {}, HealthLevel.FAIR, "The picture is blurred"),
        ({}, {"store_failure": "The disk is full: make room"}, HealthLevel.BAD, "The disk is full: make room"),
        ({}, {"saving": Saving(4)}, HealthLevel.FAIR, "Pictures are taken less often than configured"),
        ({}, {"saving": Saving(4, 2), "wanted_rate_hz": 90.0}, HealthLevel.FAIR, "Only every second gray value"),
        ({}, {"load": LoadLevel.HIGH}, HealthLevel.GOOD, "All is well"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    condition: dict[str, Any], around: dict[str, Any], level: HealthLevel, words: str
) -> None:
    values: dict[str, Any] = {"state": "success", "fallback": Fallback.NONE}
    surroundings: dict[str, Any] = {"wanted_rate_hz": 45.0}
    report = filled().report(Condition(**values | condition), Surroundings(**surroundings | around))
    assert report.level is level
    assert report.words[0].startswith(words)


def test_what_is_worst_is_said_first() -> None:
    condition = Condition("success", Fallback.NONE, notice=PictureNotice.FROZEN)
    report = filled().report(condition, Surroundings(45.0, store_failure="The disk is full"))
    assert report.words == ("The disk is full", "The picture stands still")


@pytest.mark.parametrize(("every", "level"), [(1, HealthLevel.GOOD), (2, HealthLevel.FAIR), (3, HealthLevel.BAD)])
def test_ticks_that_come_too_late_are_told(every: int, level: HealthLevel) -> None:
    meter = HealthMeter()
    for index in range(0, 100 * every, every):
        meter.note(measurement(index), 0.0, 0.001)
    report = meter.report(WELL, AROUND)
    assert report.level is level
    assert any("are missing" in words for words in report.words) == (every > 1)
    wanted = meter.report(WELL, Surroundings(45.0, saving=Saving(4, every)))
    assert not any("are missing" in words for words in wanted.words)


def test_what_a_hang_cost_is_not_blamed_on_the_machine() -> None:
    meter = filled()
    meter.note(measurement(100, Status.FAILED), 0.0, 0.001)
    for index in range(280, 300):
        meter.note(measurement(index), 0.0, 0.001)
    report = meter.report(WELL, AROUND)
    assert report.words == ("The capture did not answer for 4.0 s: 64% of the last gray values are missing",)
    assert report.level is HealthLevel.BAD
    for index in range(302, 400, 2):
        meter.note(measurement(index), 0.0, 0.001)
    both = meter.report(WELL, AROUND).words
    assert [words.partition(": ")[0] for words in both] == [
        "The capture did not answer for 4.0 s",
        "15% of the last gray values are missing",
    ]
    for index in range(401, 520):
        meter.note(measurement(index), 0.0, 0.001)
    assert meter.report(WELL, AROUND).words == ("All is well",)


def test_values_that_take_longer_than_there_is_time_are_told() -> None:
    report = filled(latency_s=0.03).report(WELL, AROUND)
    assert report.words == ("To measure a gray value takes 30 ms, and there are only 22 ms for it",)


def test_a_pause_is_no_gap_in_the_figures() -> None:
    meter = filled()
    meter.begin_anew()
    for index in range(5000, 5020):
        meter.note(measurement(index), 0.0, 0.001)
    report = meter.report(WELL, AROUND)
    assert report.words == ("All is well",)
    assert report.rate_hz == pytest.approx(45)


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.sampled_from(list(Status)), st.floats(-1, 9), st.floats(0, 9)), max_size=150
    ),
    st.sampled_from(list(Fallback)),
    st.one_of(st.none(), st.sampled_from(list(PictureNotice))),
    st.integers(1, 3),
)
def test_a_report_of_anything_is_one(
    frames: list[tuple[int, Status, float, float]], fallback: Fallback, notice: PictureNotice | None, stride: int
) -> None:
    meter, index = HealthMeter(), 0
    for step, status, late_s, latency_s in frames:
        index += step
        meter.note(measurement(index, status), late_s, latency_s)
    report = meter.report(Condition("failed", fallback, notice=notice), Surroundings(45.0, saving=Saving(4, stride)))
    rates = (report.synchronisation_rate, report.success_rate, report.recovery_rate)
    assert all(0 <= rate <= 1 for rate in rates)
    assert report.synchronisation_rate <= report.success_rate
    assert report.latency_p50_ms <= report.latency_p95_ms <= report.latency_p99_ms
    assert (report.level is HealthLevel.GOOD) == (report.words == ("All is well",))
    assert report.words


def report_of(monitor: Monitor) -> HealthReport:
    return monitor.health_report(AROUND)


def test_the_report_of_a_monitor_follows_what_happens_to_it() -> None:
    now_s = 0.0
    source = FaultySource(DemoSource(clock=lambda: now_s), lambda: now_s)
    monitor = Monitor(source, Regions(RoiMode.DUAL, Roi(240, 160, 480, 360)), FemConfig(), 45.0)
    index = 0

    def run(seconds: float, failing: Failing | None = None) -> HealthReport:
        nonlocal now_s, index
        source.failing = failing
        for _ in range(round(seconds * 45)):
            now_s = index / 45
            monitor.tick(Tick(index, now_s))
            index += 1
        return report_of(monitor)

    good = run(3)
    assert (good.state, good.level, good.failures["capture"]) == ("success", HealthLevel.GOOD, 0)
    assert good.quality is not None
    assert good.quality > 0.6
    assert (good.rate_hz, good.picture_rate_hz) == (pytest.approx(45, rel=0.02), 5.0)
    assert 0 < good.latency_p50_ms < 50
    bad = run(1, Failing.RAISES)
    assert (bad.state, bad.level, bad.fallback) == ("error_recovery", HealthLevel.BAD, Fallback.LAST_PICTURE)
    assert bad.picture_rate_hz == 0
    assert bad.failures["capture"] >= 1
    assert bad.recovery_rate == 0
    black = run(2, Failing.BLACK)
    assert (black.notice, black.quality) == (PictureNotice.BLACK, 0.0)
    again = run(3)
    assert again.picture_rate_hz == 5.0
    assert (again.state, again.recovery_rate, again.level) == ("success", 1.0, HealthLevel.GOOD)


def test_the_sine_has_no_picture_that_could_be_sharp() -> None:
    now_s = 0.0
    source = SineSource(clock=lambda: now_s)
    monitor = Monitor(source, Regions(RoiMode.DUAL, source.bounds), FemConfig(), 45.0)
    for index in range(450):
        now_s = index / 45
        monitor.tick(Tick(index, now_s))
    report = report_of(monitor)
    assert (report.level, report.words, report.quality) == (HealthLevel.GOOD, ("All is well",), None)


@pytest.mark.parametrize("pictures_hz", [0.5, 1.0, 5.0, 40.0])
def test_the_picture_rate_is_the_one_that_was_achieved(pictures_hz: float) -> None:
    now_s = 0.0
    source = DemoSource(clock=lambda: now_s)
    monitor = Monitor(source, Regions(RoiMode.DUAL, Roi(240, 160, 480, 360)), FemConfig(), 120.0)
    assert report_of(monitor).picture_rate_hz == 0
    assert monitor.set_large_roi_frame_rate(pictures_hz)
    for index in range(0, 120 * 10, 6):
        now_s = index / 120
        monitor.tick(Tick(index, now_s))
    assert report_of(monitor).picture_rate_hz == min(pictures_hz, 20.0)
    monitor.count_anew()
    assert report_of(monitor).picture_rate_hz == 0


def test_a_picture_that_took_too_long_is_stale_although_it_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0

    class Clock:
        """The clock of the monitor, which goes on while a grab hangs."""

        def perf_counter(self) -> float:
            return now_s

    def hang() -> None:
        nonlocal now_s
        now_s += 0.7

    source = FaultySource(DemoSource(clock=lambda: now_s), lambda: now_s, hang=hang)
    monitor = Monitor(source, Regions(RoiMode.DUAL, Roi(240, 160, 480, 360)), FemConfig(), 45.0)
    monkeypatch.setattr("nhem_qt.monitor.monitor.time", Clock())
    source.failing = Failing.HANGS
    sample = monitor.tick(Tick(0, 0.0))
    assert sample.measurement.gray is not None
    assert (sample.measurement.status, sample.measurement.notice) == (Status.SUCCESS, PictureNotice.STALE)
    source.failing = None
    assert monitor.tick(Tick(40, now_s)).measurement.notice is None


def test_to_note_a_frame_takes_next_to_no_time() -> None:
    meter, one = HealthMeter(), measurement(1)
    best_s = 1.0
    for _ in range(50):
        begun_s = time.perf_counter()
        for _ in range(100):
            meter.note(one, 0.0, 0.001)
        best_s = min(best_s, (time.perf_counter() - begun_s) / 100)
    assert best_s < 5e-6


def test_a_report_is_made_also_where_nothing_was_ever_captured() -> None:
    source = FaultySource(DemoSource(clock=lambda: 0.0), lambda: 0.0)
    monitor = Monitor(source, Regions(RoiMode.DUAL, Roi(240, 160, 480, 360)), FemConfig(), 45.0)
    assert report_of(monitor).level is HealthLevel.GOOD
    source.failing = Failing.VANISHED
    monitor.tick(Tick(0, 0.0))
    assert report_of(monitor).level is HealthLevel.BAD
    with pytest.raises(CaptureError):
        _ = source.bounds
