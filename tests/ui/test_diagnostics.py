"""The dialog with the doctor's findings, and the log in the desktop's viewer."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMessageBox, QPushButton

from nhem_qt.doctor import Finding, Level, Machine, as_text
from nhem_qt.ui.app import dress
from nhem_qt.ui.background import Jobs
from nhem_qt.ui.diagnostics import DiagnosticsDialog
from nhem_qt.ui.log_file import open_log
from nhem_qt.ui.rows_table import RowsTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

FOUND = (
    Finding(Level.OK, "Python", "3.11"),
    Finding(Level.NOTICE, "Region", "none is selected yet", "Region > Select region... (Ctrl+R)"),
    Finding(Level.OK, "Disk", "much"),
    Finding(Level.PROBLEM, "Screen", "it cannot be grabbed", "Log in to an X11 session", prevents_monitoring=True),
)


class SlowDoctor:
    """Stands in for the examination: finds when it is let go, as long as it is wanted."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.began = threading.Event()
        self.ended = threading.Event()
        self.findings = FOUND
        self.examined: list[Machine] = []

    def __call__(self, machine: Machine, go_on: Callable[[], None]) -> Iterator[Finding]:
        self.examined.append(machine)
        self.began.set()
        try:
            while not self.released.wait(0.01):
                go_on()
            yield from self.findings
        finally:
            self.ended.set()


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QMainWindow]:
    dress(QApplication.instance())
    window = QMainWindow()
    window.resize(300, 200)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def jobs(window: QMainWindow, qtbot: QtBot) -> Iterator[Jobs]:
    jobs = Jobs(window)
    yield jobs
    qtbot.waitUntil(lambda: not jobs.are_under_way)


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDoctor]:
    doctor = SlowDoctor()
    monkeypatch.setattr("nhem_qt.ui.diagnostics.examine", doctor)
    yield doctor
    doctor.released.set()


@pytest.fixture
def dialog(
    window: QMainWindow, jobs: Jobs, doctor: SlowDoctor, tmp_path: Path, qtbot: QtBot
) -> Iterator[DiagnosticsDialog]:
    complaints = itertools.count(1)

    def machine() -> Machine:
        return Machine({}, None, tmp_path, tmp_path / "nhem-qt.log", (f"complaint {next(complaints)}",))

    dialog = DiagnosticsDialog(machine, jobs, window)
    dialog.open()
    qtbot.waitExposed(dialog)
    qtbot.waitUntil(dialog.isActiveWindow)
    assert doctor.began.wait(5)
    yield dialog
    for left in window.findChildren(DiagnosticsDialog):
        left.reject()


@pytest.fixture
def examined(dialog: DiagnosticsDialog, doctor: SlowDoctor, jobs: Jobs, qtbot: QtBot) -> DiagnosticsDialog:
    doctor.released.set()
    qtbot.waitUntil(lambda: not jobs.are_under_way)
    return dialog


def texts(dialog: DiagnosticsDialog) -> list[list[str]]:
    model = dialog.findChild(RowsTable).model()
    return [[model.index(row, column).data() for column in range(3)] for row in range(model.rowCount())]


def button(dialog: DiagnosticsDialog, text: str) -> QPushButton:
    return next(one for one in dialog.findChildren(QPushButton) if one.text().replace("&", "") == text)


def verdict(dialog: DiagnosticsDialog) -> str:
    return dialog.findChild(QLabel, "secondary").text()


def test_the_gravest_finding_comes_first_with_shape_word_and_what_to_do(examined: DiagnosticsDialog) -> None:
    rows = texts(examined)
    assert [state for state, _, _ in rows] == ["✕ problem", "⚠ notice", "✓ ok", "✓ ok"]
    assert rows[0][1:] == ["Screen", "it cannot be grabbed\n→ Log in to an X11 session"]
    assert [title for _, title, _ in rows[2:]] == ["Python", "Disk"]
    assert verdict(examined) == "The screen cannot be monitored: 1 problem, 1 notice"


def test_nothing_can_be_copied_before_there_is_anything(dialog: DiagnosticsDialog) -> None:
    assert "is being examined" in verdict(dialog)
    assert not button(dialog, "Copy").isEnabled()
    assert not button(dialog, "Examine again").isEnabled()


