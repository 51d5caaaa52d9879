"""When nothing can be captured for long: the window stays live, and shows what is invented as that alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from nhem_qt.capture import CaptureError, DemoSource
from nhem_qt.config import DataProcessingConfig, FemConfig
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Fallback, RegionChoice, RoiMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from nhem_qt.frame import Frame
    from nhem_qt.ui.main_window import MainWindow

PATIENCE_MS = 15_000


class Lock:
    """A lock of the screen: while it is set, no grab of the demo succeeds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_set = False
        grab = DemoSource.grab

        def grab_unless_locked(source: DemoSource, roi: Roi) -> Frame:
            if self.is_set:
                raise CaptureError("the screen is locked")
            return grab(source, roi)

        monkeypatch.setattr(DemoSource, "grab", grab_unless_locked)


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> Lock:
    return Lock(monkeypatch)


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, key)


def in_emergency(window: MainWindow) -> bool:
    session = window.monitoring.session
    return session is not None and session.health_report().fallback is Fallback.EMERGENCY


@pytest.mark.parametrize("simulate", [True, False])
def test_what_is_simulated_is_shown_as_that_until_the_capture_works_again(
    qtbot: QtBot, open_window: Callable[..., MainWindow], lock: Lock, *, simulate: bool
) -> None:
    processing = DataProcessingConfig(emergency_after_s=1, simulate_in_emergency=simulate)
    window = open_window(config=FemConfig(data_processing=processing))
    with qtbot.waitSignal(window.monitoring.began):
        press(qtbot, window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.monitoring.session.history.count > 20)
    lock.is_set = True
    qtbot.waitUntil(lambda: in_emergency(window), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "emergency mode" in window.banner.text, timeout=PATIENCE_MS)
    lost_from = window.monitoring.session.history.count
    qtbot.waitUntil(lambda: window.monitoring.session.history.count > lost_from + 45, timeout=PATIENCE_MS)
    window._watch_session()
    window._redraw()
    expected = SourceKind.SIMULATED if simulate else SourceKind.DEMO
    assert window.image_view._source is expected
    assert ("SIMULATED, NOT MEASURED" in window.image_view._alarm_lines()) is simulate
    assert ("SIMULATED, NOT MEASURED" in window.curves._legend.text()) is simulate
    assert window.readout._gray.text() == "\N{EM DASH}"
    press(qtbot, window, Qt.Key.Key_M)
    assert len(window.monitoring.session.marks) == 1
    lock.is_set = False
    qtbot.waitUntil(lambda: window.readout._gray.text() != "\N{EM DASH}", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.image_view._source is SourceKind.DEMO, timeout=PATIENCE_MS)


def test_the_mode_that_is_fallen_back_to_is_the_one_that_is_shown(
    qtbot: QtBot, open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    legacy, grab = Roi(50, 50, 250, 250), DemoSource.grab

    def grab_only_legacy(source: DemoSource, roi: Roi) -> Frame:
        if roi != legacy:
            raise CaptureError("the cable is loose")
        return grab(source, roi)

    def shown_mode() -> str:
        return window.image_view._badges()[0].text

    window = open_window(config=FemConfig(data_processing=DataProcessingConfig(single_after_s=1)))
    window.region_use.choice = RegionChoice(RoiMode.DUAL, Roi(300, 200, 700, 500), legacy)
    with qtbot.waitSignal(window.monitoring.began):
        press(qtbot, window, Qt.Key.Key_F5)
    assert shown_mode() == "DUAL"
    monkeypatch.setattr(DemoSource, "grab", grab_only_legacy)
    qtbot.waitUntil(lambda: shown_mode() == "SINGLE", timeout=PATIENCE_MS)
    assert window._actions["use_dual"].isChecked()
    monkeypatch.setattr(DemoSource, "grab", grab)
    qtbot.waitUntil(lambda: shown_mode() == "DUAL", timeout=PATIENCE_MS)
