"""The thread that measures: it paces a session and speaks in Qt signals."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, Signal

from nhem_qt.capture import SourceChoice, frames_before, open_source, start_notices
from nhem_qt.capture.relay import AbandonedError, RecordingRelay, Relay
from nhem_qt.errors import NhemError
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import CoordinationState, ErrorKind, Fault, Impact, Recovery, Regions, cut_short
from nhem_qt.session import LiveSession

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhem_qt.config import FemConfig
    from nhem_qt.detection import DetectorConfig
    from nhem_qt.monitor import RegionChoice, Sample, Tick
    from nhem_qt.session import Origin

STALLED_AFTER_S = 1.0
"""A worker that was not seen at work for so long has stalled."""

# A window that computes keeps Python from the measuring thread for so long, whenever that wants to go on: after each of
# some thirty calls of numpy in a tick. Python's own 5 ms cost most ticks, 1 ms still a quarter of them at 30 Hz.
_SWITCH_INTERVAL_S = 0.0001

# A sleep is cut into pieces of this length, so that a command never waits longer.
_LONGEST_SLEEP_S = 0.05

_HUNG = "The capture did not answer and is begun anew"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is to be monitored: without a ROI all that the source shows; without `seconds` until stopped.

    A recording, which comes from the file `origin`, is measured from its time `begin_s` on.
    """

    choice: SourceChoice
    regions: RegionChoice
    config: FemConfig
    data_folder: Path
    seconds: float | None = None
    origin: Origin | None = None
    begin_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the ticks; the clock of the session goes on."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a pause."""


@dataclass(frozen=True, slots=True)
class Step:
    """Measure the next frame of a recording in a pause."""


@dataclass(frozen=True, slots=True)
class ChangeRegions:
    """Measure elsewhere from the next tick on."""

    regions: Regions


@dataclass(frozen=True, slots=True)
class ChangeDetector:
    """Judge by other parameters from the next tick on."""

    config: DetectorConfig


Command: TypeAlias = Pause | Resume | Step | ChangeRegions | ChangeDetector