def test_copy_puts_the_whole_report_on_the_clipboard(examined: DiagnosticsDialog, qtbot: QtBot) -> None:
    qtbot.mouseClick(button(examined, "Copy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == as_text(FOUND)
    assert button(examined, "Copied").isEnabled()


def test_examining_again_shows_what_is_found_then(
    examined: DiagnosticsDialog, doctor: SlowDoctor, jobs: Jobs, qtbot: QtBot
) -> None:
    doctor.findings = FOUND[:1]
    qtbot.keyClick(examined, Qt.Key.Key_E, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: len(doctor.examined) == 2)
    qtbot.waitUntil(lambda: not jobs.are_under_way)
    assert verdict(examined) == "The screen can be monitored: no problems, no notices"
    assert len(texts(examined)) == 1
    assert [machine.bottlenecks for machine in doctor.examined] == [("complaint 1",), ("complaint 2",)]


def test_the_window_can_be_used_meanwhile(dialog: DiagnosticsDialog) -> None:
    assert not dialog.isModal()


@pytest.mark.parametrize("when", ["during", "after"])
def test_escape_closes_the_dialog_and_ends_the_examination(
    dialog: DiagnosticsDialog, doctor: SlowDoctor, jobs: Jobs, window: QMainWindow, qtbot: QtBot, when: str
) -> None:
    if when == "after":
        doctor.released.set()
        qtbot.waitUntil(lambda: not jobs.are_under_way)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: not jobs.are_under_way)
    assert doctor.ended.is_set()
    qtbot.waitUntil(lambda: not window.findChildren(DiagnosticsDialog))


def test_a_dialog_closed_at_the_last_moment_shows_nothing_any_more(
    dialog: DiagnosticsDialog, doctor: SlowDoctor, jobs: Jobs, qtbot: QtBot
) -> None:
    doctor.released.set()
    assert doctor.ended.wait(5)
    dialog.reject()
    qtbot.waitUntil(lambda: not jobs.are_under_way)


@pytest.mark.usefixtures("dialog")
def test_a_window_that_closes_takes_the_dialog_with_it_and_does_not_wait(
    window: QMainWindow, doctor: SlowDoctor, jobs: Jobs, qtbot: QtBot
) -> None:
    window.close()
    qtbot.waitUntil(lambda: not jobs.are_under_way)
    assert not doctor.released.is_set()
    assert doctor.ended.is_set()


def test_an_examination_that_fails_says_so(
    dialog: DiagnosticsDialog, doctor: SlowDoctor, jobs: Jobs, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    doctor.findings = None
    doctor.released.set()
    qtbot.waitUntil(lambda: not jobs.are_under_way)
    assert "An error in the program (TypeError)" in texts(dialog)[0][2]
    assert "background work ended" in caplog.text


def test_long_findings_are_wrapped_in_a_narrow_dialog(
    dialog: DiagnosticsDialog, doctor: SlowDoctor, jobs: Jobs, qtbot: QtBot
) -> None:
    doctor.findings = (Finding(Level.OK, "Libraries", " ".join(["word"] * 60)),)
    doctor.released.set()
    qtbot.waitUntil(lambda: not jobs.are_under_way)
    table = dialog.findChild(RowsTable)
    qtbot.waitUntil(lambda: table.rowHeight(0) > 2 * table.fontMetrics().height())
    before_px = table.rowHeight(0)
    dialog.resize(500, 400)
    qtbot.waitUntil(lambda: table.rowHeight(0) > before_px)


class Desktop:
    """Opens files, or not."""

    def __init__(self, *, willing: bool) -> None:
        self.willing = willing
        self.opened: list[str] = []

    def __call__(self, url: object) -> bool:
        self.opened.append(url.toLocalFile())
        return self.willing


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "nhem-qt.log"
    path.write_text("a line\n", encoding="utf-8")
    monkeypatch.setattr("nhem_qt.ui.log_file.current_log_path", lambda: path)
    return path


def message(window: QMainWindow) -> str:
    (box,) = window.findChildren(QMessageBox)
    text = box.text()
    box.reject()
    return text


def test_the_log_is_opened_by_the_desktop(window: QMainWindow, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = Desktop(willing=True)
    monkeypatch.setattr(QDesktopServices, "openUrl", desktop)
    open_log(window)
    assert desktop.opened == [str(log)]
    assert not window.findChildren(QMessageBox)


def test_a_desktop_without_a_viewer_is_told_where_the_log_is(
    window: QMainWindow, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", Desktop(willing=False))
    open_log(window)
    assert str(log) in message(window)


@pytest.mark.parametrize("is_gone", [False, True])
def test_without_a_log_that_is_said(
    window: QMainWindow, log: Path, monkeypatch: pytest.MonkeyPatch, *, is_gone: bool
) -> None:
    if is_gone:
        log.unlink()
    else:
        monkeypatch.setattr("nhem_qt.ui.log_file.current_log_path", lambda: None)
    desktop = Desktop(willing=True)
    monkeypatch.setattr(QDesktopServices, "openUrl", desktop)
    open_log(window)
    assert message(window).startswith("There is no log")
    assert not desktop.opened
