"""Fields of the region dialog, each kept from doing what was not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox, QWidget

from nhem_qt.ui.region_keys import Command, command_of

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QKeyEvent, QWheelEvent


class RegionField(QSpinBox):
    """A coordinate: undo and redo in it mean the region, not its digits."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave undo and redo to the dialog."""
        if command_of(event) in {Command.UNDO, Command.REDO}:
            event.ignore()
        else:
            super().keyPressEvent(event)


class NameField(QLineEdit):
    """The name of a region: Enter in it means the name, and does not apply the region."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Enter from the dialog."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class ChoiceList(QComboBox):
    """A list out of which nothing is chosen by mistake."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view().viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep a click on a greyed row from Qt: it would choose the row that was pointed at before."""
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            return not self.view().indexAt(event.position().toPoint()).flags() & Qt.ItemFlag.ItemIsEnabled
        return super().eventFilter(watched, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave alone a wheel that happens to turn over the list."""
        event.ignore()
