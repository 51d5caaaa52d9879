"""Marks, cuts and kept sessions from the main window, with keys and mouse."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel, QLineEdit, QPushButton, QSpinBox

from nhem_qt.session import KeptSession, SessionState, summary_of
from nhem_qt.ui.review_window import ReviewWindow
from nhem_qt.ui.sessions_dialog import SessionsDialog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, key, modifier)


def shown(qtbot: QtBot, kind: type[Any]) -> Any:
    def found() -> list[Any]:
        return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible()]

    qtbot.waitUntil(lambda: bool(found()))
    return found()[0]


@pytest.fixture
def running(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window that has measured the demo for a moment."""
    with qtbot.waitSignal(window.monitoring.began):
        press(qtbot, window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.monitoring.session.history.count > 20)
    return window


def interrupt(kept_demo: Path, folder: Path) -> Path:
    """Put a session that broke off into a data folder."""
    folder.mkdir()
    path = folder / kept_demo.name
    shutil.copy(kept_demo, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM session WHERE key IN ('ended_at', 'sample_count', 'dropped_ticks')")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.commit()
    return path


def test_a_key_marks_the_moment_in_curve_list_and_file(qtbot: QtBot, running: MainWindow) -> None:
    before_s = running.monitoring.session.now_s
    press(qtbot, running, Qt.Key.Key_M)
    after_s = running.monitoring.session.now_s
    (mark,) = running.curves.marks
    assert before_s <= mark.t_s <= after_s
    assert [(event.kind, event.t_s) for event in running.docks.events.rows] == [("mark", mark.t_s)]
    with qtbot.waitSignal(running.monitoring.ended):
        press(qtbot, running, Qt.Key.Key_F7)
    with KeptSession(running.monitoring.session.kept_path) as kept:
        assert kept.marks() == (mark,)
    press(qtbot, running, Qt.Key.Key_M)
    assert len(running.curves.marks) == 1


def test_the_status_bar_counts_ticks_that_were_dropped_apart_from_those_that_were_measured(running: MainWindow) -> None:
    session = running.monitoring.session
    running.monitoring.stop()
    running._status_bar.show_session(session, None)
    words = [label.text() for label in running._status_bar.findChildren(QLabel)]
    assert f"dropped {session.schedule.dropped}, measured {session.measured_count}" in words


def test_a_note_belongs_to_the_moment_of_the_key_however_long_it_is_typed(qtbot: QtBot, running: MainWindow) -> None:
    press(qtbot, running, Qt.Key.Key_M, SHIFT)
    (mark,) = running.curves.marks
    dialog = shown(qtbot, QInputDialog)
    count = running.monitoring.session.history.count
    qtbot.waitUntil(lambda: running.monitoring.session.history.count > count + 10)
    line = dialog.findChild(QLineEdit)
    qtbot.keyClicks(line, "probe moved")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: running.curves.marks[0].note == "probe moved")
    assert running.curves.marks[0].t_s == mark.t_s
    assert [event.text for event in running.docks.events.rows] == ["probe moved"]


def test_between_two_sessions_nothing_is_marked_or_shown_of_the_one_before(qtbot: QtBot, running: MainWindow) -> None:
    first = running.monitoring.session
    with qtbot.waitSignal(running.monitoring.ended):
        press(qtbot, running, Qt.Key.Key_F7)
    # Without an event loop the new session does not begin: its thread may speak only through that.
    for name in ("start", "mark", "cut"):
        running._actions[name].trigger()
    running._redraw()
    assert first.marks == running.curves.marks == ()
    assert running.readout._gray.text() == "\N{EM DASH}"
    qtbot.waitUntil(lambda: running.monitoring.session is not None)
    assert not running._jobs.are_under_way


def test_a_note_that_comes_after_the_next_start_is_kept_with_its_mark_and_shown_nowhere_else(
    qtbot: QtBot, running: MainWindow
) -> None:
    press(qtbot, running, Qt.Key.Key_M, SHIFT)
    first = running.monitoring.session
    line = shown(qtbot, QInputDialog).findChild(QLineEdit)
    with qtbot.waitSignal(running.monitoring.ended):
        press(qtbot, running, Qt.Key.Key_F7)
    with qtbot.waitSignal(running.monitoring.began):
        press(qtbot, running, Qt.Key.Key_F5)
    qtbot.keyClicks(line, "too late")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert [mark.note for mark in first.marks] == ["too late"]
    assert running.curves.marks == ()
    assert running.docks.events.rows == ()


