"""A window on the demo, and the proof that nothing of it is left behind."""

from __future__ import annotations

import dataclasses
import gc
import threading
from typing import TYPE_CHECKING

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QThread, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget
from shiboken6 import isValid

from nhem_qt.capture import SourceChoice
from nhem_qt.config import FemConfig, LoadedConfig
from nhem_qt.detection import Peak
from nhem_qt.session import Span, open_long_curve, read_digest
from nhem_qt.ui.app import dress
from nhem_qt.ui.main_window import MainWindow, WindowSetup
from nhem_qt.ui.review_window import ReviewWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.curves import CurvesView


def delete_now() -> None:
    """Carry out every deleteLater: outside of an event loop nothing else does."""
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def a_peak() -> Peak:
    """A peak as the detector might have decided it."""
    return Peak(
        peak_index=1, color="green", confidence=0.9, start_frame=0, end_frame=30, peak_frame=9, decided_frame=50,
        start_s=0.0, end_s=0.7, duration_s=0.7, baseline=100.0, threshold=106.0, peak_gray=130.0,
        pre_mean=100.0, post_mean=104.0, difference=4.0, difference_threshold=2.1, mode="adaptive",
    )  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _searched_is_what_tests_make() -> Iterator[None]:
    # All that was imported would be searched through after each test, which took as long as the tests themselves.
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


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

    def threads_left() -> list[threading.Thread]:
        ours = [thread for thread in threading.enumerate() if thread.name.startswith(("store", "monitor"))]
        return [thread for thread in ours if thread not in threads_before]

    # One that hung may just have been let go.
    qtbot.waitUntil(lambda: not threads_left())


@pytest.fixture
def open_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    """Opens main windows; each is closed in good order in the end."""
    windows = []

    def opened(source: str = "demo", config: FemConfig | None = None, **more: object) -> MainWindow:
        dress(QApplication.instance())
        choice = SourceChoice.parse(source)
        loaded = more.pop("loaded", None) or LoadedConfig(config or FemConfig(), tmp_path / "fem_config.json", ())
        data, log_file = tmp_path / "data", tmp_path / "nhem-qt.log"
        setup = WindowSetup(choice, more.pop("roi", None), loaded, data, log_file, **more)
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


class CurveMouse:
    """The mouse on a curve; a drag of a test is over before a hundredth of a second is."""

    def place(self, curves: CurvesView, t_s: float) -> QPoint:
        """Return where a time lies, half-way down in the plot."""
        middle = sum(curves._box.viewRange()[1]) / 2
        return curves._plot.mapFromScene(curves._box.mapViewToScene(QPointF(t_s, middle)))

    def click(self, curves: CurvesView, t_s: float) -> None:
        """Click at a time."""
        self.drag(curves, t_s, t_s, Qt.KeyboardModifier.NoModifier)

    def drag(self, curves: CurvesView, begin_s: float, end_s: float, keys: Qt.KeyboardModifier) -> None:
        """Drag from one time to another with keys held."""
        begin, end = self.place(curves, begin_s), self.place(curves, end_s)
        kinds = (
            QEvent.Type.MouseButtonPress,
            QEvent.Type.MouseMove,
            QEvent.Type.MouseMove,
            QEvent.Type.MouseButtonRelease,
        )
        for kind, at in zip(kinds, (begin, (begin + end) / 2, end, end), strict=True):
            self._send(curves._plot.viewport(), kind, QPointF(at), keys)

    def _send(self, port: QWidget, kind: QEvent.Type, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button = none if kind is QEvent.Type.MouseMove else left
        held = none if kind is QEvent.Type.MouseButtonRelease else left
        QApplication.sendEvent(port, QMouseEvent(kind, at, port.mapToGlobal(at), button, held, keys))


@pytest.fixture
def curve_mouse() -> Iterator[CurveMouse]:
    """A mouse of which every move counts, however fast."""
    limit = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield CurveMouse()
    pg.setConfigOption("mouseRateLimit", limit)


@pytest.fixture
def open_review(qtbot: QtBot, kept_demo: Path) -> Iterator[Callable[..., ReviewWindow]]:
    """Opens reviews of 20 s of the demo, or a part of it, with changes; each is closed in good order in the end."""
    reviews = []

    def opened(span: Span | None = None, **changes: object) -> ReviewWindow:
        dress(QApplication.instance())
        digest = dataclasses.replace(read_digest(kept_demo, span), **changes)
        review = ReviewWindow(digest, open_long_curve(kept_demo, span))
        reviews.append(review)
        review.show()
        qtbot.waitExposed(review)
        return review

    yield opened
    for review in reviews:
        if isValid(review) and review.isVisible():
            with qtbot.waitSignal(review.left, timeout=10_000):
                review.close()
    delete_now()


@pytest.fixture
def window(open_window: Callable[..., MainWindow]) -> MainWindow:
    """A window on the demo source, not monitoring yet."""
    return open_window()
