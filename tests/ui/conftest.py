"""A window on the demo, and the proof that nothing of it is left behind."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow
from shiboken6 import isValid

from nhem_qt.capture import SourceChoice
from nhem_qt.config import FemConfig, LoadedConfig
from nhem_qt.ui.app import dress
from nhem_qt.ui.main_window import MainWindow, WindowSetup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def delete_now() -> None:
    """Carry out every deleteLater: outside of an event loop nothing else does."""
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def _nothing_is_left(qtbot: QtBot) -> Iterator[None]:
    threads_before = set(threading.enumerate())
    yield
    qtbot.waitUntil(lambda: not [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()])
    delete_now()
    gc.collect()
    alive = [thing for thing in gc.get_objects() if isinstance(thing, QThread | QTimer) and isValid(thing)]
    assert not [thread for thread in alive if isinstance(thread, QThread) and thread.isRunning()]
    assert not [timer for timer in alive if isinstance(timer, QTimer) and timer.isActive()]
    assert not [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMainWindow | QDialog)]
    left = set(threading.enumerate()) - threads_before
    assert not {thread for thread in left if thread.name.startswith(("store", "monitor"))}


@pytest.fixture
def open_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    """Opens main windows; each is closed in good order in the end."""
    windows = []

    def opened(source: str = "demo", config: FemConfig | None = None, **more: object) -> MainWindow:
        dress(QApplication.instance())
        choice = SourceChoice.parse(source)
        loaded = more.pop("loaded", None) or LoadedConfig(config or FemConfig(), tmp_path / "fem_config.json", ())
        setup = WindowSetup(choice, more.pop("roi", None), loaded, tmp_path / "data", **more)
        window = MainWindow(setup)
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield opened
    for window in windows:
        if window.isVisible():
            with qtbot.waitSignal(window.left, timeout=10_000):
                window.close()
        window.deleteLater()
    delete_now()


@pytest.fixture
def window(open_window: Callable[..., MainWindow]) -> MainWindow:
    """A window on the demo source, not monitoring yet."""
    return open_window()
