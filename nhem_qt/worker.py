"""The thread that measures: it paces a session and speaks in Qt signals."""

from __future__ import annotations

import logging
import queue
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QThread, Signal

from nhem_qt.capture import SourceChoice, open_source
from nhem_qt.errors import NhemError
from nhem_qt.monitor import CoordinationState, cut_short
from nhem_qt.session import LiveSession

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.config import FemConfig
    from nhem_qt.detection import DetectorConfig
    from nhem_qt.monitor import RegionChoice, Regions, Sample, Tick

# A sleep is cut into pieces of this length, so that a command never waits longer.
_LONGEST_SLEEP_S = 0.05


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is to be monitored: without a ROI all that the source shows; without `seconds` until stopped."""

    choice: SourceChoice
    regions: RegionChoice
    config: FemConfig
    data_folder: Path
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the ticks; the clock of the session goes on."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a pause."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the session."""


@dataclass(frozen=True, slots=True)
class ChangeRegions:
    """Measure elsewhere from the next tick on."""

    regions: Regions


@dataclass(frozen=True, slots=True)
class ChangeDetector:
    """Judge by other parameters from the next tick on."""

    config: DetectorConfig


Command: TypeAlias = Pause | Resume | Stop | ChangeRegions | ChangeDetector


@dataclass(frozen=True, slots=True, eq=False)
class RunBegan:
    """A session began."""

    session: LiveSession


@dataclass(frozen=True, slots=True, eq=False)
class RunEnded:
    """A session ended, or could not begin (then it is None); `error` says why where nobody asked for it."""

    session: LiveSession | None
    error: str | None


@dataclass(frozen=True, slots=True)
class PauseChanged:
    """The ticks were stopped, or go on."""

    paused: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the operator should know, in one line."""

    text: str


class MonitorWorker(QThread):
    """Runs one session from start to stop.

    Facts are signals. Pictures and curves are left in the session for the window to fetch. `heartbeat_s`
    (time.perf_counter) is when the loop was last seen alive.
    """

    run_began = Signal(object)
    run_ended = Signal(object)
    pause_changed = Signal(object)
    regions_changed = Signal(object)
    state_changed = Signal(object)
    detector_changed = Signal(object)
    peak_decided = Signal(object)
    candidate_rejected = Signal(object)
    notice_given = Signal(object)

    def __init__(self, plan: RunPlan) -> None:
        super().__init__()
        self.plan = plan
        self.heartbeat_s = time.perf_counter()
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._told_state = CoordinationState.INITIALIZING
        self._paused = False
        self._stopping = False

    def send(self, command: Command) -> None:
        """Hand over a command; it is obeyed at the next tick."""
        self._commands.put(command)

    def run(self) -> None:
        """Measure until stopped; Qt calls this in the thread."""
        session, error = None, None
        try:
            source = open_source(self.plan.choice)
            try:
                session = LiveSession(source, self.plan.regions, self.plan.config, self.plan.data_folder)
                self._tell_beginning(session)
                self._loop(session)
            finally:
                source.close()
        except NhemError as expected:
            error = str(expected)
        except Exception as unexpected:
            logging.getLogger(__name__).exception("monitoring ended")
            error = f"Monitoring ended by an error in the program ({type(unexpected).__name__}); the log has more"
        self._end(session, error)

    def _tell_beginning(self, session: LiveSession) -> None:
        self.run_began.emit(RunBegan(session))
        used = session.monitor.regions
        if used != session.wanted:
            self._notify(session, _clamped(session.wanted, used))

    def _notify(self, session: LiveSession, text: str) -> None:
        """Tell the operator, and keep it with the session."""
        session.keep_notice(text)
        self.notice_given.emit(Notice(text))

    def _end(self, session: LiveSession | None, error: str | None) -> None:
        if session is not None:
            last = session.finish()
            if last is not None:
                self.peak_decided.emit(last.peak)
            session.close()
        self.run_ended.emit(RunEnded(session, error))

    def _loop(self, session: LiveSession) -> None:
        told_failure = None
        while not self._stopping:
            self._obey(session)
            if self._paused:
                self._rest(_LONGEST_SLEEP_S)
            elif not self._tick(session):
                return
            if session.store_failure != told_failure:
                told_failure = session.store_failure
                self._notify(session, f"{told_failure}. Monitoring goes on in memory")

    def _tick(self, session: LiveSession) -> bool:
        """Wait for the next tick and measure it; returns whether there was one."""
        tick = session.schedule.next_tick(session.now_s)
        if tick is None and session.schedule.frames_missing:
            self._notify(session, cut_short(session.schedule.frames_missing))
        if tick is None or (self.plan.seconds is not None and tick.due_s >= self.plan.seconds):
            return False
        if self._waited_for(tick, session):
            self._tell(session.take(tick), session)
        return True

    def _waited_for(self, tick: Tick, session: LiveSession) -> bool:
        """Sleep until `tick` is due; returns whether it is still wanted."""
        while (remaining_s := tick.due_s - session.now_s) > 0:
            self._rest(min(remaining_s, _LONGEST_SLEEP_S))
            if not self._commands.empty() and tick.due_s - session.now_s > 0:
                self._obey(session)
                if self._stopping or self._paused:
                    return False
        return True

    def _rest(self, seconds: float) -> None:
        self.heartbeat_s = time.perf_counter()
        time.sleep(seconds)

    def _tell(self, sample: Sample, session: LiveSession) -> None:
        self.heartbeat_s = time.perf_counter()
        if sample.peak is not None:
            self.peak_decided.emit(sample.peak)
        if sample.rejection is not None:
            self.candidate_rejected.emit(sample.rejection)
        states = session.monitor.states
        if states.current is not self._told_state:
            self._told_state = states.current
            self.state_changed.emit(states.history[-1])

    def _obey(self, session: LiveSession) -> None:
        while not self._commands.empty():
            match self._commands.get():
                case Stop():
                    self._stopping = True
                case Pause():
                    self._pause()
                case Resume():
                    self._resume(session)
                case ChangeRegions(regions):
                    self._change_regions(regions, session)
                case ChangeDetector(config):
                    session.monitor.change_detector(config)
                    self.detector_changed.emit(config)

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.pause_changed.emit(PauseChanged(paused=True))

    def _resume(self, session: LiveSession) -> None:
        if self._paused:
            self._paused = False
            session.schedule.skip_to(session.now_s)
            self.pause_changed.emit(PauseChanged(paused=False))

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


def _clamped(wanted: Regions, used: Regions) -> str:
    return f"The region {wanted.large} reaches over the edge of the picture: {used.large} is measured instead"
