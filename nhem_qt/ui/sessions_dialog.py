"""File > Open session: the kept sessions, to open, name, note and delete them."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from nhem_qt.session import (
    KeptSummary,
    SessionState,
    delete_session,
    list_sessions,
    note_session,
    rename_session,
    summary_of,
)
from nhem_qt.ui import palette
from nhem_qt.ui.plain_words import show_plainly
from nhem_qt.ui.session_questions import DeleteQuestion, NoteQuestion
from nhem_qt.ui.sessions_table import SessionsTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhem_qt.ui.background import Jobs

_WIDTH_PX, _HEIGHT_PX = 1120, 560


class SessionsDialog(QDialog):
    """Lists the sessions kept in a folder; the window behind it stays usable, for the treatment goes on.

    The session `running` can be looked at but not deleted. A session is read, written and deleted in the background;
    what is shown is what is on disk.
    """

    open_requested = Signal(object)
    """The file (Path) of a session that can be read."""

    def __init__(self, folder: Path, jobs: Jobs, running: Path | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Sessions"))
        self._folder = folder
        self._jobs = jobs
        self._running = running
        self._is_missing = False
        # All of the dialog but its questions.
        self._content = QWidget(self)
        self._table = SessionsTable(self)
        self._search = QLineEdit(self)
        self._count = QLabel(self)
        self._instead = QLabel(self)
        self._pages = QStackedWidget(self)
        self._message = QLabel(self)
        self._open = QPushButton(self.tr("&Open"), self)
        self._rename = QPushButton(self.tr("&Rename"), self)
        self._note = QPushButton(self.tr("&Note..."), self)
        self._delete = QPushButton(self.tr("&Delete..."), self)
        self._dress()
        self._lay_out()
        self._connect()
        self.reload()

    def open(self) -> None:
        """Show the dialog; unlike other dialogs it does not keep its window from being used."""
        self.show()
        self.raise_()
        self.activateWindow()

    def reload(self) -> None:
        """Read the folder again."""
        self._say_instead(self.tr("Reading the sessions in {0} ...").format(self._folder))
        self._begin(partial(_listed, self._folder), self._show_sessions)

    def show_running(self, running: Path | None) -> None:
        """Tell which session is recorded from now on; None says that none is."""
        self._running = running
        self.reload()

    def _on_search_text_changed(self, text: str) -> None:
        self._table.sessions.search(text)
        self._show_page()

    def _on_table_current_changed(self) -> None:
        summary = self._table.current
        readable = summary is not None and summary.error is None
        for button in (self._open, self._rename, self._note):
            button.setEnabled(readable)
        self._delete.setEnabled(summary is not None and summary.state is not SessionState.RUNNING)
        self._say(self._explained(summary), palette.MUTED.name())

    def _on_open_clicked(self) -> None:
        summary = self._table.current
        if summary is not None and summary.error is None:
            self.open_requested.emit(summary.path)
            self.accept()

    def _on_rename_clicked(self) -> None:
        self._table.edit_name()

    def _on_note_clicked(self) -> None:
        summary = self._table.current
        if summary is not None:
            question = NoteQuestion(summary, self)
            question.textValueSelected.connect(partial(self._keep_note, summary.path))
            self._ask(question)

    def _on_delete_clicked(self) -> None:
        summary = self._table.current
        if summary is not None and self._delete.isEnabled():
            self._ask(DeleteQuestion(summary, partial(self._delete_for_good, summary.path), self))

    def _on_question_finished(self) -> None:
        self._content.setEnabled(True)
        self.activateWindow()
        self._table.setFocus()

    def _on_sessions_rename_requested(self, path: Path, name: str) -> None:
        self._begin(partial(_renamed, path, name), self._show_changed)

    def _keep_note(self, path: Path, note: str) -> None:
        self._begin(partial(_noted, path, note), self._show_changed)

    def _delete_for_good(self, path: Path) -> None:
        self._begin(partial(_deleted, path), self._show_deleted)

    def _begin(self, work: Callable[[], object], done: Callable[[object], None]) -> None:
        self._jobs.begin(work, partial(self._if_there, done), partial(self._if_there, self._fail))

    def _if_there(self, then: Callable[[object], None], result: object) -> None:
        """Go on with what a job found, unless the dialog was closed meanwhile."""
        if isValid(self):
            then(result)

    def _show_sessions(self, found: object) -> None:
        waiting = self._pages.currentWidget() is self._instead
        self._is_missing = found is None
        self._table.sessions.show_all(map(self._as_known, cast("list[KeptSummary] | None", found) or ()))
        self._show_page()
        if waiting and not self._search.text():
            self._table.setFocus()

    def _show_changed(self, changed: object) -> None:
        if changed is not None:
            self._table.sessions.replace(self._as_known(cast("KeptSummary", changed)))

    def _show_deleted(self, path: object) -> None:
        self._table.sessions.remove(cast("Path", path))
        self._show_page()

    def _fail(self, error: object) -> None:
        """Say what could not be done; where nothing is listed, say it instead of the list."""
        if self._table.sessions.count_of_all:
            self._show_page()
            self._say(str(error), palette.RED.name())
        else:
            self._say_instead(str(error))

    def _as_known(self, summary: KeptSummary) -> KeptSummary:
        """Return a session in the state that only its window knows: it may be paused."""
        if summary.path != self._running or summary.error is not None:
            return summary
        return dataclasses.replace(summary, state=SessionState.RUNNING)

    def _show_page(self) -> None:
        """Show the list, or why it is empty."""
        kept, shown = self._table.sessions.count_of_all, len(self._table.sessions.rows)
        if kept == 0:
            self._say_instead(self._none_words())
        elif shown == 0:
            self._say_instead(
                self.tr(
                    "No session has \N{LEFT DOUBLE QUOTATION MARK}{0}\N{RIGHT DOUBLE QUOTATION MARK} "
                    "in its name, note, date or id."
                ).format(self._search.text().strip())
            )
        else:
            self._pages.setCurrentWidget(self._table)
        self._count.setText(self._count_words(kept, shown))
        self._on_table_current_changed()

    def _count_words(self, kept: int, shown: int) -> str:
        if kept == 0:
            return ""
        sessions = self.tr("1 session") if kept == 1 else self.tr("{0} sessions").format(kept)
        return sessions if shown == kept else self.tr("{0} of {1}").format(shown, sessions)

    def _none_words(self) -> str:
        if self._is_missing:
            words = self.tr(
                "There is no folder {0}.\nIf sessions were kept there, see that its drive is connected and that it was "
                "not moved.\nElse the first run makes it. "
            )
        else:
            words = self.tr("No session is kept in {0} yet.\n")
        return words.format(self._folder) + self.tr("Every run from Start to Stop becomes one: F5 starts monitoring.")

    def _say_instead(self, words: str) -> None:
        self._instead.setText(words)
        self._pages.setCurrentWidget(self._instead)
        self._on_table_current_changed()

    def _say(self, words: str, colour: str) -> None:
        self._message.setText(words)
        self._message.setStyleSheet(f"color: {colour}")

    def _explained(self, summary: KeptSummary | None) -> str:
        """Return what is to be known of a session beyond its row."""
        if summary is None or self._pages.currentWidget() is self._instead:
            return ""
        if summary.error is not None:
            return summary.error
        words = {
            SessionState.RUNNING: self.tr("is being recorded: it can be opened, but not deleted before it is stopped"),
            SessionState.INTERRUPTED: self.tr("was interrupted: at most its last second is missing"),
        }
        return f"{summary.session_id} {words.get(summary.state, '')}"

    def _ask(self, question: QDialog) -> None:
        """Put a question before this dialog, and before no other window."""
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.finished.connect(self._on_question_finished)
        question.setModal(False)
        self._content.setEnabled(False)
        question.show()

    def _dress(self) -> None:
        self._search.setPlaceholderText(self.tr("Name, note, date or id"))
        self._search.setClearButtonEnabled(True)
        self._count.setObjectName("caption")
        self._instead.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._instead.setWordWrap(True)
        show_plainly(self)
        self._message.setWordWrap(True)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._open.setDefault(True)
        self._rename.setToolTip(self.tr("Edit the name in the list (F2)"))
        self._delete.setToolTip(self.tr("Delete the session for good, after a question (Del)"))

    def _lay_out(self) -> None:
        label = QLabel(self.tr("&Find"), self)
        label.setBuddy(self._search)
        above = QHBoxLayout()
        above.addWidget(label)
        above.addWidget(self._search, stretch=1)
        above.addWidget(self._count)
        self._pages.addWidget(self._instead)
        self._pages.addWidget(self._table)
        close = QPushButton(self.tr("&Close"), self)
        close.clicked.connect(self.reject)
        below = QHBoxLayout()
        for button in (self._open, self._rename, self._note, self._delete):
            below.addWidget(button)
        below.addStretch()
        below.addWidget(close)
        column = QVBoxLayout(self._content)
        column.addLayout(above)
        column.addWidget(self._pages, stretch=1)
        column.addWidget(self._message)
        column.addLayout(below)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._content)
        self.resize(_WIDTH_PX, _HEIGHT_PX)

    def _connect(self) -> None:
        self._search.textChanged.connect(self._on_search_text_changed)
        self._table.current_changed.connect(self._on_table_current_changed)
        self._table.doubleClicked.connect(self._on_open_clicked)
        self._table.sessions.rename_requested.connect(self._on_sessions_rename_requested)
        self._open.clicked.connect(self._on_open_clicked)
        self._rename.clicked.connect(self._on_rename_clicked)
        self._note.clicked.connect(self._on_note_clicked)
        self._delete.clicked.connect(self._on_delete_clicked)
        # Not of the whole dialog: in the search field the key deletes a letter.
        QShortcut(
            QKeySequence.StandardKey.Delete,
            self._table,
            self._on_delete_clicked,
            context=Qt.ShortcutContext.WidgetShortcut,
        )
        QShortcut(QKeySequence(Qt.Key.Key_F2), self, self._rename.click)


def _listed(folder: Path) -> list[KeptSummary] | None:
    """Return what is kept in a folder; None if there is no such folder."""
    summaries = list_sessions(folder)
    return summaries if folder.is_dir() else None


def _renamed(path: Path, name: str) -> KeptSummary | None:
    rename_session(path, name)
    return summary_of(path)


def _noted(path: Path, note: str) -> KeptSummary | None:
    note_session(path, note)
    return summary_of(path)


def _deleted(path: Path) -> Path:
    delete_session(path)
    return path
