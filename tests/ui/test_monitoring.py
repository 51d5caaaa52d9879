"""The window's end of the worker: what hangs, fails or ends is told, and nothing measured is lost."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nhem_qt import worker
from nhem_qt.analysis import judge_again
from nhem_qt.capture import NO_PERMISSION, CaptureError, SourceChoice
from nhem_qt.config import FemConfig
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import CoordinationState, ErrorKind, RegionChoice, Regions, RoiMode, Status
from nhem_qt.session import KeptSession, session_paths
from nhem_qt.ui import monitoring as monitoring_module
from nhem_qt.ui.image_view import PictureState
from nhem_qt.ui.monitoring import Monitoring
from nhem_qt.worker import STALLED_AFTER_S, RunPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.monitor import Fault, Transition
    from nhem_qt.ui.main_window import MainWindow

PATIENCE_MS = 30_000
RATE_HZ = 45.0
LONG_S = 10.0
STALLED = "The capture does not answer: what is shown is old"
BEGUN_ANEW = "The capture does not answer: it is begun anew"
ANSWERS_AGAIN = "The capture answers again after "


class Handle:
    """One handle on the source; `free` lets its calls return."""

    kind = SourceKind.DEMO

    def __init__(self, source: TroubledSource) -> None:
        self.source = source
        self.free = threading.Event()
        self.free.set()
        self.free_to_close = threading.Event()
        self.free_to_close.set()
        self.closed = threading.Event()

    @property
    def bounds(self) -> Roi:
        self.free.wait()
        return Roi(0, 0, 200, 100)

    def grab(self, roi: Roi) -> Frame:
        self.free.wait()
        if self.source.error is not None:
            raise self.source.error
        t_s = time.perf_counter()
        time.sleep(self.source.grab_s)  # so slow is the screen
        return Frame(np.full((roi.height, roi.width, 4), self.source.gray(t_s), np.uint8), roi, t_s, self.kind)

    def close(self) -> None:
        self.free_to_close.wait()
        self.closed.set()


class TroubledSource:
    """An even picture that has an emission now and then. Its handles can hang, one by one, and its grabs fail."""

    def __init__(self) -> None:
        self.handles: list[Handle] = []
        self.error: Exception | None = None
        self.grab_s = 0.0
        self.open_freely = threading.Event()
        self.open_freely.set()
        self.new_ones_hang = False

    def open(self, _choice: SourceChoice) -> Handle:
        handle = Handle(self)
        if self.new_ones_hang:
            handle.free.clear()
        self.handles.append(handle)
        self.open_freely.wait()
        return handle

    def gray(self, t_s: float) -> int:
        """Return 40 gray more for 0.6 s out of 2 s, and 5 more between every other two of these."""
        period, phase_s = divmod(t_s, 2.0)
        return 100 + (40 if phase_s < 0.6 else 0) + (5 if period % 2 else 0)

    def hang(self) -> Handle:
        """Let the handle of now hang in its next call."""
        self.handles[-1].free.clear()
        return self.handles[-1]

    def free_all(self) -> None:
        self.new_ones_hang = False
        self.open_freely.set()
        for handle in self.handles:
            handle.free.set()
            handle.free_to_close.set()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[TroubledSource]:
    troubled = TroubledSource()
    monkeypatch.setattr(worker, "open_source", troubled.open)
    yield troubled
    troubled.free_all()


@pytest.fixture
def monitoring(qtbot: QtBot) -> Iterator[Monitoring]:
    control = Monitoring()
    yield control
    if control.is_running:
        with qtbot.waitSignal(control.ended):
            control.stop()
    control.deleteLater()


@pytest.fixture
def notices(monitoring: Monitoring) -> list[str]:
    """What the operator was told so far."""
    told: list[str] = []
    monitoring.notice_given.connect(told.append)
    return told


def plan(tmp_path: Path, seconds: float | None = None) -> RunPlan:
    return RunPlan(SourceChoice(SourceKind.DEMO), RegionChoice(), FemConfig(), tmp_path, seconds)


def start(qtbot: QtBot, monitoring: Monitoring, tmp_path: Path) -> None:
    with qtbot.waitSignal(monitoring.began):
        monitoring.start(plan(tmp_path))
    wait_for_samples(qtbot, monitoring, 4)


def wait_for_samples(qtbot: QtBot, monitoring: Monitoring, more: int) -> None:
    session = monitoring.session
    count = session.history.count
    qtbot.waitUntil(lambda: session.history.count >= count + more, timeout=PATIENCE_MS)


def grow_old(monitoring: Monitoring, seconds: float) -> None:
    """Make the worker and its silence as old as if so much time had passed."""
    monitoring._worker.started_s -= seconds
    monitoring._worker.heartbeat_s -= seconds


def measured(monitoring: Monitoring) -> list[int]:
    return [sample.measurement.frame_index for sample in monitoring.session.history.samples]


def test_a_session_is_whole_on_disk_when_it_has_ended(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert ended.args == [None]
    assert [handle.closed.is_set() for handle in source.handles] == [True]
    with KeptSession(monitoring.session.kept_path) as kept:
        assert [row[0] for row in kept.sample_cells()] == measured(monitoring)


def test_a_tick_is_expected_from_shortly_before_it_is_due_until_it_is_over(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    assert not monitoring.measures_within(LONG_S)
    start(qtbot, monitoring, tmp_path)
    assert monitoring.measures_within(LONG_S)
    hung = source.hang()
    qtbot.waitUntil(lambda: monitoring.measures_within(0))
    hung.free.set()
    qtbot.waitUntil(lambda: not monitoring.measures_within(0))
    monitoring.pause()
    qtbot.waitUntil(lambda: monitoring.is_paused)
    assert not monitoring.measures_within(LONG_S)


# --- what the screen promises


SMALL_RATE_WORDS = "pictures per second, not the 45 that are wanted, so short emissions may be missed"


@pytest.fixture
def poor_screen(source: TroubledSource, monkeypatch: pytest.MonkeyPatch) -> TroubledSource:
    """A screen that is slow, and shows the wallpaper only."""
    monkeypatch.setattr("nhem_qt.capture.promise.may_see_windows", lambda: False)
    source.grab_s = 0.26
    return source


def screen_plan(tmp_path: Path) -> RunPlan:
    regions = RegionChoice(large_roi=Roi(10, 10, 190, 90))
    return RunPlan(SourceChoice(SourceKind.SCREEN), regions, FemConfig(), tmp_path)


@pytest.mark.usefixtures("poor_screen")
def test_what_the_screen_cannot_do_is_told_at_the_beginning_and_kept(
    qtbot: QtBot, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    with qtbot.waitSignal(monitoring.began):
        monitoring.start(screen_plan(tmp_path))
    wait_for_samples(qtbot, monitoring, 1)
    assert SMALL_RATE_WORDS in notices[0]
    assert notices[1:] == [NO_PERMISSION]
    session = monitoring.session
    with qtbot.waitSignal(monitoring.ended):
        monitoring.stop()
    with KeptSession(session.kept_path) as kept:
        assert [notice.text for notice in kept.notices()] == notices
        first = next(iter(kept.samples()))
        assert all(notice.t_s <= first.measurement.t_s for notice in kept.notices())


@pytest.mark.usefixtures("source")
def test_a_screen_that_is_fast_enough_has_nothing_to_tell(
    qtbot: QtBot, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    with qtbot.waitSignal(monitoring.began):
        monitoring.start(screen_plan(tmp_path))
    wait_for_samples(qtbot, monitoring, 1)
    assert notices == []


def test_a_screen_that_hangs_at_its_trial_is_tried_anew_and_told_once(
    qtbot: QtBot, poor_screen: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    poor_screen.new_ones_hang = True
    monitoring.start(screen_plan(tmp_path))
    qtbot.waitUntil(lambda: len(poor_screen.handles) == 1)
    poor_screen.new_ones_hang = False
    grow_old(monitoring, 10)
    with qtbot.waitSignal(monitoring.began, timeout=PATIENCE_MS):
        qtbot.waitUntil(lambda: len(poor_screen.handles) == 2, timeout=PATIENCE_MS)
    wait_for_samples(qtbot, monitoring, 1)
    assert notices.count(NO_PERMISSION) == 1
    assert len(session_paths(tmp_path)) == 1
    poor_screen.free_all()
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)
    assert notices.count(NO_PERMISSION) == 1


def test_the_trial_of_a_slow_screen_is_no_part_of_the_time_to_open_it(
    qtbot: QtBot, poor_screen: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    poor_screen.open_freely.clear()
    poor_screen.grab_s = 1.6
    told_before: list[str] = []
    monitoring.began.connect(lambda _session: told_before.extend(notices))
    monitoring.start(screen_plan(tmp_path))
    qtbot.waitUntil(lambda: len(poor_screen.handles) == 1)
    grow_old(monitoring, 4.0)
    with qtbot.waitSignal(monitoring.began, timeout=PATIENCE_MS):
        poor_screen.open_freely.set()
    poor_screen.grab_s = 0.0
    assert STALLED not in told_before


@pytest.mark.usefixtures("poor_screen")
def test_the_window_shows_what_the_screen_cannot_do(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window("screen", roi=Roi(10, 10, 190, 90))
    window.start()
    qtbot.waitUntil(lambda: window.banner.text.endswith(NO_PERMISSION))
    assert any(SMALL_RATE_WORDS in event.text for event in window.docks.events.rows)


# --- a capture that hangs


def test_a_hung_capture_is_begun_anew_and_the_session_goes_on(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    session = monitoring.session
    hung = source.hang()
    qtbot.waitUntil(lambda: len(notices) == 3, timeout=PATIENCE_MS)
    wait_for_samples(qtbot, monitoring, 4)
    assert monitoring.session is session
    assert monitoring.hung_count == 1
    assert notices[:2] == [STALLED, BEGUN_ANEW]
    assert notices[2].startswith(ANSWERS_AGAIN)
    indices = measured(monitoring)
    assert indices == sorted(set(indices))
    schedule = session.schedule
    assert indices[-1] - indices[0] + 1 == len(indices) + schedule.dropped + schedule.left_out
    failed = [sample for sample in session.history.samples if sample.measurement.status is Status.FAILED]
    assert len(failed) == 1
    after = indices.index(failed[0].measurement.frame_index) + 1
    assert indices[after] - indices[after - 1] > STALLED_AFTER_S * RATE_HZ
    for sample in session.history.samples:
        late_s = sample.measurement.t_s - sample.measurement.frame_index / RATE_HZ
        assert -1e-6 <= late_s < 0.5
    hung.free.set()
    assert hung.closed.wait(PATIENCE_MS / 1000)
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert ended.args == [None]
    with KeptSession(session.kept_path) as kept:
        assert kept.finished
        assert [row[0] for row in kept.sample_cells()] == measured(monitoring)
        assert [notice.text for notice in kept.notices()] == notices
    assert session_paths(tmp_path) == [session.kept_path]


def test_a_call_that_returns_late_changes_nothing(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    hung = source.hang()
    qtbot.waitUntil(lambda: monitoring.hung_count == 1, timeout=PATIENCE_MS)
    wait_for_samples(qtbot, monitoring, 4)
    monitoring.pause()
    qtbot.waitUntil(lambda: monitoring.is_paused)
    before = monitoring.session.state()
    hung.free.set()
    assert hung.closed.wait(PATIENCE_MS / 1000)
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)
    after = monitoring.session.state()
    assert after.samples == before.samples
    assert after.small_roi is before.small_roi
    assert after.large_roi is before.large_roi
    for name in ("coordination", "transitions", "rate_hz", "dropped_ticks", "failed_samples"):
        assert getattr(after, name) == getattr(before, name)


def test_all_measured_so_far_is_on_disk_while_the_capture_hangs(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    source.hang()
    qtbot.waitUntil(lambda: monitoring.silence_s > STALLED_AFTER_S)
    session = monitoring.session
    with KeptSession(session.kept_path) as kept:
        assert [row[0] for row in kept.sample_cells()] == measured(monitoring)


def test_a_hang_in_an_emission_invents_no_peak_and_costs_no_other(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    session = monitoring.session
    qtbot.waitUntil(lambda: len(session.history.peaks) == 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: session.history.last.in_peak_region, timeout=PATIENCE_MS)
    hung = source.hang()
    qtbot.waitUntil(lambda: monitoring.hung_count == 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(session.history.peaks) >= 3, timeout=PATIENCE_MS)
    hung.free.set()
    with qtbot.waitSignal(monitoring.ended):
        monitoring.stop()
    samples, peaks = session.history.samples, session.history.peaks
    offline = judge_again(samples, session.monitor.detector, RATE_HZ)
    assert [(peak.start_frame, peak.end_frame, peak.color) for peak in peaks] == [
        (peak.start_frame, peak.end_frame, peak.color) for peak in offline
    ]
    assert [peak.peak_index for peak in peaks] == list(range(1, len(peaks) + 1))
    assert all(0.3 < peak.duration_s < 0.9 for peak in peaks[2:])


def test_what_was_asked_for_while_the_capture_hung_is_done_afterwards(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    source.hang()
    qtbot.waitUntil(lambda: monitoring.silence_s > 0.2)
    elsewhere = Regions(RoiMode.DUAL, Roi(10, 10, 90, 90))
    monitoring.change_regions(elsewhere)
    grow_old(monitoring, 1.5)
    with qtbot.waitSignal(monitoring.regions_changed, timeout=PATIENCE_MS) as changed:
        monitoring.pause()
    assert changed.args == [elsewhere]
    qtbot.waitUntil(lambda: monitoring.is_paused)
    assert monitoring.session.monitor.regions == elsewhere


def test_a_change_of_region_that_hangs_is_carried_out_by_the_fresh_thread(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    monitoring.pause()
    qtbot.waitUntil(lambda: monitoring.is_paused)
    source.hang()
    elsewhere = Regions(RoiMode.DUAL, Roi(10, 10, 90, 90))
    monitoring.change_regions(elsewhere)
    with qtbot.waitSignal(monitoring.regions_changed, timeout=PATIENCE_MS) as changed:
        qtbot.waitUntil(lambda: monitoring.hung_count == 1, timeout=PATIENCE_MS)
    assert changed.args == [elsewhere]
    assert notices == [STALLED, BEGUN_ANEW]
    qtbot.waitUntil(lambda: monitoring.silence_s < STALLED_AFTER_S)
    assert monitoring.is_paused
    with qtbot.waitSignal(monitoring.fault_noted) as noted:
        monitoring.resume()
    assert noted.args[0].message == "The capture did not answer and is begun anew"


def test_fresh_handles_that_hang_as_well_are_few_and_it_goes_on_when_one_answers(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    source.new_ones_hang = True
    source.hang()
    for hung in range(1, monitoring_module._MOST_HUNG + 1):
        qtbot.waitUntil(lambda hung=hung: len(source.handles) == hung, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: monitoring.silence_s > 0.2)
        grow_old(monitoring, 100)
        qtbot.waitUntil(lambda hung=hung: monitoring.hung_count == hung, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(source.handles) == monitoring_module._MOST_HUNG + 1, timeout=PATIENCE_MS)
    for _ in range(3):
        grow_old(monitoring, 100)
        qtbot.waitUntil(lambda: monitoring._watchdog._replace_at_s > monitoring.silence_s)
    assert len(source.handles) == monitoring_module._MOST_HUNG + 1
    told = [notice for notice in notices if "so did 5 attempts" in notice]
    assert len(told) == 1
    source.handles[-1].free.set()
    qtbot.waitUntil(lambda: notices[-1].startswith(ANSWERS_AGAIN), timeout=PATIENCE_MS)
    wait_for_samples(qtbot, monitoring, 4)
    source.free_all()
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)
    qtbot.waitUntil(lambda: monitoring.session.history.last.measurement.status is Status.SUCCESS)


def test_a_source_that_hangs_while_it_is_opened_is_opened_anew(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    source.open_freely.clear()
    monitoring.start(plan(tmp_path))
    qtbot.waitUntil(lambda: len(source.handles) == 1)
    grow_old(monitoring, 10)
    qtbot.waitUntil(lambda: len(source.handles) == 2, timeout=PATIENCE_MS)
    with qtbot.waitSignal(monitoring.began):
        source.open_freely.set()
    wait_for_samples(qtbot, monitoring, 4)
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)
    assert [handle.closed.is_set() for handle in source.handles] == [True, False]
    assert notices[:2] == [STALLED, BEGUN_ANEW]
    assert len(session_paths(tmp_path)) == 1
    assert {sample.measurement.status for sample in monitoring.session.history.samples} == {Status.SUCCESS}


def test_opening_a_source_may_take_some_seconds(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    source.open_freely.clear()
    monitoring.start(plan(tmp_path))
    qtbot.waitUntil(lambda: monitoring.silence_s > STALLED_AFTER_S + 0.5, timeout=PATIENCE_MS)
    with qtbot.waitSignal(monitoring.began):
        source.open_freely.set()
    wait_for_samples(qtbot, monitoring, 4)
    assert notices == []


def test_a_program_that_stood_still_as_a_whole_suspects_nobody(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    monitoring._watch_timer.stop()
    source.hang()
    qtbot.waitUntil(lambda: monitoring.silence_s > STALLED_AFTER_S)
    monitoring._on_watch_timer_timeout()
    assert notices == []
    monitoring._on_watch_timer_timeout()
    assert notices == [STALLED]


def test_a_recording_that_hangs_is_waited_for_and_loses_no_frame(
    qtbot: QtBot, monitoring: Monitoring, notices: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Recording(Handle):
        kind = SourceKind.VIDEO
        rate_hz = RATE_HZ
        upcoming_index = 0
        frames_missing = 0
        recorded_at = damage = None

        def upcoming_s(self) -> float | None:
            self.free.wait()
            return self.upcoming_index / self.rate_hz if self.upcoming_index < 50 else None

        def grab(self, roi: Roi) -> Frame:
            self.upcoming_index += 1
            return super().grab(roi)

    recording = Recording(TroubledSource())
    monkeypatch.setattr(worker, "open_source", lambda _choice: recording)
    video = SourceChoice(SourceKind.VIDEO, tmp_path / "hifu.mp4")
    with qtbot.waitSignal(monitoring.began):
        monitoring.start(RunPlan(video, RegionChoice(), FemConfig(), tmp_path))
    recording.free.clear()
    qtbot.waitUntil(lambda: notices == [STALLED], timeout=PATIENCE_MS)
    grow_old(monitoring, 50)
    qtbot.waitUntil(lambda: monitoring._watchdog._replace_at_s > monitoring.silence_s)
    with qtbot.waitSignal(monitoring.ended, timeout=PATIENCE_MS) as ended:
        recording.free.set()
    assert ended.args == [None]
    assert monitoring.hung_count == 0
    assert measured(monitoring) == list(range(50))
    assert BEGUN_ANEW not in notices


def test_every_stall_is_a_fault(qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path) -> None:
    start(qtbot, monitoring, tmp_path)
    hung = source.hang()
    qtbot.waitUntil(lambda: monitoring.silence_s > STALLED_AFTER_S + 0.2)
    with qtbot.waitSignal(monitoring.fault_noted) as noted:
        hung.free.set()
    assert noted.args[0].message.startswith("The capture did not answer for 1.")
    source.hang()
    monitor = monitoring.session.monitor
    qtbot.waitUntil(lambda: monitor.fault_count(ErrorKind.CAPTURE) == 2, timeout=PATIENCE_MS)
    wait_for_samples(qtbot, monitoring, 4)
    assert monitor.fault_count(ErrorKind.CAPTURE) == 2
    source.free_all()
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)


def test_a_fresh_thread_tells_its_faults_and_changes_of_state_to_the_thread_of_the_window(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    session = monitoring.session
    qtbot.waitUntil(lambda: session.monitor.states.current is CoordinationState.SUCCESS)
    changes: list[Transition] = []
    faults: list[Fault] = []
    threads: set[threading.Thread] = set()
    monitoring.state_changed.connect(lambda change: (changes.append(change), threads.add(threading.current_thread())))
    monitoring.fault_noted.connect(lambda fault: (faults.append(fault), threads.add(threading.current_thread())))
    hung = source.hang()
    qtbot.waitUntil(lambda: monitoring.hung_count == 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(changes) == 2, timeout=PATIENCE_MS)
    assert [(change.old, change.new) for change in changes] == [
        (CoordinationState.SUCCESS, CoordinationState.ERROR_RECOVERY),
        (CoordinationState.ERROR_RECOVERY, CoordinationState.SUCCESS),
    ]
    assert [fault.message for fault in faults] == ["The capture did not answer and is begun anew"]
    hung.free.set()
    assert hung.closed.wait(PATIENCE_MS / 1000)
    source.error = CaptureError("the cable is out: plug it in")
    qtbot.waitUntil(lambda: changes[-1].reason == "the cable is out: plug it in", timeout=PATIENCE_MS)
    source.error = None
    qtbot.waitUntil(lambda: changes[-1].new is CoordinationState.SUCCESS, timeout=PATIENCE_MS)
    assert [fault.message for fault in faults[1:]] == ["the cable is out: plug it in"]
    assert tuple(changes) == session.monitor.states.history[-len(changes) :]
    assert threads == {threading.main_thread()}


# --- ending


def test_a_hung_capture_is_not_waited_for_at_the_end(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    source.hang()
    qtbot.waitUntil(lambda: monitoring.silence_s > 0.2)
    began_s = time.perf_counter()
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert time.perf_counter() - began_s < 2.0
    assert ended.args == [None]
    assert notices == ["The capture does not answer; all that was measured is kept"]
    assert monitoring.hung_count == 1
    with KeptSession(monitoring.session.kept_path) as kept:
        assert kept.finished
        assert [row[0] for row in kept.sample_cells()] == measured(monitoring)
    source.free_all()
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)


def test_a_source_that_hangs_while_it_is_opened_is_not_waited_for_at_the_end(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    source.open_freely.clear()
    monitoring.start(plan(tmp_path))
    qtbot.waitUntil(lambda: len(source.handles) == 1)
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert ended.args == [None]
    assert len(source.handles) == 1
    assert notices == []
    assert session_paths(tmp_path) == []
    source.free_all()
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)


def test_a_handle_that_hangs_while_it_is_closed_holds_nothing_up(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    source.handles[-1].free_to_close.clear()
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert ended.args == [None]
    assert monitoring.hung_count == 1
    source.free_all()
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)


def test_a_limited_run_ends_in_time_though_the_capture_hangs(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    source.new_ones_hang = True
    with qtbot.waitSignal(monitoring.ended, timeout=PATIENCE_MS) as ended:
        monitoring.start(plan(tmp_path, seconds=0.5))
        grow_old(monitoring, 10)
    assert ended.args == [None]
    source.free_all()
    qtbot.waitUntil(lambda: monitoring.hung_count == 0)


@pytest.mark.usefixtures("source")
def test_a_worker_that_hangs_elsewhere_is_given_up_and_its_session_closed(
    qtbot: QtBot,
    monitoring: Monitoring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start(qtbot, monitoring, tmp_path)
    answer = threading.Event()
    monkeypatch.setattr(monitoring.session, "finish", lambda: answer.wait() and None)
    monkeypatch.setattr(monitoring_module, "_DISK_PATIENCE_MS", 50)
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert "see that the disk with your data works" in ended.args[0]
    with KeptSession(monitoring.session.kept_path) as kept:
        assert kept.finished
        assert [row[0] for row in kept.sample_cells()] == measured(monitoring)
    answer.set()
    (given_up,) = monitoring._given_up
    qtbot.waitUntil(lambda: given_up.wait(0) is None)


# --- failures


@pytest.mark.usefixtures("source")
def test_an_error_in_the_end_is_told_as_well(
    qtbot: QtBot, monitoring: Monitoring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(qtbot, monitoring, tmp_path)

    def explode() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(monitoring.session, "finish", explode)
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.stop()
    assert "ZeroDivisionError" in ended.args[0]
    assert not monitoring.is_running
    with KeptSession(monitoring.session.kept_path) as kept:
        assert kept.finished


def test_a_source_that_cannot_be_opened_is_told(
    qtbot: QtBot, monitoring: Monitoring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_choice: SourceChoice) -> None:
        raise CaptureError("no camera: buy one")

    monkeypatch.setattr(worker, "open_source", refuse)
    with qtbot.waitSignal(monitoring.ended) as ended:
        monitoring.start(plan(tmp_path))
    assert ended.args == ["no camera: buy one"]
    assert not monitoring.is_running


def test_an_error_in_the_program_ends_the_session_whole_and_is_told(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start(qtbot, monitoring, tmp_path)
    with qtbot.waitSignal(monitoring.ended) as ended:
        source.error = ZeroDivisionError()
    assert "ZeroDivisionError" in ended.args[0]
    assert "monitoring ended" in caplog.text
    with KeptSession(monitoring.session.kept_path) as kept:
        assert len(list(kept.sample_cells())) == monitoring.session.history.count


def test_a_change_of_state_is_told(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    with qtbot.waitSignal(monitoring.state_changed) as changed:
        source.error = CaptureError("the cable is out: plug it in")
    assert changed.args[0].reason == "the cable is out: plug it in"


def test_a_fault_is_told_and_so_is_what_is_done_about_it(
    qtbot: QtBot, source: TroubledSource, monitoring: Monitoring, notices: list[str], tmp_path: Path
) -> None:
    start(qtbot, monitoring, tmp_path)
    with qtbot.waitSignal(monitoring.fault_noted) as noted:
        source.error = CaptureError("the cable is out: plug it in")
    (fault,) = noted.args
    assert (fault.kind, fault.message) == (ErrorKind.CAPTURE, "the cable is out: plug it in")
    qtbot.waitUntil(lambda: any("the cable is out: plug it in" in notice for notice in notices))


def test_a_failing_capture_shows_as_failed_and_recovers(
    qtbot: QtBot, source: TroubledSource, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window.start()
    qtbot.waitUntil(lambda: window.monitoring.session is not None and window.monitoring.session.history.count > 3)
    source.error = CaptureError("the cable is out: plug it in")
    qtbot.waitUntil(lambda: window.image_view._state is PictureState.FAILED)
    samples = window.monitoring.session.history.samples
    assert samples[-1].measurement.gray is None
    source.error = None
    qtbot.waitUntil(lambda: window.image_view._state is PictureState.RUNNING)


def test_a_hung_capture_shows_as_stale(
    qtbot: QtBot, source: TroubledSource, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window.start()
    qtbot.waitUntil(lambda: window.monitoring.session is not None and window.monitoring.session.history.count > 3)
    source.new_ones_hang = True
    source.hang()
    qtbot.waitUntil(lambda: window.image_view._state is PictureState.STALE)
    qtbot.waitUntil(lambda: window.monitoring.hung_count == 1)
    qtbot.waitUntil(lambda: window.monitoring.silence_s > 3)
    assert window.image_view._state is PictureState.STALE
    # Nothing that is shown may look as if it were measured now.
    qtbot.waitUntil(lambda: window._status_bar.health_button.text() == "\u25a0 bad")
    assert "The capture does not answer: nothing has been measured for " in window.docks.health._words.text()
    assert window._status_bar._rate.text().startswith("0.0 Hz of 45")
    assert (window.readout._gray.text(), window.readout._small_roi._dimmed) == ("\u2014", True)
    source.free_all()
    qtbot.waitUntil(lambda: window.image_view._state is PictureState.RUNNING)
    qtbot.waitUntil(lambda: window.readout._gray.text() != "\u2014")
    assert not window.readout._small_roi._dimmed


def test_a_picture_from_before_a_failure_stays_marked_in_a_pause_and_after_the_end(
    qtbot: QtBot, source: TroubledSource, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window.start()
    qtbot.waitUntil(lambda: window.monitoring.session is not None and window.monitoring.session.history.count > 3)
    source.error = CaptureError("the cable is out: plug it in")
    qtbot.waitUntil(lambda: window.image_view._state is PictureState.FAILED)
    with qtbot.waitSignal(window.monitoring.paused_changed):
        window.pause_or_resume()
    assert window.image_view._state is PictureState.FAILED
    qtbot.waitUntil(lambda: window._status_bar._rate.text() == "paused")
    assert "paused" in window.docks.health._light.text()
    with qtbot.waitSignal(window.monitoring.ended):
        window.stop()
    assert window.image_view._state is PictureState.FAILED
    source.error = None
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    assert window.image_view._state is PictureState.RUNNING
