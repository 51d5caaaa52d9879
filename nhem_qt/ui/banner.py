"""A bar that tells of a notice or an error without getting in the way."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable


class Level(StrEnum):
    """How serious a message is."""

    NOTICE = "notice"
    ERROR = "error"


_SHAPES = {Level.NOTICE: "\N{WARNING SIGN}", Level.ERROR: "\N{MULTIPLICATION X}"}


class Action(NamedTuple):
    """What a button in the banner says and does, and what is done when the message is dismissed instead."""

    text: str
    run: Callable[[], None]
    decline: Callable[[], None]


class Banner(QFrame):
    """Shows one message until it is dismissed or taken back; an error is never replaced by a notice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._level = Level.NOTICE
        self._message = ""
        self._lasting: dict[str, str] = {}
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self._action: Action | None = None
        self._button = QPushButton(self)
        self._button.clicked.connect(self._on_button_clicked)
        close = QToolButton(self)
        close.setText("\N{MULTIPLICATION SIGN}")
        close.setToolTip(self.tr("Dismiss"))
        close.clicked.connect(self._on_close_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 6, 0)
        row.addWidget(self._label, stretch=1)
        row.addWidget(self._button)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """The message shown, empty if none is."""
        return "" if self.isHidden() else self._label.text()

    def tell(self, message: str, level: Level, action: Action | None = None) -> bool:
        """Show a message, with a button where something can be done about it at once; returns whether it is shown."""
        if not self.isHidden() and self._level is Level.ERROR and level is Level.NOTICE:
            return False
        self._level = level
        self._message = message
        self._label.setText(f"{_SHAPES[level]}  {message}")
        self._action = action
        self._button.setVisible(action is not None)
        self._button.setText(action.text if action else "")
        self.setProperty("level", level.value)
        self.style().polish(self)
        self.show()
        return True

    def warn_while(self, condition: str, message: str | None) -> None:
        """Tell `message` once for as long as a condition lasts; None says that it is over."""
        warned = self._lasting.get(condition)
        if message is None:
            self._lasting.pop(condition, None)
            if warned is not None and self._message == warned:
                self.hide()
        elif warned is None and self.tell(message, Level.NOTICE):
            self._lasting[condition] = message

    def take_back(self) -> None:
        """Show nothing."""
        self.hide()

    def _on_button_clicked(self) -> None:
        action = self._action
        self.hide()
        if action is not None:
            action.run()

    def _on_close_clicked(self) -> None:
        action, self._action = self._action, None
        self.hide()
        if action is not None:
            action.decline()
