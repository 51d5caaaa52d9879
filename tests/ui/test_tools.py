"""Diagnostics and log from the menu of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QTableView

from nhem_qt.ui.diagnostics import DiagnosticsDialog

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.main_window import MainWindow

BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, key, BOTH)


def shown(kind: type[QDialog]) -> QDialog:
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible())


def test_diagnostics_examine_the_machine_while_the_window_stays_usable(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_I)
    dialog = shown(DiagnosticsDialog)
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    table = dialog.findChild(QTableView)
    qtbot.waitUntil(lambda: table.model().rowCount() > 5, timeout=60_000)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_without_a_log_that_is_said(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_L)
    box = shown(QMessageBox)
    assert "There is no log" in box.text()
    qtbot.keyClick(box, Qt.Key.Key_Escape)
