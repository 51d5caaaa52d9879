"""Work that would block the window: taking a still, writing an export."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from nhem_qt.errors import NhemError

if TYPE_CHECKING:
    from collections.abc import Callable


class Job(QThread):
    """Calls a function in a thread of its own."""

    done = Signal(object)
    """What the function returned."""
    failed = Signal(str)
    """Why it could not be done."""

    def __init__(self, work: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work

    def run(self) -> None:
        """Call the function; Qt calls this in the thread."""
        try:
            result = self._work()
        except NhemError as error:
            self.failed.emit(str(error))
        except Exception as unexpected:
            logging.getLogger(__name__).exception("background work ended")
            self.failed.emit(f"An error in the program ({type(unexpected).__name__}); the log has more")
        else:
            self.done.emit(result)


class Jobs(QObject):
    """The jobs that are under way; a window must not go before they are finished."""

    finished = Signal()
    """The last job is finished."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs: set[Job] = set()

    @property
    def are_under_way(self) -> bool:
        """Whether any job is not finished."""
        return bool(self._jobs)

    def begin(self, work: Callable[[], object], done: Callable[[object], None], failed: Callable[[str], None]) -> None:
        """Begin a job; `done` or `failed` is called in the thread of the window."""
        job = Job(work, self)
        self._jobs.add(job)
        job.done.connect(done)
        job.failed.connect(failed)
        job.finished.connect(self._on_job_finished)
        job.start()

    def _on_job_finished(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self._jobs.discard(job)
            job.deleteLater()
        if not self._jobs:
            self.finished.emit()
