"""The program with its window, from start to exit."""

from __future__ import annotations

import logging
import os
import signal
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QApplication

from nhem_qt.errors import NhemError
from nhem_qt.session import export_live
from nhem_qt.shipped import shipped_path
from nhem_qt.ui import palette
from nhem_qt.ui.banner import Level
from nhem_qt.ui.exporting import loss_words
from nhem_qt.ui.garbage import lasting_spared
from nhem_qt.ui.main_window import MainWindow, WindowSetup
from nhem_qt.ui.placement import fit_to_screen
from nhem_qt.ui.unhandled import UnhandledErrors

if TYPE_CHECKING:
    import threading
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


def run_window(setup: WindowSetup, departure: Departure, notices: Sequence[str], stop: threading.Event) -> RunSummary:
    """Show the window until it is closed, or `stop` is set; raises WindowError or ExportError for what went wrong."""
    qInstallMessageHandler(_log_qt_message)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("nhem-qt")
    app.setDesktopFileName("nhem-qt")
    dress(app)
    window = MainWindow(setup)
    # What was told to run by itself may have nobody who could answer a question.
    window.closing.asks = not (departure.start or setup.seconds is not None)
    # Qt itself leaves with the last window that is seen; while a still of the screen is taken, none is.
    window.left.connect(app.quit, Qt.ConnectionType.QueuedConnection)
    window.monitoring.notice_given.connect(_log_notice)
    window.tell_problems(notices)
    for notice in notices:
        _log_notice(notice)
    if departure.screenshot is not None:
        window.left.connect(partial(_take_screenshot, window, departure.screenshot))
    for number in (signal.SIGINT, signal.SIGTERM):
        # The window's timers run Python code all the time, so that Python gets to see the signal.
        signal.signal(number, partial(_on_stop_signal, window, stop))
    with lasting_spared(window.monitoring), UnhandledErrors(partial(_tell_unhandled, window)):
        fit_to_screen(window)
        window.show()
        QTimer.singleShot(0, window, partial(_begin, window, stop, start=departure.start or setup.seconds is not None))
        app.exec()
    return _conclude(window, setup, departure, stop)


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
    if kind is QtMsgType.QtFatalMsg:
        # Qt would abort the process now, as it does for a display that is not there.
        logging.shutdown()
        os._exit(1)


def _log_notice(text: str) -> None:
    """Tell, beside the window, whoever reads the console or the log."""
    logging.getLogger(__name__).warning(text)


def _tell_unhandled(window: MainWindow, error: str) -> None:
    """Say that something in the program went wrong; also in the session, if one runs."""
    monitoring = window.monitoring
    running = monitoring.is_running
    going_on = window.tr("Monitoring goes on") if running else window.tr("The program goes on")
    text = window.tr("An error in the program ({0}). {1}; the log has more").format(error, going_on)
    window.banner.tell(text, Level.NOTICE)
    if running and monitoring.session is not None:
        monitoring.session.keep_notice(text)


def _begin(window: MainWindow, stop: threading.Event, *, start: bool) -> None:
    """Do what was asked for at the start, now that the event loop runs; a stop may have come before."""
    if stop.is_set():
        window.close()
    elif start:
        window.start()


def _on_stop_signal(window: MainWindow, stop: threading.Event, _number: int, _frame: FrameType | None) -> None:
    stop.set()
    QTimer.singleShot(0, window, window.closing.insist)


def _take_screenshot(window: MainWindow, path: Path) -> None:
    if not window.grab().save(str(path), "PNG"):
        window.last_error = f"{path} cannot be written: choose another file for --screenshot"


def _conclude(window: MainWindow, setup: WindowSetup, departure: Departure, stop: threading.Event) -> RunSummary:
    session, missing = window.monitoring.session, 0
    if departure.export is not None and session is not None:
        missing = export_live(departure.export, session)
    if window.last_error is not None:
        raise WindowError(window.last_error)
    limited = setup.seconds is not None and not stop.is_set()
    if limited and (session is None or session.history.count == 0):
        raise WindowError("Nothing was measured: choose another source, or more --seconds")
    if missing and session is not None:
        raise WindowError(loss_words(session, missing))
    return RunSummary(session.history.count, window.docks.peaks.rows) if session else RunSummary(0, ())