def test_a_mark_adds_one_row_and_a_note_changes_one(qtbot: QtBot, running: MainWindow) -> None:
    press(qtbot, running, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: running.monitoring.session.moment_s > running.curves.marks[0].t_s)
    with (
        qtbot.assertNotEmitted(running.docks.events.modelReset),
        qtbot.waitSignal(running.docks.events.rowsInserted) as inserted,
    ):
        press(qtbot, running, Qt.Key.Key_M, SHIFT)
    assert inserted.args[1:3] == [1, 1]
    line = shown(qtbot, QInputDialog).findChild(QLineEdit)
    with (
        qtbot.assertNotEmitted(running.docks.events.modelReset),
        qtbot.waitSignal(running.docks.events.dataChanged) as changed,
    ):
        qtbot.keyClicks(line, "probe moved")
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert [index.row() for index in changed.args[:2]] == [1, 1]
    assert [event.text for event in running.docks.events.rows] == ["", "probe moved"]


def test_the_last_seconds_of_a_running_session_are_cut_while_it_goes_on(qtbot: QtBot, running: MainWindow) -> None:
    session = running.monitoring.session
    qtbot.waitUntil(lambda: session.history.count > 100)
    running.findChild(QSpinBox, "cutLength").setValue(1)
    with qtbot.waitSignal(running.reviewing.opened) as opened:
        press(qtbot, running, Qt.Key.Key_C)
    (review,) = opened.args
    span = review.digest.span
    assert span.length_s == pytest.approx(1)
    measured = [sample for sample in session.history.samples if span.contains(sample.measurement.t_s)]
    assert review.digest.sample_count == len(measured) > 0
    count = session.history.count
    qtbot.waitUntil(lambda: session.history.count > count + 10)
    assert running.monitoring.is_running


def test_a_dragged_span_is_what_is_cut(qtbot: QtBot, running: MainWindow, curve_mouse: Any) -> None:
    session = running.monitoring.session
    qtbot.waitUntil(lambda: session.history.count > 60)
    with qtbot.waitSignal(running.monitoring.ended):
        press(qtbot, running, Qt.Key.Key_F7)
    curve_mouse.drag(running.curves, 0.3, 0.9, SHIFT)
    with qtbot.waitSignal(running.reviewing.opened) as opened:
        press(qtbot, running, Qt.Key.Key_C)
    span = opened.args[0].digest.span
    assert (span.begin_s, span.end_s) == pytest.approx((0.3, 0.9), abs=0.1)


def test_what_is_not_kept_cannot_be_cut_and_that_is_said(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    window = open_window()
    with qtbot.waitSignal(window.monitoring.began):
        press(qtbot, window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.monitoring.session.history.count > 20)
    with qtbot.waitSignal(window.reviewing.failed):
        press(qtbot, window, Qt.Key.Key_C)
    assert "Only what is kept on disk can be cut" in window.banner.text


def test_a_kept_session_is_chosen_from_the_list_and_opened(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path, kept_demo: Path
) -> None:
    (tmp_path / "data").mkdir()
    shutil.copy(kept_demo, tmp_path / "data")
    window = open_window()
    press(qtbot, window, Qt.Key.Key_O, CONTROL)
    dialog = shown(qtbot, SessionsDialog)
    open_button = next(button for button in dialog.findChildren(QPushButton) if button.text() == "&Open")
    qtbot.waitUntil(open_button.isEnabled)
    with qtbot.waitSignal(window.reviewing.opened) as opened:
        qtbot.mouseClick(open_button, Qt.MouseButton.LeftButton)
    assert opened.args[0].digest.info.session_id == kept_demo.stem
    # Closing the program closes what is being looked at.
    with qtbot.waitSignal(window.left):
        window.close()
    assert not [
        widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ReviewWindow) and widget.isVisible()
    ]


def test_an_interrupted_session_is_offered_once_and_opened(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path, kept_demo: Path
) -> None:
    path = interrupt(kept_demo, tmp_path / "data")
    window = open_window()
    qtbot.waitUntil(lambda: "was interrupted" in window.banner.text)
    # Monitoring may begin meanwhile: the offer stays.
    with qtbot.waitSignal(window.monitoring.began):
        press(qtbot, window, Qt.Key.Key_F5)
    assert "was interrupted" in window.banner.text
    open_it = next(button for button in window.banner.findChildren(QPushButton) if button.text() == "&Open it")
    with qtbot.waitSignal(window.reviewing.opened) as opened:
        qtbot.mouseClick(open_it, Qt.MouseButton.LeftButton)
    assert opened.args[0].digest.path == path
    summary = summary_of(path)
    assert summary is not None
    assert summary.state is SessionState.INTERRUPTED
    with qtbot.waitSignal(window.left):
        window.close()
    again = open_window()
    qtbot.waitUntil(lambda: not again._jobs.are_under_way)
    assert again.banner.text == ""
