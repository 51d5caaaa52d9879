"""The window's end of the worker: starts it, commands it, watches over it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from nhem_qt.worker import (
    ChangeDetector,
    ChangeRegions,
    MonitorWorker,
    Notice,
    Pause,
    PauseChanged,
    Resume,
    RunBegan,
    RunEnded,
    RunPlan,
    Stop,
)

if TYPE_CHECKING:
    from nhem_qt.detection import DetectorConfig
    from nhem_qt.monitor import Regions
    from nhem_qt.session import LiveSession

STALLED_AFTER_S = 1.0
_STOP_PATIENCE_MS = 3000


class Monitoring(QObject):
    """One worker at a time; `session` is the running one, or the last one."""

    began = Signal(object)
    """The LiveSession."""
    ended = Signal(object)
    """Why monitoring ended where nobody asked for it (str), or None."""
    paused_changed = Signal(bool)
    regions_changed = Signal(object)
    """The Regions measured from now on."""
    detector_changed = Signal(object)
    """The DetectorConfig that judges from now on."""
    peak_decided = Signal(object)
    candidate_rejected = Signal(object)
    notice_given = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: LiveSession | None = None
        self._worker: MonitorWorker | None = None
        self._paused = False
        self._patience = QTimer(self, singleShot=True, interval=_STOP_PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_timeout)
        self._abandoned: list[MonitorWorker] = []

    @property
    def is_running(self) -> bool:
        """Whether a worker is at work, paused or not."""
        return self._worker is not None

    @property
    def is_paused(self) -> bool:
        """Whether the worker rests."""
        return self._paused

    @property
    def has_abandoned(self) -> bool:
        """Whether a worker hangs that could not be stopped: the process must leave without waiting for it."""
        return any(worker.isRunning() for worker in self._abandoned)

    @property
    def silence_s(self) -> float:
        """How long ago the worker was last seen alive; 0 if there is none."""
        return 0.0 if self._worker is None else time.perf_counter() - self._worker.heartbeat_s

    def start(self, plan: RunPlan) -> None:
        """Begin a session; `began` or `ended` follows."""
        if self._worker is not None:
            return
        worker = MonitorWorker(plan)
        worker.run_began.connect(self._on_worker_run_began)
        worker.run_ended.connect(self._on_worker_run_ended)
        worker.pause_changed.connect(self._on_worker_pause_changed)
        worker.regions_changed.connect(self.regions_changed)
        worker.detector_changed.connect(self.detector_changed)
        worker.peak_decided.connect(self.peak_decided)
        worker.candidate_rejected.connect(self.candidate_rejected)
        worker.notice_given.connect(self._on_worker_notice_given)
        self._worker = worker
        worker.start()

    def pause(self) -> None:
        """Stop the ticks."""
        if self._worker is not None:
            self._worker.send(Pause())

    def resume(self) -> None:
        """Go on."""
        if self._worker is not None:
            self._worker.send(Resume())

    def change_regions(self, regions: Regions) -> None:
        """Measure elsewhere."""
        if self._worker is not None:
            self._worker.send(ChangeRegions(regions))

    def change_detector(self, config: DetectorConfig) -> None:
        """Judge by other parameters."""
        if self._worker is not None:
            self._worker.send(ChangeDetector(config))

    def stop(self) -> None:
        """End the session; `ended` follows, at the latest when the patience with a hung worker is over."""
        if self._worker is not None and not self._patience.isActive():
            self._worker.send(Stop())
            self._patience.start()

    def _on_worker_run_began(self, fact: RunBegan) -> None:
        self.session = fact.session
        self.began.emit(fact.session)

    def _on_worker_run_ended(self, fact: RunEnded) -> None:
        worker = self._worker
        if worker is None or worker is not self.sender():
            return
        self._let_go()
        # The signal is the last thing that the thread does.
        worker.wait()
        worker.deleteLater()
        self.ended.emit(fact.error)

    def _on_worker_pause_changed(self, fact: PauseChanged) -> None:
        self._paused = fact.paused
        self.paused_changed.emit(fact.paused)

    def _on_worker_notice_given(self, fact: Notice) -> None:
        self.notice_given.emit(fact.text)

    def _on_patience_timeout(self) -> None:
        """Leave a hung worker to itself: it is never terminated, what it measured is on disk."""
        worker = self._worker
        if worker is None:
            return
        self._let_go()
        # Should it wake up some day, it must not speak into another session.
        worker.blockSignals(True)  # noqa: FBT003 - the name is Qt's
        self._abandoned.append(worker)
        if self.session is not None:
            self.session.close()
        self.ended.emit(self.tr("The capture does not answer; all samples up to now are kept"))

    def _let_go(self) -> None:
        self._patience.stop()
        self._worker = None
        self._paused = False
