"""What is asked before a kept session is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QInputDialog, QMessageBox, QPlainTextEdit, QWidget

from nhem_qt.ui.plain_words import show_plainly
from nhem_qt.ui.session_words import content_words, date_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QShowEvent

    from nhem_qt.session import KeptSummary


class NoteQuestion(QInputDialog):
    """Lets the note of a session be edited; `textValueSelected` tells the new one."""

    def __init__(self, summary: KeptSummary, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Note"))
        self.setLabelText(self.tr("Note for the session of {0}:").format(date_words(summary.started_at)))
        self.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
        self.setTextValue(summary.note)

    def showEvent(self, event: QShowEvent) -> None:
        """Let the writing go on at the end."""
        super().showEvent(event)
        for field in self.findChildren(QPlainTextEdit):
            # Selected as a whole, as it comes, the note would be lost to the first letter.
            field.moveCursor(QTextCursor.MoveOperation.End)
            # Without a mouse there would be no way out of it else.
            field.setTabChangesFocus(True)


class DeleteQuestion(QMessageBox):
    """Asks whether a session is to be deleted, and says what would be lost; calls `delete` only if it is wanted."""

    def __init__(self, summary: KeptSummary, delete: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setIcon(QMessageBox.Icon.Warning)
        self.setWindowTitle(self.tr("Delete session"))
        self.setText(self.tr("Delete the session of {0}?").format(date_words(summary.started_at)))
        held = summary.error or content_words(summary, self.tr)
        named = f"{summary.name}\n" if summary.name else ""
        self.setInformativeText(self.tr("{0}{1}\n\nThis cannot be undone.").format(named, held))
        show_plainly(self)
        button = self.addButton(self.tr("&Delete"), QMessageBox.ButtonRole.DestructiveRole)
        button.clicked.connect(delete)
        cancel = self.addButton(QMessageBox.StandardButton.Cancel)
        self.setDefaultButton(cancel)
        self.setEscapeButton(cancel)