class MonitorWorker(QObject):
    """Runs one session from start to stop, in a thread of its own.

    Facts are signals. Pictures and curves are left in the session for the window to fetch. `heartbeat_s`
    (time.perf_counter) is when it was last seen at work. A thread that hangs in a capture call can be left to itself:
    a fresh one goes on with all that is here, and the other one never comes back to it (see Relay).
    """

    run_began = Signal(object)
    """The LiveSession."""
    run_ended = Signal(object)
    """Why it ended, or did not begin, where nobody asked for it (str), or None."""
    pause_changed = Signal(bool)
    regions_changed = Signal(object)
    """The Regions measured from now on."""
    state_changed = Signal(object)
    """The Transition of the coordination state that was seen last."""
    detector_changed = Signal(object)
    """The DetectorConfig that judges from now on."""
    peak_decided = Signal(object)
    candidate_rejected = Signal(object)
    fault_noted = Signal(object)
    """The Fault, unless the same was told just before."""
    notice_given = Signal(str)
    """Something the operator should know, in one line."""

    def __init__(self, plan: RunPlan) -> None:
        super().__init__()
        self.plan = plan
        self.session: LiveSession | None = None
        self.started_s = self.heartbeat_s = time.perf_counter()
        self._source = _relay(plan.choice)
        self._runner: threading.Thread | None = None
        self._commands: deque[Command] = deque()
        self._pending_tick: Tick | None = None
        self._told_state = CoordinationState.INITIALIZING
        self._told_failure: str | None = None
        self._paused = False
        self._stopping = False
        self._has_ended = False

    @property
    def is_capturing(self) -> bool:
        """Whether a capture call is under way: only there a thread can be replaced."""
        return self._source.is_calling and not self._has_ended

    def start(self) -> None:
        """Begin to measure in a fresh thread."""
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        # A daemon: the process must be able to leave without a thread that hangs.
        self._runner = threading.Thread(target=self._run, name="monitor", daemon=True)
        self._runner.start()

    def send(self, command: Command) -> None:
        """Hand over a command; it is obeyed at the next tick."""
        self._commands.append(command)

    def stop(self) -> None:
        """End the session before the next tick; `run_ended` follows."""
        self._stopping = True

    def replace_runner(self) -> threading.Thread | None:
        """Go on in a fresh thread if the present one is in a capture call; returns the one that was left there."""
        left = self._runner
        if self._has_ended or not self._source.take_over(_HUNG if self._pending_tick is not None else None):
            return None
        if self._pending_tick is None and self.session is not None:
            # A command hung. At this moment the session belongs to no thread, so that it can be noted here.
            self.session.monitor.note_fault(_hang(self.session.moment_s, _HUNG))
        self.start()
        return left

    def wait(self, timeout_s: float) -> threading.Thread | None:
        """Wait for the thread after `run_ended`; returns it if it hangs even now."""
        if self._runner is not None:
            self._runner.join(timeout_s)
        return self._runner if self._runner is not None and self._runner.is_alive() else None

    def _run(self) -> None:
        with contextlib.suppress(AbandonedError):
            failure = _failure_of(self._measure)
            failure = _failure_of(self._finish) or failure
            self._has_ended = True
            self.run_ended.emit(failure)
            self._source.close()

    def _measure(self) -> None:
        """Measure until stopped, or to the end of the source."""
        if self.session is None and (self._stopping or not self._begin_is_reached()):
            return
        session = self.session or self._begun()
        if self._pending_tick is not None:
            # Its call hung in the thread before: the source tells so now, and the sample has nothing measured.
            self._take(self._pending_tick, session)
        self._loop(session)

    def _begin_is_reached(self) -> bool:
        """Pass over what of a recording is not wanted; returns whether the rest still is."""
        if isinstance(self._source, RecordingRelay):
            for _ in frames_before(self._source, self.plan.begin_s):
                self._beat()
                if self._stopping:
                    return False
        return True

    def _begun(self) -> LiveSession:
        plan = self.plan
        promise = self._promise()
        session = LiveSession(self._source, plan.regions, plan.config, plan.data_folder, plan.origin)
        # Making the file took some ticks, but nobody was too slow for them.
        session.schedule.skip_to(session.now_s)
        self.session = session
        self.run_began.emit(session)
        used = session.monitor.regions
        if used != session.wanted:
            self._notify(session, _clamped(session.wanted, used))
        for text in promise:
            self._notify(session, text)
        return session

    def _promise(self) -> tuple[str, ...]:
        """Try the source out; this comes before the session, so that a thread that hangs in it leaves none behind."""
        choice, bounds = self.plan.regions, self._source.bounds
        # A slow screen takes its time to be opened, and as much again to be tried.
        self._beat()
        wanted = choice.regions or Regions(choice.mode, bounds)
        return start_notices(self._source, wanted.fitted(bounds).small, self.plan.config.data_processing.fps)

    def _notify(self, session: LiveSession, text: str) -> None:
        """Tell the operator, and keep it with the session."""
        session.keep_notice(text)
        self.notice_given.emit(text)

    def _finish(self) -> None:
        session = self.session
        if session is None:
            return
        try:
            last = session.finish()
            if last is not None:
                self.peak_decided.emit(last.peak)
            for rejection in session.rejected_at_end:
                self.candidate_rejected.emit(rejection)
            if isinstance(self._source, RecordingRelay) and self._source.damage:
                self._notify(session, self._source.damage)
        finally:
            session.close()
            self._tell_store_failure(session)

    def _loop(self, session: LiveSession) -> None:
        while not self._stopping:
            self._obey(session)
            if self._paused:
                self._rest(_LONGEST_SLEEP_S)
            elif not self._measure_next(session):
                return
            self._tell_store_failure(session)

    def _tell_store_failure(self, session: LiveSession) -> None:
        failure = session.store_failure
        if failure == self._told_failure:
            return
        if failure is None:
            self._notify(session, "The session is kept again, with all that came meanwhile")
        else:
            self._notify(session, f"{failure}. Monitoring goes on in memory")
        self._told_failure = failure

    def _measure_next(self, session: LiveSession) -> bool:
        """Wait for the next tick and measure it; returns whether there was one."""
        tick = self._next_tick(session)
        if tick is None:
            return False
        self._pending_tick = tick
        if self._waited_for(tick, session):
            self._take(tick, session)
        self._pending_tick = None
        return True

    def _next_tick(self, session: LiveSession) -> Tick | None:
        """Return the next tick; None at the end of the source, or of the time that is wanted."""
        tick = session.schedule.next_tick(session.now_s)
        if tick is None and session.schedule.frames_missing:
            self._notify(session, cut_short(session.schedule.frames_missing))
        seconds = self.plan.seconds
        over = tick is not None and seconds is not None and tick.due_s - self.plan.begin_s >= seconds
        return None if over else tick

    def _waited_for(self, tick: Tick, session: LiveSession) -> bool:
        """Sleep until `tick` is due; returns whether it is still wanted."""
        while (remaining_s := tick.wanted_s - session.now_s) > 0:
            self._rest(min(remaining_s, _LONGEST_SLEEP_S))
            if self._commands and tick.wanted_s - session.now_s > 0:
                self._obey(session)
            if self._stopping or self._paused:
                return False
        return True

    def _rest(self, seconds: float) -> None:
        self._beat()
        time.sleep(seconds)

    def _take(self, tick: Tick, session: LiveSession) -> None:
        began_s = time.perf_counter()
        sample = session.take(tick)
        self._pending_tick = None
        self._beat()
        took_s = time.perf_counter() - began_s
        if took_s >= STALLED_AFTER_S:
            words = f"The capture did not answer for {took_s:.1f} s"
            session.monitor.note_fault(_hang(sample.measurement.t_s, words))
        self._tell(sample, session)

    def _beat(self) -> None:
        """Note that all goes well; while nobody knows whether a fresh handle does not hang as well, it does not."""
        if self._source.answers:
            self.heartbeat_s = time.perf_counter()

    def _tell(self, sample: Sample, session: LiveSession) -> None:
        if sample.peak is not None:
            self.peak_decided.emit(sample.peak)
        if sample.rejection is not None:
            self.candidate_rejected.emit(sample.rejection)
        news = session.take_news()
        for fault in news.faults:
            self.fault_noted.emit(fault)
        for text in news.notices:
            self.notice_given.emit(text)
        states = session.monitor.states
        if states.current is not self._told_state:
            self._told_state = states.current
            self.state_changed.emit(states.history[-1])

    def _obey(self, session: LiveSession) -> None:
        while self._commands:
            # It stays in the queue until it is done: if it hangs, the next thread finds it there.
            self._carry_out(self._commands[0], session)
            self._commands.popleft()

    def _carry_out(self, command: Command, session: LiveSession) -> None:
        match command:
            case Pause():
                self._pause(session)
            case Resume():
                self._resume(session)
            case Step():
                self._step(session)
            case ChangeRegions(regions):
                self._change_regions(regions, session)
            case ChangeDetector(config):
                session.monitor.change_detector(config)
                self.detector_changed.emit(config)

    def _pause(self, session: LiveSession) -> None:
        if not self._paused:
            self._paused = True
            session.note_pause(paused=True)
            self.pause_changed.emit(True)  # noqa: FBT003 - a signal has no names

    def _resume(self, session: LiveSession) -> None:
        if self._paused:
            self._paused = False
            session.note_pause(paused=False)
            session.schedule.skip_to(session.now_s)
            self.pause_changed.emit(False)  # noqa: FBT003 - a signal has no names

    def _step(self, session: LiveSession) -> None:
        if not self._paused:
            return
        self._pending_tick = tick = self._next_tick(session)
        if tick is None:
            self._stopping = True
            return
        # Whoever steps looks at every picture: it is due now.
        session.monitor.set_large_roi_frame_rate(self.plan.config.roi_capture.large_roi_frame_rate)
        self._take(tick, session)

    def _change_regions(self, regions: Regions, session: LiveSession) -> None:
        try:
            session.monitor.change_regions(regions)
        except NhemError as error:
            self._notify(session, f"{error}. The region before is still measured")
            self.regions_changed.emit(session.monitor.regions)
            return
        used = session.monitor.regions
        self.regions_changed.emit(used)
        if used != regions:
            self._notify(session, _clamped(regions, used))


def _relay(choice: SourceChoice) -> Relay:
    recorded = choice.kind is SourceKind.VIDEO
    return (RecordingRelay if recorded else Relay)(choice.kind, lambda: open_source(choice))


def _failure_of(step: Callable[[], None]) -> str | None:
    """Do a step of the run; returns why it failed, or None if it did not."""
    try:
        step()
    except NhemError as expected:
        return str(expected)
    except Exception as unexpected:
        logging.getLogger(__name__).exception("monitoring ended")
        return f"Monitoring ended by an error in the program ({type(unexpected).__name__}); the log has more"
    return None


def _hang(t_s: float, words: str) -> Fault:
    return Fault(ErrorKind.CAPTURE, Impact.MEDIUM, Recovery.RETRY_CAPTURE, t_s, words)


def _clamped(wanted: Regions, used: Regions) -> str:
    return f"The region {wanted.large} reaches over the edge of the picture: {used.large} is measured instead"
