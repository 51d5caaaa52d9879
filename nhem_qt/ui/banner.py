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
    """Shows one message until it is dismissed or taken back, and with it what is wrong for as long as that lasts.

    An error is never replaced by a notice. A message with a button waits for its answer: what comes in between is shown
    first. To dismiss silences also what lasts, until it is over.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._shown: _Message | None = None
        self._waiting: list[_Message] = []
        self._lasting: dict[str, str] = {}
        self._silenced: set[str] = set()
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
        """What is shown, a line for each message; empty if nothing is."""
        return "" if self.isHidden() else self._label.text()

    def tell(self, message: str, level: Level, action: Action | None = None) -> None:
        """Show a message, with a button where something can be done about it at once."""
        new, shown = _Message(message, level, action), self._shown
        if shown is not None and shown.level is Level.ERROR and level is Level.NOTICE:
            if action is not None:
                self._waiting.append(new)
            return
        if shown is not None and shown.action is not None:
            self._waiting.append(shown)
        self._show(new)

    def warn_while(self, condition: str, message: str | None) -> None:
        """Tell `message` for as long as a condition lasts; None says that it is over."""
        before = dict(self._lasting)
        if message is None:
            self._lasting.pop(condition, None)
            self._silenced.discard(condition)
        elif condition not in self._silenced:
            self._lasting[condition] = message
        if self._lasting != before:
            self._show(self._shown)

    def take_back(self) -> None:
        """Show no message but those that still wait for an answer, and what lasts."""
        if self._shown is not None and self._shown.action is None:
            self._go_on()

    def _show(self, message: _Message | None) -> None:
        self._shown = message
        told = [] if message is None else [(message.level, message.text)]
        lines = [*told, *((Level.NOTICE, text) for text in self._lasting.values())]
        self._label.setText("\n".join(f"{_SHAPES[level]}  {text}" for level, text in lines))
        action = None if message is None else message.action
        self._button.setVisible(action is not None)
        self._button.setText("" if action is None else action.text)
        self.setProperty("level", str(lines[0][0]) if lines else "")
        self.style().polish(self)
        self.setVisible(bool(lines))

    def _go_on(self) -> Action | None:
        """Show what waits, else only what lasts; returns what could be done about the message shown until now."""
        done = self._shown
        self._show(self._waiting.pop() if self._waiting else None)
        return None if done is None else done.action

    def _on_button_clicked(self) -> None:
        action = self._go_on()
        if action is not None:
            action.run()

    def _on_close_clicked(self) -> None:
        self._silenced.update(self._lasting)
        self._lasting.clear()
        action = self._go_on()
        if action is not None:
            action.decline()
