"""A bar that tells of a notice or an error without getting in the way."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget


class Level(StrEnum):
    """How serious a message is."""

    NOTICE = "notice"
    ERROR = "error"


_SHAPES = {Level.NOTICE: "\N{WARNING SIGN}", Level.ERROR: "\N{MULTIPLICATION X}"}


class Banner(QFrame):
    """Shows one message until it is dismissed or taken back; an error is never replaced by a notice."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._level = Level.NOTICE
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        close = QToolButton(self)
        close.setText("\N{MULTIPLICATION SIGN}")
        close.setToolTip(self.tr("Dismiss"))
        close.clicked.connect(self._on_close_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 6, 0)
        row.addWidget(self._label, stretch=1)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """The message shown, empty if none is."""
        return "" if self.isHidden() else self._label.text()

    def tell(self, message: str, level: Level) -> None:
        """Show a message."""
        if not self.isHidden() and self._level is Level.ERROR and level is Level.NOTICE:
            return
        self._level = level
        self._label.setText(f"{_SHAPES[level]}  {message}")
        self.setProperty("level", level.value)
        self.style().polish(self)
        self.show()

    def take_back(self) -> None:
        """Show nothing."""
        self.hide()

    def _on_close_clicked(self) -> None:
        self.hide()
        self.dismissed.emit()
