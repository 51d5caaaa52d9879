"""Closing a window while something is under way that its user may be waiting for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from nhem_qt.ui.plain_words import show_plainly

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.ui.background import Jobs

_LOOK_MS = 100


class Closing(QObject):
    """Decides whether a window may close; the first time that long jobs are in the way its user is asked.

    `under_way` returns the titles of all jobs that closing the window would cancel.
    """

    def __init__(self, window: QWidget, jobs: Jobs, under_way: Callable[[], tuple[str, ...]]) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs
        self._under_way = under_way
        self._question: CancelQuestion | None = None
        self.asks = True
        """Whether there is a user to be asked; without one long jobs are cancelled."""

    def allows(self) -> bool:
        """Return whether the window may close now, and cancel its long jobs then; else the user is asked."""
        titles = self._under_way()
        if self.asks and titles:
            self._ask(titles)
            return False
        self.asks = False
        if self._question is not None:
            self._question.close()
        self._jobs.cancel_long()
        return True

    def insist(self) -> None:
        """Close the window without a question."""
        self.asks = False
        self._window.close()

    def _ask(self, titles: tuple[str, ...]) -> None:
        if self._question is None:
            self._question = CancelQuestion(titles, self.insist, self._window)
            self._question.finished.connect(self._on_question_finished)
            look_timer = QTimer(self._question, interval=_LOOK_MS)
            look_timer.timeout.connect(self._on_look_timer_timeout)
            look_timer.start()
        self._question.show()
        self._question.raise_()

    def _on_question_finished(self) -> None:
        self._question = None

    def _on_look_timer_timeout(self) -> None:
        """Close as it was wanted, once there is nothing left that this would cancel."""
        if self._question is not None and not self._under_way():
            self.insist()


class CancelQuestion(QMessageBox):
    """Asks whether jobs of these titles are to be cancelled; calls `cancel` only if that is wanted."""

    def __init__(self, titles: tuple[str, ...], cancel: Callable[[], None], window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("Not done yet"))
        self.setText(self.tr("Not done yet: {0}").format(", ".join(titles)))
        self.setInformativeText(self.tr("To close the window now cancels it, and nothing of it is kept."))
        show_plainly(self)
        button = self.addButton(self.tr("&Cancel it and close"), QMessageBox.ButtonRole.DestructiveRole)
        button.clicked.connect(cancel)
        wait = self.addButton(self.tr("&Wait"), QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(wait)
        self.setEscapeButton(wait)
        # The window behind stays usable: the treatment goes on.
        self.setModal(False)
