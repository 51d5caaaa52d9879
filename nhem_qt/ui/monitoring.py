"""The window's end of the worker: starts it, commands it, watches over it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from nhem_qt.frame import SourceKind
from nhem_qt.ui.watchdog import Verdict, Watchdog
from nhem_qt.worker import ChangeDetector, ChangeRegions, MonitorWorker, Pause, Resume, RunPlan, Step

if TYPE_CHECKING:
    import threading

    from nhem_qt.detection import DetectorConfig
    from nhem_qt.monitor import Regions
    from nhem_qt.session import LiveSession
    from nhem_qt.worker import Command

_WATCH_MS = 200
# Looks that are further apart than this mean that the program as a whole stood still: that is no silence of the worker.
_LATE_S = 0.6
# To open a source may take some seconds on a busy machine.
_OPENING_GRACE_S = 4.0
_MOST_HUNG = 5

# A capture that hangs is left at once when the end is wanted; what is being written to the disk is worth waiting for.
_STOP_PATIENCE_MS = 1000
_DISK_PATIENCE_MS = 4000
_CLOSING_PATIENCE_S = 0.5
_LAST_FLUSH_S = 0.5


class Monitoring(QObject):
    """One worker at a time; `session` is the running one, or the last one; None until a started one has begun."""

    began = Signal(object)
    """The LiveSession."""
    ended = Signal(object)
    """Why monitoring ended where nobody asked for it (str), or None."""
    paused_changed = Signal(bool)
    regions_changed = Signal(object)
    """The Regions measured from now on."""
    detector_changed = Signal(object)
    """The DetectorConfig that judges from now on."""
    state_changed = Signal(object)
    """The Transition of the coordination state."""
    peak_decided = Signal(object)
    candidate_rejected = Signal(object)
    fault_noted = Signal(object)
    """The Fault, unless the same was told just before."""
    notice_given = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: LiveSession | None = None
        self._worker: MonitorWorker | None = None
        self._paused = False
        self._hung: list[threading.Thread] = []
        self._told_most_hung = False
        self._given_up: list[MonitorWorker] = []
        self._watchdog = Watchdog()
        self._looked_s = 0.0
        self._watch_timer = QTimer(self, interval=_WATCH_MS)
        self._watch_timer.timeout.connect(self._on_watch_timer_timeout)
        self._waits_for_disk = False
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._on_patience_timeout)

    @property
    def is_running(self) -> bool:
        """Whether a worker is at work, paused or not."""
        return self._worker is not None

    @property
    def is_paused(self) -> bool:
        """Whether the worker rests."""
        return self._paused

    @property
    def measured_session(self) -> LiveSession | None:
        """The session that runs; None if there is none, or it rests."""
        return self.session if self.is_running and not self._paused else None

    @property
    def hung_count(self) -> int:
        """How many threads still hang in the capture calls that they were left in."""
        return sum(thread.is_alive() for thread in self._hung)

    @property
    def silence_s(self) -> float:
        """How long ago the worker was last seen at work; 0 if there is none."""
        return 0.0 if self._worker is None else time.perf_counter() - self._worker.heartbeat_s

    def measures_within(self, seconds: float) -> bool:
        """Whether a tick is under way, or due so soon that work of so many seconds would be in its way."""
        session = self.measured_session
        return session is not None and session.measures_within(seconds)

    def give_way(self) -> None:
        """Let a tick go first that is under way: called between pieces of work, by the window's thread alone."""
        session = self.measured_session
        if session is not None:
            session.give_way()

    def start(self, plan: RunPlan) -> None:
        """Begin a session; `began` or `ended` follows."""
        if self._worker is not None:
            return
        # What is marked or cut from now on must not be taken for that of the session before.
        self.session = None
        worker = MonitorWorker(plan)
        worker.run_began.connect(self._on_worker_run_began)
        worker.run_ended.connect(self._on_worker_run_ended)
        worker.pause_changed.connect(self._on_worker_pause_changed)
        worker.regions_changed.connect(self.regions_changed)
        worker.detector_changed.connect(self.detector_changed)
        worker.state_changed.connect(self.state_changed)
        worker.peak_decided.connect(self.peak_decided)
        worker.candidate_rejected.connect(self.candidate_rejected)
        worker.fault_noted.connect(self.fault_noted)
        worker.notice_given.connect(self.notice_given)
        self._worker = worker
        self._watchdog = Watchdog()
        self._looked_s = time.perf_counter()
        self._watch_timer.start()
        worker.start()

    def pause(self) -> None:
        """Stop the ticks."""
        self._send(Pause())

    def resume(self) -> None:
        """Go on."""
        self._send(Resume())

    def step(self) -> None:
        """Measure the next frame of a recording in a pause."""
        self._send(Step())

    def change_regions(self, regions: Regions) -> None:
        """Measure elsewhere."""
        self._send(ChangeRegions(regions))

    def change_detector(self, config: DetectorConfig) -> None:
        """Judge by other parameters."""
        self._send(ChangeDetector(config))

    def stop(self) -> None:
        """End the session; `ended` follows, also if the capture hangs."""
        if self._worker is not None and not self._patience.isActive():
            self._watch_timer.stop()
            self._worker.stop()
            self._waits_for_disk = False
            self._patience.start(max(0, _STOP_PATIENCE_MS - round(1000 * self.silence_s)))

    def _send(self, command: Command) -> None:
        if self._worker is not None:
            self._worker.send(command)

    def _on_worker_run_began(self, session: LiveSession) -> None:
        self.session = session
        self.began.emit(session)

    def _on_worker_run_ended(self, error: str | None) -> None:
        worker = self._worker
        if worker is None or worker is not self.sender():
            return
        self._let_go()
        # All that the thread does after the signal is to close its handle, which may hang as well.
        self._leave(worker.wait(_CLOSING_PATIENCE_S))
        worker.deleteLater()
        self.ended.emit(error)

    def _on_worker_pause_changed(self, paused: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._paused = paused
        self.paused_changed.emit(paused)

    def _on_watch_timer_timeout(self) -> None:
        now_s = time.perf_counter()
        late = now_s - self._looked_s > _LATE_S
        self._looked_s = now_s
        worker = self._worker
        if worker is None or late or (self._paused and not worker.is_capturing):
            return
        grace_s = 0.0 if worker.session is not None else _OPENING_GRACE_S
        match self._watchdog.look(self.silence_s - grace_s):
            case Verdict.TELL_STALLED:
                self._tell(self.tr("The capture does not answer: what is shown is old"))
            case Verdict.REPLACE:
                self._replace_runner(worker)
            case Verdict.TELL_RECOVERED:
                words = self.tr("The capture answers again after {0:.1f} s")
                self._tell(words.format(self._watchdog.stalled_s))
        if self._is_overdue(worker, now_s):
            self.stop()

    def _replace_runner(self, worker: MonitorWorker) -> None:
        """Begin the capture anew beside the one that hangs; a recording waits, for none of its frames is missed."""
        if worker.plan.choice.kind is SourceKind.VIDEO:
            return
        if self.hung_count < _MOST_HUNG:
            self._told_most_hung = False
            if self._leave(worker.replace_runner()):
                self._tell(self.tr("The capture does not answer: it is begun anew"))
        elif not self._told_most_hung:
            self._told_most_hung = True
            words = self.tr(
                "The capture hangs, and so did {0} attempts to begin it anew: see that the screen is unlocked and the "
                "connection to it works. Monitoring goes on as soon as one of them answers"
            )
            self._tell(words.format(_MOST_HUNG))

    def _is_overdue(self, worker: MonitorWorker, now_s: float) -> bool:
        """Whether the time of a limited run is over and the worker does not see it, for it hangs."""
        seconds = worker.plan.seconds
        lasted_s = now_s - worker.started_s
        return seconds is not None and self._watchdog.is_stalled and lasted_s > seconds + _OPENING_GRACE_S

    def _on_patience_timeout(self) -> None:
        worker = self._worker
        if worker is None:
            return
        if self._leave(worker.replace_runner()):
            # The fresh thread ends the session, for that needs no capture.
            if worker.session is not None:
                self._tell(self.tr("The capture does not answer; all that was measured is kept"))
        elif self._waits_for_disk:
            self._give_up(worker)
            return
        self._waits_for_disk = True
        self._patience.start(_DISK_PATIENCE_MS)

    def _give_up(self, worker: MonitorWorker) -> None:
        """Leave a worker that hangs elsewhere than in the capture, such as in a disk that does not answer."""
        self._let_go()
        # Should it go on some day, it must not speak into another session.
        worker.blockSignals(True)  # noqa: FBT003 - the name is Qt's
        self._given_up.append(worker)
        session = worker.session
        if session is not None and session.flush(_LAST_FLUSH_S):
            session.close()
        self.ended.emit(self.tr("The session could not be ended in good order: see that the disk with your data works"))

    def _leave(self, thread: threading.Thread | None) -> bool:
        """Remember a thread that hangs; returns whether it is one."""
        self._hung = [hung for hung in self._hung if hung.is_alive()]
        if thread is not None:
            self._hung.append(thread)
        return thread is not None

    def _tell(self, text: str) -> None:
        """Tell the operator, and keep it with the session."""
        if self._worker is not None and self._worker.session is not None:
            self._worker.session.keep_notice(text)
        self.notice_given.emit(text)

    def _let_go(self) -> None:
        self._watch_timer.stop()
        self._patience.stop()
        self._worker = None
        self._paused = False
