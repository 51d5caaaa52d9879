"""The program with its window, from start to exit."""

from __future__ import annotations

import logging
import os
import signal
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QApplication

from nhem_qt.errors import NhemError
from nhem_qt.session import export_live
from nhem_qt.shipped import shipped_path
from nhem_qt.ui import palette
from nhem_qt.ui.main_window import MainWindow, WindowSetup

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import FrameType

    from nhem_qt.detection import Peak


class WindowError(NhemError):
    """Monitoring ended by itself, or what was wanted on leaving could not be done."""


@dataclass(frozen=True, slots=True)
class Departure:
    """What is done with a window when it is left, and whether monitoring begins at once."""

    start: bool = False
    export: Path | None = None
    screenshot: Path | None = None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run with a window found."""

    sample_count: int
    peaks: tuple[Peak, ...]


def run_window(setup: WindowSetup, departure: Departure, notices: Sequence[str]) -> RunSummary:
    """Show the window until it is closed; raises WindowError or ExportError for what went wrong by the end."""
    qInstallMessageHandler(_log_qt_message)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("nhem-qt")
    app.setDesktopFileName("nhem-qt")
    dress(app)
    window = MainWindow(setup)
    for notice in notices:
        window.monitoring.notice_given.emit(notice)
    if departure.screenshot is not None:
        window.left.connect(partial(_take_screenshot, window, departure.screenshot))
    for number in (signal.SIGINT, signal.SIGTERM):
        # The window's timers run Python code all the time, so that Python gets to see the signal.
        signal.signal(number, partial(_on_stop_signal, window))
    window.show()
    if departure.start or setup.seconds is not None:
        QTimer.singleShot(0, window, window.start)
    app.exec()
    return _conclude(window, setup, departure)


def dress(app: QApplication) -> None:
    """Give the program its look."""
    app.setStyle("Fusion")
    # What the style sheet leaves to the style, such as arrows, follows the palette.
    app.setPalette(_dark_palette())
    app.setStyleSheet(shipped_path("resources/style.qss").read_text(encoding="utf-8"))
    app.setWindowIcon(QIcon(str(shipped_path("resources/icon.svg"))))


def _dark_palette() -> QPalette:
    roles = QPalette.ColorRole
    dark = QPalette(palette.PANEL, palette.BACKGROUND)
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.BrightText):
        dark.setColor(role, palette.TEXT)
    dark.setColor(roles.Base, palette.BACKGROUND)
    dark.setColor(roles.Highlight, palette.ACCENT)
    dark.setColor(roles.PlaceholderText, palette.MUTED)
    return dark


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    """Qt's warnings are for developers: a user sees what is worse, the log on its finest level has them all."""
    grave = kind in {QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg}
    logging.getLogger("qt").log(logging.ERROR if grave else logging.DEBUG, message)


def _on_stop_signal(window: MainWindow, _number: int, _frame: FrameType | None) -> None:
    window.close()


def _take_screenshot(window: MainWindow, path: Path) -> None:
    if not window.grab().save(str(path), "PNG"):
        window.last_error = f"{path} cannot be written: choose another file for --screenshot"


def _conclude(window: MainWindow, setup: WindowSetup, departure: Departure) -> RunSummary:
    session = window.monitoring.session
    if departure.export is not None and session is not None:
        export_live(departure.export, session)
    _leave_hung_worker(window, setup)
    if window.last_error is not None:
        raise WindowError(window.last_error)
    if setup.seconds is not None and (session is None or session.history.count == 0):
        raise WindowError("Nothing was measured: choose another source, or more --seconds")
    return RunSummary(session.history.count, session.history.peaks) if session else RunSummary(0, ())


def _leave_hung_worker(window: MainWindow, setup: WindowSetup) -> None:
    """Leave without the thread that does not answer: waiting for it, or tearing it down, could take for ever."""
    if window.monitoring.has_abandoned:
        sys.stderr.write(f"nhem-qt: {window.last_error}\n")
        sys.stderr.flush()
        os._exit(1 if setup.seconds is not None else 0)
