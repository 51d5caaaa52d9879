"""Work that would block the window: taking a still, writing an export."""

from __future__ import annotations

import logging
import queue
import threading
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal
from PySide6.QtWidgets import QProgressDialog, QWidget

from nhem_qt.errors import Cancelled, NhemError
from nhem_qt.ui.plain_words import show_plainly

if TYPE_CHECKING:
    from collections.abc import Callable

# What is done sooner shows no progress: a dialog that flashes up only startles.
_SHOW_AFTER_MS = 500

_POLL_MS = 20


class Job(QThread):
    """Calls a function in a thread of its own; `conclude` then tells what came of it."""

    def __init__(
        self,
        work: Callable[[], object],
        done: Callable[[object], None],
        failed: Callable[[str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._done = done
        self._failed = failed
        self._outcome: Callable[[], None] | None = None

    def run(self) -> None:
        """Call the function; Qt calls this in the thread."""
        self._outcome = _outcome_of(self._work, self._done, self._failed)

    def conclude(self) -> None:
        """Call `done` with the result or `failed` with the reason, or neither if it was cancelled."""
        if self._outcome is not None:
            self._outcome()


class Attempt(QObject):
    """Calls a function that may hang, such as a capture, in a thread that nobody waits for.

    `done` or `failed` is called in the thread of the window, unless it has been given up. What takes longer than
    `patience_s` hangs: it is given up, and `hung` is called instead.
    """

    def __init__(
        self,
        work: Callable[[], object],
        done: Callable[[object], None],
        failed: Callable[[str], None],
        hung: Callable[[], None],
        patience_s: float,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._hung = hung
        self._outcomes: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # Looks are counted instead of seconds: a program that stood still as a whole must not take that for a hang.
        self._looks_left = round(1000 * patience_s / _POLL_MS)
        self._poll_timer = QTimer(self, interval=_POLL_MS)
        self._poll_timer.timeout.connect(self._on_poll_timer_timeout)
        self._poll_timer.start()
        # The thread is given nothing of Qt's: when it returns at last, all that may be gone.
        outcomes = self._outcomes

        def run() -> None:
            outcomes.put(_outcome_of(work, done, failed))

        threading.Thread(target=run, name="attempt", daemon=True).start()

    def give_up(self) -> None:
        """Let nothing come of it any more."""
        self._poll_timer.stop()
        self.deleteLater()

    def _on_poll_timer_timeout(self) -> None:
        try:
            outcome = self._outcomes.get_nowait()
        except queue.Empty:
            self._looks_left -= 1
            if self._looks_left > 0:
                return
            outcome = self._hung
        self.give_up()
        if outcome is not None:
            outcome()


class LongJob(Job):
    """A job that tells how much of it is done, and can be cancelled."""

    progressed = Signal(int)
    """Per cent of the work that are done."""

    def __init__(
        self,
        work: Callable[[Callable[[float], None]], object],
        done: Callable[[object], None],
        failed: Callable[[str], None],
        ended: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(lambda: work(self._tell), done, failed, parent)
        self._ended = ended
        self._cancelled = threading.Event()
        self._per_cent = 0

    @property
    def is_cancelled(self) -> bool:
        """Whether nothing is to come of it any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Let the work end where it tells its progress next."""
        self._cancelled.set()

    def conclude(self) -> None:
        """Tell what came of it, unless it was cancelled meanwhile; and that it has ended, in any case."""
        try:
            if not self._cancelled.is_set():
                super().conclude()
        finally:
            self._ended()

    def _tell(self, share: float) -> None:
        if self._cancelled.is_set():
            raise Cancelled("cancelled")
        per_cent = int(100 * share)
        # The work may tell as often as it likes: the window hears of it a hundred times.
        if per_cent != self._per_cent:
            self._per_cent = per_cent
            self.progressed.emit(per_cent)


class ProgressDialog(QProgressDialog):
    """Shows after half a second how far a job is; the window can be used meanwhile."""

    def __init__(self, title: str, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle(title)
        self.setLabelText(title)
        show_plainly(self)
        self.setAutoReset(False)
        self.setAutoClose(False)
        # The keys of the window go on working.
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._per_cent = 0
        self._show_timer = QTimer(self, singleShot=True, interval=_SHOW_AFTER_MS)
        self._show_timer.timeout.connect(self._on_show_timer_timeout)
        self._show_timer.start()

    def show_progress(self, per_cent: int) -> None:
        """Show how much is done, once it is time to show anything."""
        self._per_cent = per_cent
        # Before that, the base class would show itself as soon as it guesses that the work takes long.
        if self.isVisible():
            self.setValue(per_cent)

    def end(self) -> None:
        """Go away."""
        self._show_timer.stop()
        self.hide()
        self.deleteLater()

    def _on_show_timer_timeout(self) -> None:
        if not self.wasCanceled():
            self.show()
            self.setValue(self._per_cent)


def _outcome_of(
    work: Callable[[], object], done: Callable[[object], None], failed: Callable[[str], None]
) -> Callable[[], None] | None:
    """Do the work; returns the call that tells what came of it, or None if it was cancelled."""
    try:
        return partial(done, work())
    except Cancelled:
        return None
    except NhemError as error:
        return partial(failed, str(error))
    except Exception as unexpected:
        logging.getLogger(__name__).exception("background work ended")
        return partial(failed, f"An error in the program ({type(unexpected).__name__}); the log has more")


class Jobs(QObject):
    """The jobs that are under way; a window must not go before they are finished."""

    finished = Signal()
    """The last job is finished."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._jobs: set[Job] = set()
        self._dialogs: dict[LongJob, ProgressDialog] = {}
        self._has_ended = False

    @property
    def are_under_way(self) -> bool:
        """Whether any job is not finished."""
        return bool(self._jobs)

    @property
    def long_titles(self) -> tuple[str, ...]:
        """The titles of the long jobs that are under way and not cancelled."""
        return tuple(dialog.windowTitle() for job, dialog in self._dialogs.items() if not job.is_cancelled)

    def end(self) -> None:
        """Begin no job any more, nor call anything of it: the window has gone, and nobody would wait."""
        self._has_ended = True

    def begin(self, work: Callable[[], object], done: Callable[[object], None], failed: Callable[[str], None]) -> None:
        """Begin a job; `done` or `failed` is called in the thread of the window."""
        if not self._has_ended:
            self._begin(Job(work, done, failed, self))

    def begin_long(
        self,
        title: str,
        work: Callable[[Callable[[float], None]], object],
        done: Callable[[object], None],
        failed: Callable[[str], None],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin a job that may take long; if it does, a dialog of that title shows its progress and lets it be ended.

        `work` is given a function to tell the share that is done, 0-1; it raises Cancelled when the user wants no more
        of it. A cancelled job calls neither `done` nor `failed`; `ended` is called however one has ended that began.
        """
        if self._has_ended:
            return
        job = LongJob(work, done, failed, ended, self)
        dialog = ProgressDialog(title, self._window)
        self._dialogs[job] = dialog
        job.progressed.connect(dialog.show_progress)
        dialog.canceled.connect(job.cancel)
        self._begin(job)

    def cancel_long(self) -> None:
        """Cancel what may take long, whether its progress is shown yet or not; the rest is soon done."""
        for job, dialog in self._dialogs.items():
            job.cancel()
            dialog.cancel()

    def _begin(self, job: Job) -> None:
        self._jobs.add(job)
        job.finished.connect(self._on_job_finished)
        job.start()

    def _on_job_finished(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self._jobs.discard(job)
            if isinstance(job, LongJob):
                self._dialogs.pop(job).end()
            job.deleteLater()
            try:
                job.conclude()
            finally:
                self._tell_end()

    def _tell_end(self) -> None:
        if not self._jobs:
            self.finished.emit()
