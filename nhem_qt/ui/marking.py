"""Marks that the operator sets while a session runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from nhem_qt.session import StoreError

if TYPE_CHECKING:
    from nhem_qt.session import LiveSession, Mark


class Marking(QObject):
    """Marks the moment at which it is asked to; a note may follow while the measuring goes on."""

    marked = Signal(object)
    """The LiveSession whose marks have changed."""
    failed = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def mark(self, session: LiveSession) -> Mark:
        """Mark this moment."""
        mark = session.set_mark()
        self.marked.emit(session)
        return mark

    def mark_with_note(self, session: LiveSession) -> None:
        """Mark this moment and ask for a note; without one the mark stays."""
        mark = self.mark(session)
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Mark"))
        dialog.setLabelText(self.tr("Note for the mark at {0:.2f} s:").format(mark.t_s))
        dialog.textValueSelected.connect(partial(self._annotate, session, mark))
        # The window behind stays usable: the treatment goes on.
        dialog.setModal(False)
        dialog.show()

    def _annotate(self, session: LiveSession, mark: Mark, note: str) -> None:
        try:
            session.annotate(mark, note.strip())
        except StoreError as error:
            self.failed.emit(str(error))
        self.marked.emit(session)
