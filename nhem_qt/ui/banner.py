"""A bar that tells of a notice or an error without getting in the way."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
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


class _Message(NamedTuple):
    text: str
    level: Level
    action: Action | None


class Banner(QFrame):
    """Shows one message until it is dismissed or taken back; an error is never replaced by a notice.

    A message with a button waits for its answer: what comes in between is shown first.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._shown: _Message | None = None
        self._waiting: list[_Message] = []
        self._lasting: dict[str, str] = {}
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
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
        new, shown = _Message(message, level, action), self._shown
        if shown is not None and shown.level is Level.ERROR and level is Level.NOTICE:
            if action is not None:
                self._waiting.append(new)
            return False
        if shown is not None and shown.action is not None:
            self._waiting.append(shown)
        self._show(new)
        return True

    def warn_while(self, condition: str, message: str | None) -> None:
        """Tell `message` once for as long as a condition lasts; None says that it is over."""
        warned = self._lasting.get(condition)
        if message is None:
            self._lasting.pop(condition, None)
            if warned is not None and self._shown is not None and self._shown.text == warned:
                self._go_on()
        elif warned is None and self.tell(message, Level.NOTICE):
            self._lasting[condition] = message

    def take_back(self) -> None:
        """Show nothing but what still waits for an answer."""
        if self._shown is not None and self._shown.action is None:
            self._go_on()

    def _show(self, message: _Message) -> None:
        self._shown = message
        self._label.setText(f"{_SHAPES[message.level]}  {message.text}")
        self._button.setVisible(message.action is not None)
        self._button.setText(message.action.text if message.action else "")
        self.setProperty("level", message.level.value)
        self.style().polish(self)
        self.show()

    def _go_on(self) -> Action | None:
        """Show what waits, else nothing; returns what could be done about the message shown until now."""
        done, self._shown = self._shown, None
        if self._waiting:
            self._show(self._waiting.pop())
        else:
            self.hide()
        return None if done is None else done.action

    def _on_button_clicked(self) -> None:
        action = self._go_on()
        if action is not None:
            action.run()

    def _on_close_clicked(self) -> None:
        action = self._go_on()
        if action is not None:
            action.decline()
