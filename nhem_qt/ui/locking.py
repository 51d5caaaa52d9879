"""The lock before the configuration: asking for the password, setting it."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from nhem_qt.errors import NhemError
from nhem_qt.ui import palette

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.config import Lock

_WAIT_MS = 200
_MINUTES = (5, 15, 60)


class Locking(QObject):
    """Lets a change of the configuration through at once, or after the password."""

    changed = Signal()
    """The lock was opened or closed, or a password set or removed."""

    def __init__(self, window: QWidget, lock: Lock) -> None:
        super().__init__(window)
        self._window = window
        self._lock = lock

    @property
    def is_set(self) -> bool:
        """Whether there is a password at all."""
        return self._lock.is_set

    @property
    def is_locked(self) -> bool:
        """Whether a change needs the password just now."""
        return self._lock.is_locked(time.monotonic())

    def allow(self, change: Callable[[], None]) -> None:
        """Make `change`, after the password if that is needed; without it nothing happens."""
        if not self.is_locked:
            change()
            return
        dialog = UnlockDialog(self._lock, self._window)
        dialog.accepted.connect(self.changed)
        dialog.accepted.connect(change)
        dialog.open()

    def lock_now(self) -> None:
        """Close the lock again."""
        self._lock.lock()
        self.changed.emit()

    def ask_for_new_password(self) -> None:
        """Let a password be set, changed or removed."""
        self.allow(self._open_password_dialog)

    def _on_password_dialog_accepted(self) -> None:
        self.changed.emit()

    def _open_password_dialog(self) -> None:
        dialog = PasswordDialog(self._lock, self._window)
        dialog.accepted.connect(self._on_password_dialog_accepted)
        dialog.open()


class _AskingDialog(QDialog):
    """Fields, a line for what is wrong, OK and Cancel."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.form = QFormLayout()
        self.message = QLabel(self)
        self.message.setStyleSheet(f"color: {palette.RED.name()}")
        buttons = QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        self.buttons = QDialogButtonBox(buttons, self)
        self.buttons.accepted.connect(self.try_accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(self.form)
        column.addWidget(self.message)
        column.addWidget(self.buttons)

    def add_password_field(self, name: str) -> QLineEdit:
        """Add a field whose text is not shown."""
        field = QLineEdit(self)
        field.setEchoMode(QLineEdit.EchoMode.Password)
        self.form.addRow(name, field)
        return field

    def try_accept(self) -> None:
        """Accept if what was given will do."""
        raise NotImplementedError


class UnlockDialog(_AskingDialog):
    """Asks for the password; after wrong tries the next one has to wait."""

    def __init__(self, lock: Lock, parent: QWidget) -> None:
        super().__init__("", parent)
        self.setWindowTitle(self.tr("Unlock the configuration"))
        self._lock = lock
        self._password = self.add_password_field(self.tr("&Password"))
        self._duration = QComboBox(self)
        self._duration.addItem(self.tr("for this run"), math.inf)
        for minutes in _MINUTES:
            self._duration.addItem(self.tr("for {0} minutes").format(minutes), 60.0 * minutes)
        self.form.addRow(self.tr("&Unlock"), self._duration)
        self._wait_timer = QTimer(self, interval=_WAIT_MS)
        self._wait_timer.timeout.connect(self._on_wait_timer_timeout)
        self._show_wait()

    def try_accept(self) -> None:
        """Try the password."""
        if self._lock.unlock(self._password.text(), time.monotonic(), self._duration.currentData()):
            self.accept()
            return
        self._password.clear()
        self._show_wait()

    def done(self, result: int) -> None:
        """Stop counting."""
        self._wait_timer.stop()
        super().done(result)

    def _on_wait_timer_timeout(self) -> None:
        self._show_wait()

    def _show_wait(self) -> None:
        wait_s = self._lock.wait_s(time.monotonic())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(wait_s == 0)
        if wait_s > 0:
            words = self.tr("The password is wrong. Next try in {0} s").format(math.ceil(wait_s))
            self.message.setText(words)
            self._wait_timer.start()
        else:
            self.message.clear()
            self._wait_timer.stop()


class PasswordDialog(_AskingDialog):
    """Sets, changes or (left empty) removes the password."""

    def __init__(self, lock: Lock, parent: QWidget) -> None:
        super().__init__("", parent)
        self.setWindowTitle(self.tr("Set password"))
        self._lock = lock
        self._new = self.add_password_field(self.tr("&New password"))
        self._again = self.add_password_field(self.tr("&Again"))
        hint = QLabel(self.tr("Changing the configuration will need it; leave both empty to remove it."), self)
        hint.setObjectName("caption")
        self.form.addRow(hint)

    def try_accept(self) -> None:
        """Save the password if both fields agree."""
        if self._new.text() != self._again.text():
            self.message.setText(self.tr("The two passwords differ: type them again"))
            return
        save = partial(self._lock.set_password, self._new.text()) if self._new.text() else self._lock.remove_password
        try:
            save(time.monotonic())
        except NhemError as error:
            self.message.setText(str(error))
        else:
            self.accept()
