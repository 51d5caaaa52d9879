"""The health dock and its light in the status bar: they say how well it goes, and nothing while nothing is measured."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QLabel

from nhem_qt.capture import CaptureError, DemoSource
from nhem_qt.monitor import (
    CoordinationState,
    ErrorKind,
    Fallback,
    Fault,
    HealthLevel,
    HealthReport,
    Impact,
    LoadLevel,
    Recovery,
    Transition,
)
from nhem_qt.session import KeptNotice
from nhem_qt.ui import palette
from nhem_qt.ui.diagnostics import DiagnosticsDialog
from nhem_qt.ui.events_table import EventKind
from nhem_qt.ui.health_panel import HealthPanel
from nhem_qt.ui.sparkline import Sparkline

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from nhem_qt.doctor import Machine
    from nhem_qt.frame import Frame
    from nhem_qt.geometry import Roi
    from nhem_qt.ui.main_window import MainWindow

WELL = HealthReport(
    state="success", level=HealthLevel.GOOD, words=("All is well",), synchronisation_rate=1.0, success_rate=0.98,
    recovery_rate=0.5, latency_p50_ms=1.24, latency_p95_ms=3.0, latency_p99_ms=9.0, rate_hz=44.96, picture_rate_hz=5.0,
    dropped=3, left_out=0, failures={"capture": 2, "storage": 0}, memory_mb=142.7, cpu_share=0.123,
    load=LoadLevel.MEDIUM, fallback=Fallback.NONE, notice=None, quality=0.84,
)  # fmt: skip
WAITS_S = 20.0


@pytest.fixture
def panel(qtbot: QtBot) -> HealthPanel:
    panel = HealthPanel()
    qtbot.addWidget(panel)
    return panel


def words_of(panel: HealthPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel)]


def test_the_figures_are_told_with_their_units(panel: HealthPanel) -> None:
    panel.show_report(WELL)
    words = words_of(panel)
    told = (
        "45.0 per second",
        "1.2 / 3.0 / 9.0 ms",
        "98%",
        "50%",
        "3",
        "capture 2",
        "0.84",
        "143 MB",
        "12%, load medium",
    )
    assert [text for text in told if text not in words] == []


@pytest.mark.parametrize(
    ("level", "light", "colour"),
    [
        (HealthLevel.GOOD, "\u25cf good", palette.GREEN),
        (HealthLevel.FAIR, "\u25b2 fair", palette.AMBER),
        (HealthLevel.BAD, "\u25a0 bad", palette.RED),
    ],
)
def test_the_light_differs_in_word_shape_and_colour(
    panel: HealthPanel, level: HealthLevel, light: str, colour: object
) -> None:
    panel.show_report(dataclasses.replace(WELL, level=level, words=("One thing", "Another thing")))
    assert light in words_of(panel)
    assert panel._light.styleSheet() == f"color: {colour.name()}"
    assert "One thing\nAnother thing" in words_of(panel)


def test_what_is_not_known_is_a_dash_and_leaves_a_gap(panel: HealthPanel) -> None:
    panel.show_report(dataclasses.replace(WELL, memory_mb=None, cpu_share=None, quality=None))
    assert words_of(panel).count("\u2014") == 3
    assert sum(all(value != value for value in curve.values) for curve in panel.findChildren(Sparkline)) == 3  # noqa: PLR0124 - NaN


def test_while_nothing_is_measured_no_light_is_lit(panel: HealthPanel) -> None:
    panel.show_report(WELL)
    panel.show_idle()
    assert "not monitoring" in words_of(panel)
    assert not any("good" in words for words in words_of(panel))


def test_states_and_faults_are_listed_and_the_last_hundred_of_them(panel: HealthPanel) -> None:
    for index in range(120):
        panel.add_transition(
            Transition(float(index), CoordinationState.SUCCESS, CoordinationState.FAILED, "the cable is out")
        )
    panel.add_fault(Fault(ErrorKind.CAPTURE, Impact.HIGH, Recovery.RETRY_CAPTURE, 121.0, "the cable is out"))
    panel.show_report(WELL)
    assert len(panel._model.rows) == 100
    assert [event.text for event in panel._model.rows[-2:]] == [
        "failed after success: the cable is out",
        "capture, high: the cable is out",
    ]
    panel.clear()
    panel.show_report(WELL)
    assert panel._model.rows == ()


def test_a_curve_of_a_minute_ends_at_the_right(qtbot: QtBot) -> None:
    curve = Sparkline()
    qtbot.addWidget(curve)
    curve.resize(200, 22)
    curve.show()
    qtbot.waitExposed(curve)
    for value in (0.0, 1.0, None, 1.0, 0.5):
        curve.add(value)
    newest, oldest = curve._runs()
    assert [round(point.y()) for point in newest] == [11, 2]
    assert [round(point.y()) for point in oldest] == [2, 20]
    assert newest[0].x() == 198
    assert curve.grab().toImage().pixelColor(197, 11) != curve.grab().toImage().pixelColor(100, 11)


class Troubled(DemoSource):
    """The demo, which fails while it is told to."""

    fails = False

    def grab(self, roi: Roi) -> Frame:
        if self.fails:
            raise CaptureError("the cable is out: plug it in")
        return super().grab(roi)


@pytest.fixture
def running(qtbot: QtBot, open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    monkeypatch.setattr(Troubled, "fails", False)
    monkeypatch.setattr("nhem_qt.worker.open_source", lambda _choice: Troubled())
    window = open_window()
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    return window


def dock_of(window: MainWindow) -> QDockWidget:
    dock = window.findChild(QDockWidget, "healthDock")
    assert dock is not None
    return dock


def test_the_light_in_the_status_bar_shows_and_hides_the_dock(qtbot: QtBot, running: MainWindow) -> None:
    button, dock = running._status_bar.health_button, dock_of(running)
    qtbot.waitUntil(button.isVisible)
    assert not dock.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dock.isVisible)
    assert running._actions["show_health"].isChecked()
    qtbot.keyClick(running, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(dock.isHidden)
    with qtbot.waitSignal(running.monitoring.ended):
        running.stop()
    qtbot.waitUntil(button.isHidden)
    assert "not monitoring" in words_of(running.docks.health)


def test_before_the_first_session_the_status_bar_tells_of_none(open_window: Callable[..., MainWindow]) -> None:
    bar = open_window()._status_bar
    bar.show_session(None, None)
    assert bar._rate.text() == "not monitoring"
    assert not any(part.isVisible() for part in (bar.health_button, bar._drops, bar._kept))


def test_a_capture_that_fails_is_bad_until_it_works_again(
    qtbot: QtBot, running: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, panel = running.monitoring.session, running.docks.health
    qtbot.waitUntil(lambda: session.measured_count > 10)
    monkeypatch.setattr(Troubled, "fails", True)
    qtbot.waitUntil(lambda: "\u25a0 bad" in words_of(panel), timeout=round(1000 * WAITS_S))
    assert running._status_bar.health_button.text() == "\u25a0 bad"

    def told_kinds() -> list[EventKind]:
        return [event.kind for event in panel._model.rows if "the cable is out" in event.text]

    # The operator is told only of an outage that lasts: that comes last, a second after the fault.
    qtbot.waitUntil(lambda: len(told_kinds()) >= 3)
    assert sorted(told_kinds()) == [EventKind.FAULT, EventKind.NOTICE, EventKind.STATE]
    examined: list[Machine] = []
    monkeypatch.setattr("nhem_qt.ui.diagnostics.examine", lambda machine, _go_on: examined.append(machine) or ())
    qtbot.keyClick(running, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bool(examined))
    assert "The capture fails: what is shown is old" in examined[0].bottlenecks
    running.findChild(DiagnosticsDialog).close()
    # What failed was not measured, and is not counted as if it were.
    assert session.measured_count == sum(sample.measurement.gray is not None for sample in session.history.samples)
    assert session.measured_count < session.history.count
    monkeypatch.setattr(Troubled, "fails", False)
    qtbot.waitUntil(lambda: "\u25a0 bad" not in words_of(panel), timeout=round(1000 * WAITS_S))


def test_the_newest_happening_is_seen_also_when_nothing_is_measured_any_more(qtbot: QtBot) -> None:
    panel = HealthPanel()
    qtbot.addWidget(panel)
    panel.resize(400, 600)
    panel.show()
    assert "Nothing was measured yet" in words_of(panel)
    for number in range(60):
        panel.add_notice(KeptNotice(float(number), f"notice {number}"))
    panel.show_idle()
    newest = panel._model.index(59, 0)
    assert panel._model.rows[-1].text == "notice 59"
    qtbot.waitUntil(lambda: panel._table.viewport().rect().contains(panel._table.visualRect(newest).center()))
