"""The window, driven as an operator drives it."""

from __future__ import annotations

import csv
import itertools
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QProgressDialog,
    QPushButton,
    QTableView,
    QToolButton,
)

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.detection import DetectorConfig, Reason, Rejection
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Regions, RoiMode
from nhem_qt.session import KeptSession
from nhem_qt.ui.closing import CancelQuestion
from nhem_qt.ui.readout import MagnifiedView
from nhem_qt.ui.region_dialog import RegionDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.capture import SourceChoice
    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.ui.main_window import MainWindow

PATIENCE_S = 20.0


def press(
    qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, key, modifier)


def start(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.monitoring.began):
        press(qtbot, window, Qt.Key.Key_F5)


def stop(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.monitoring.ended):
        press(qtbot, window, Qt.Key.Key_F7)


def sample_count(window: MainWindow) -> int:
    session = window.monitoring.session
    return session.history.count if session else 0


def measure_some(qtbot: QtBot, window: MainWindow, more: int = 10) -> None:
    wanted = sample_count(window) + more
    qtbot.waitUntil(lambda: sample_count(window) >= wanted)


def dialog_of(qtbot: QtBot, kind: type[QDialog]) -> QDialog:
    def found() -> list[QDialog]:
        return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible()]

    qtbot.waitUntil(lambda: bool(found()))
    return found()[0]


def type_corners(qtbot: QtBot, dialog: RegionDialog, corners: tuple[int, ...]) -> None:
    for field, value in zip(dialog._fields, corners, strict=True):
        field.selectAll()
        qtbot.keyClicks(field, str(value))
        qtbot.keyClick(field, Qt.Key.Key_Tab)


def export_into(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    press(qtbot, window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = dialog_of(qtbot, QFileDialog)
    # As if pasted: the dialog completes what is typed letter by letter.
    dialog.findChild(QLineEdit, "fileNameEdit").setText(str(folder))
    choose = next(button for button in dialog.findChildren(QPushButton) if button.text() == "&Choose")
    qtbot.mouseClick(choose, Qt.MouseButton.LeftButton)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_emission_of_the_demo_appears_in_table_curve_and_readout(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.monitoring.peak_decided, timeout=15_000):
        start(qtbot, window)
    qtbot.waitUntil(lambda: [peak.peak_index for peak in window.curves.peaks] == [1])
    assert [peak.color for peak in window.docks.peaks.rows] == ["red"]
    assert "no HEM" in window.readout.findChild(type(window.readout._verdict), "verdict").text()


def test_a_peak_that_is_decided_as_the_session_ends_is_listed(qtbot: QtBot, window: MainWindow, a_peak: Peak) -> None:
    start(qtbot, window)
    stop(qtbot, window)
    window.monitoring.peak_decided.emit(a_peak)
    window.monitoring.ended.emit(None)
    assert window.docks.peaks.rows == window.curves.peaks == (a_peak,)


def test_the_toolbar_starts_and_stops(qtbot: QtBot, window: MainWindow) -> None:
    buttons = {button.text(): button for button in window.findChildren(QToolButton) if button.text()}
    with qtbot.waitSignal(window.monitoring.began):
        qtbot.mouseClick(buttons["Start"], Qt.MouseButton.LeftButton)
    assert not buttons["Start"].isEnabled()
    with qtbot.waitSignal(window.monitoring.ended):
        qtbot.mouseClick(buttons["Stop"], Qt.MouseButton.LeftButton)
    assert buttons["Start"].isEnabled()
    assert not buttons["Stop"].isEnabled()


def test_a_pause_stops_the_samples_but_counts_no_drops(qtbot: QtBot, window: MainWindow) -> None:
    start(qtbot, window)
    measure_some(qtbot, window)
    with qtbot.waitSignal(window.monitoring.paused_changed):
        press(qtbot, window, Qt.Key.Key_F6)
    before, dropped = sample_count(window), window.monitoring.session.schedule.dropped
    qtbot.waitUntil(
        lambda: window.monitoring.session.now_s > window.monitoring.session.history.last.measurement.t_s + 0.5
    )
    assert sample_count(window) == before
    with qtbot.waitSignal(window.monitoring.paused_changed):
        press(qtbot, window, Qt.Key.Key_F6)
    measure_some(qtbot, window, 5)
    samples = window.monitoring.session.history.samples
    gaps = [b.measurement.frame_index - a.measurement.frame_index for a, b in itertools.pairwise(samples)]
    assert max(gaps) > 20  # half a second of ticks did not happen, and shows as a gap
    assert window.monitoring.session.schedule.dropped - dropped < 10


def test_a_second_session_begins_with_an_empty_table(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.monitoring.peak_decided, timeout=15_000):
        start(qtbot, window)
    stop(qtbot, window)
    first = window.monitoring.session
    start(qtbot, window)
    assert window.monitoring.session is not first
    assert window.docks.peaks.rows == ()


def test_export_writes_what_was_measured(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    start(qtbot, window)
    measure_some(qtbot, window, 20)
    stop(qtbot, window)
    folder = tmp_path / "out"
    folder.mkdir()
    with qtbot.waitSignal(window.exporting.written) as written:
        export_into(qtbot, window, folder)
    folder /= window.monitoring.session.info.session_id
    assert written.args == [folder]
    assert str(folder) in window.statusBar().currentMessage()
    samples = window.monitoring.session.history.samples
    assert [float(row["gray"]) for row in rows(folder / "samples.csv")] == [s.measurement.gray for s in samples]
    assert rows(folder / "peaks.csv") == []


def test_export_while_running_goes_on_measuring(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    start(qtbot, window)
    measure_some(qtbot, window, 20)
    with qtbot.waitSignal(window.exporting.written) as written:
        export_into(qtbot, window, tmp_path)
    measure_some(qtbot, window, 5)
    assert len(rows(written.args[0] / "samples.csv")) >= 20


@pytest.mark.parametrize(("answer", "replaced"), [("&Replace", True), ("Cancel", False)])
def test_export_asks_before_it_replaces_files(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, answer: str, *, replaced: bool
) -> None:
    start(qtbot, window)
    measure_some(qtbot, window)
    stop(qtbot, window)
    folder = tmp_path / window.monitoring.session.info.session_id
    folder.mkdir()
    (folder / "peaks.csv").write_text("precious", encoding="utf-8")
    export_into(qtbot, window, tmp_path)
    question = dialog_of(qtbot, QMessageBox)
    button = next(b for b in question.findChildren(QPushButton) if b.text().replace("&", "") == answer.replace("&", ""))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    if replaced:
        qtbot.waitUntil((folder / "snapshot.json").exists)
    assert ((folder / "peaks.csv").read_text(encoding="utf-8") != "precious") is replaced


def test_export_into_an_impossible_folder_says_so(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    start(qtbot, window)
    measure_some(qtbot, window)
    stop(qtbot, window)
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    window.exporting.write(blocked / "below", window.monitoring.session)
    qtbot.waitUntil(lambda: "choose another folder" in window.banner.text)


def drag(qtbot: QtBot, window: MainWindow, roi: Roi) -> None:
    """Draw `roi` in the picture with the mouse."""
    view = window.image_view
    box = view.letterbox()
    scale_x, scale_y = box.width / box.roi.width / box.ratio, box.height / box.roi.height / box.ratio
    left, top = box.left / box.ratio, box.top / box.ratio

    def at(x: int, y: int) -> QPoint:
        return QPoint(round(left + (x - box.roi.x1) * scale_x), round(top + (y - box.roi.y1) * scale_y))

    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at(roi.x1, roi.y1))
    qtbot.mouseMove(view, at((roi.x1 + roi.x2) // 2, (roi.y1 + roi.y2) // 2))
    qtbot.mouseMove(view, at(roi.x2, roi.y2))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at(roi.x2, roi.y2))


def test_a_region_drawn_in_the_live_picture_is_measured(qtbot: QtBot, window: MainWindow) -> None:
    start(qtbot, window)
    qtbot.waitUntil(lambda: window.image_view.roi is not None)
    press(qtbot, window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.image_view.is_selecting
    with qtbot.waitSignal(window.monitoring.regions_changed) as changed:
        drag(qtbot, window, Roi(200, 150, 500, 400))
        qtbot.keyClick(window.image_view, Qt.Key.Key_Return)
    used = changed.args[0].large
    assert max(abs(a - b) for a, b in zip((used.x1, used.y1, used.x2, used.y2), (200, 150, 500, 400), strict=True)) <= 2
    qtbot.waitUntil(lambda: window.image_view.roi == used)
    qtbot.waitUntil(lambda: window.monitoring.session.monitor.small_picture.frame.roi == used.centre())


def test_escape_leaves_the_region_as_it_was(qtbot: QtBot, window: MainWindow) -> None:
    start(qtbot, window)
    qtbot.waitUntil(lambda: window.image_view.roi is not None)
    before = window.image_view.roi
    press(qtbot, window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(window.image_view, Qt.Key.Key_Escape)
    assert not window.image_view.is_selecting
    assert window.monitoring.session.monitor.regions.large == before


def test_a_region_selected_on_a_still_is_measured_from_the_start(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    dialog = dialog_of(qtbot, RegionDialog)
    type_corners(qtbot, dialog, (100, 120, 400, 420))
    qtbot.keyClick(dialog, Qt.Key.Key_Enter)
    qtbot.waitUntil(lambda: window.regions is not None)
    assert window.image_view.roi == Roi(100, 120, 400, 420)
    start(qtbot, window)
    measure_some(qtbot, window)
    assert window.monitoring.session.monitor.small_picture.frame.roi == Roi(225, 245, 275, 295)


def test_the_screen_source_without_a_region_says_what_to_do(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window("screen")
    press(qtbot, window, Qt.Key.Key_F5)
    assert "No region is selected" in window.banner.text
    assert not window.monitoring.is_running


def test_without_a_screen_the_error_says_what_to_do(
    qtbot: QtBot, open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    window = open_window("screen", roi=Roi(0, 0, 100, 100))
    with qtbot.waitSignal(window.monitoring.ended):
        press(qtbot, window, Qt.Key.Key_F5)
    assert "cannot be grabbed" in window.banner.text
    press(qtbot, window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.isVisible() and not window._jobs.are_under_way)


def test_in_single_mode_the_whole_region_is_previewed_and_drawn(qtbot: QtBot, window: MainWindow) -> None:
    window.use_single()
    press(qtbot, window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    dialog = dialog_of(qtbot, RegionDialog)
    type_corners(qtbot, dialog, (100, 120, 400, 420))
    assert dialog._preview._place.text() == "300 \N{MULTIPLICATION SIGN} 300 px at 100, 120"
    qtbot.keyClick(dialog, Qt.Key.Key_Enter)
    qtbot.waitUntil(lambda: window.image_view.roi == Roi(100, 120, 400, 420))
    assert window.image_view._small_roi is None


class SlowScreen:
    """Opens the demo when it is let."""

    def __init__(self) -> None:
        self.is_let = threading.Event()

    def open(self, _choice: SourceChoice) -> DemoSource:
        assert self.is_let.wait(PATIENCE_S)
        return DemoSource()


@pytest.fixture
def slow_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowScreen]:
    screen = SlowScreen()
    monkeypatch.setattr("nhem_qt.worker.open_source", screen.open)
    yield screen
    screen.is_let.set()


def test_a_start_that_takes_long_can_be_stopped(qtbot: QtBot, window: MainWindow, slow_screen: SlowScreen) -> None:
    press(qtbot, window, Qt.Key.Key_F5)
    assert window._actions["stop"].isEnabled()
    assert not any(window._actions[name].isEnabled() for name in ("start", "pause_or_resume", "mark", "export_csv"))
    with qtbot.waitSignal(window.monitoring.ended):
        press(qtbot, window, Qt.Key.Key_F7)
        slow_screen.is_let.set()
    assert window._actions["start"].isEnabled()


def test_what_is_chosen_while_it_starts_is_measured(
    qtbot: QtBot, open_window: Callable[..., MainWindow], slow_screen: SlowScreen
) -> None:
    window = open_window(roi=Roi(100, 100, 500, 400))
    press(qtbot, window, Qt.Key.Key_F5)
    window.use_single()
    with qtbot.waitSignal(window.monitoring.regions_changed):
        slow_screen.is_let.set()
    assert window.monitoring.session.monitor.regions == Regions(RoiMode.SINGLE, Roi(100, 100, 500, 400))
    assert window.image_view._badges()[0].text == "SINGLE"


def test_what_of_the_configuration_is_not_used_stays_told_and_is_kept_with_the_session(
    qtbot: QtBot, window: MainWindow
) -> None:
    problems = [f"value {number} is no number: it is left out" for number in range(6)]
    window.tell_problems(problems)
    start(qtbot, window)
    measure_some(qtbot, window)
    for problem in problems[:4]:
        assert problem in window.banner.text
    assert "And 2 more" in window.banner.text
    assert {event.text for event in window.docks.events.rows} >= set(problems)
    stop(qtbot, window)
    with KeptSession(window.monitoring.session.kept_path) as kept:
        assert {notice.text for notice in kept.notices()} >= set(problems)
    window.banner.findChild(QToolButton).click()
    start(qtbot, window)
    assert not window.docks.events.rows
    assert window.banner.text == ""


def test_a_region_outside_of_the_picture_is_refused(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window(roi=Roi(5000, 5000, 5100, 5100))
    with qtbot.waitSignal(window.monitoring.ended):
        press(qtbot, window, Qt.Key.Key_F5)
    assert "5000,5000,5100,5100" in window.banner.text
    assert "select a region" in window.banner.text


def test_a_region_over_the_edge_is_clamped_with_a_notice(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window(roi=Roi(300, 200, 5000, 5000))
    with qtbot.waitSignal(window.monitoring.notice_given):
        start(qtbot, window)
    assert "300,200,5000,5000" in window.banner.text
    bounds = window.monitoring.session.bounds
    assert window.monitoring.session.monitor.regions.large == Roi(300, 200, bounds.x2, bounds.y2)


def test_a_data_folder_that_cannot_be_used_is_told_and_monitoring_goes_on(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    with qtbot.waitSignal(window.monitoring.notice_given):
        start(qtbot, window)
    assert "cannot be kept" in window.banner.text
    measure_some(qtbot, window)
    stop(qtbot, window)
    window.exporting.write(tmp_path / "out", window.monitoring.session)
    qtbot.waitUntil((tmp_path / "out" / "snapshot.json").exists)
    assert len(rows(tmp_path / "out" / "samples.csv")) == sample_count(window)


@pytest.mark.parametrize(
    "moment", ["idle", "starting", "running", "paused", "selecting", "taking a still", "exporting"]
)
def test_closing_in_the_middle_leaves_in_good_order(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, moment: str
) -> None:
    if moment == "starting":
        press(qtbot, window, Qt.Key.Key_F5)
    elif moment == "taking a still":
        press(qtbot, window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    elif moment != "idle":
        start(qtbot, window)
        measure_some(qtbot, window)
    if moment == "paused":
        press(qtbot, window, Qt.Key.Key_F6)
    if moment == "selecting":
        window.select_in_picture()
    if moment == "exporting":
        window.exporting.write(tmp_path / "out", window.monitoring.session)
    with qtbot.waitSignal(window.left, timeout=10_000):
        press(qtbot, window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert not window.isVisible()
    assert not window.monitoring.is_running
    if moment == "exporting":
        assert (tmp_path / "out" / "samples.csv").exists()


def test_what_was_pressed_before_the_window_closed_begins_nothing_afterwards(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    qtbot.waitUntil(lambda: window.monitoring.session.measured_count > 10)
    with qtbot.waitSignal(window.left, timeout=10_000):
        window.close()
    window._actions["cut"].trigger()
    window._actions["open_session"].trigger()
    window._actions["start"].trigger()
    window._on_settings_preview_requested({"peak_detection.difference_threshold": 3.0})
    assert not window._jobs.are_under_way
    assert not window.monitoring.is_running


def test_closing_cancels_an_export_that_takes_long(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(_folder: Path, _session: object, progress: Callable[[float], None]) -> None:
        while True:
            progress(0.5)

    monkeypatch.setattr("nhem_qt.ui.exporting.export_session", endless)
    start(qtbot, window)
    measure_some(qtbot, window)
    window.exporting.write(tmp_path / "out", window.monitoring.session)
    dialog_of(qtbot, QProgressDialog)
    press(qtbot, window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    question = dialog_of(qtbot, CancelQuestion)
    cancel = next(button for button in question.findChildren(QPushButton) if button.text() == "&Cancel it and close")
    with qtbot.waitSignal(window.left, timeout=10_000):
        qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert not window.isVisible()


def test_a_run_with_a_time_limit_leaves_by_itself(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window(seconds=0.5)
    with qtbot.waitSignal(window.left, timeout=10_000):
        window.start()
    last = window.monitoring.session.history.last.measurement
    assert last.frame_index <= 22
    assert window.last_error is None


def test_zooming_stops_following_and_the_key_follows_again(qtbot: QtBot, window: MainWindow) -> None:
    start(qtbot, window)
    measure_some(qtbot, window)
    view = window.curves._plot.viewport()
    centre = view.rect().center()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=centre)
    for step in range(1, 6):
        qtbot.mouseMove(view, centre + QPoint(20 * step, 0))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=centre + QPoint(100, 0))
    window.curves._on_view_range_changed_manually()
    assert not window.curves.follows
    press(qtbot, window, Qt.Key.Key_F)
    assert window.curves.follows


def test_every_command_can_be_carried_out_at_any_time(qtbot: QtBot, window: MainWindow) -> None:
    for running in (False, True):
        if running:
            start(qtbot, window)
        names = [action for action in window.findChildren(QAction) if action.shortcut().toString()]
        assert len({action.shortcut().toString() for action in names}) == len(names)
        for action in names:
            if action.text() in {"&Quit", "&Start", "S&top", "&Watch the screen"}:
                continue
            action.trigger()
            for dialog in [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]:
                dialog.reject()
        qtbot.waitUntil(lambda: not window._jobs.are_under_way)
        for dialog in [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]:
            dialog.reject()


def last_sample(window: MainWindow) -> Sample:
    return window.monitoring.session.history.last


def test_the_threshold_is_set_a_little_above_the_picture(qtbot: QtBot, window: MainWindow) -> None:
    start(qtbot, window)
    qtbot.waitUntil(lambda: last_sample(window) is not None and last_sample(window).baseline is not None)
    with qtbot.waitSignal(window.monitoring.detector_changed) as changed:
        press(qtbot, window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert changed.args[0].mode == "fixed"
    qtbot.waitUntil(lambda: last_sample(window).threshold == changed.args[0].threshold)
    assert abs(changed.args[0].threshold - 110) < 2  # the demo's picture begins at 100
    with qtbot.waitSignal(window.monitoring.detector_changed):
        press(qtbot, window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: last_sample(window).threshold not in (None, changed.args[0].threshold))


def test_a_fixed_threshold_below_the_picture_is_told(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    config = FemConfig(peak_detection=DetectorConfig(mode="fixed", threshold=50.0))
    window = open_window(config=config)
    start(qtbot, window)
    qtbot.waitUntil(lambda: "lies above the fixed threshold 50" in window.banner.text)
    press(qtbot, window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: last_sample(window).threshold is not None and last_sample(window).threshold > 100)
    qtbot.waitUntil(lambda: window.banner.text == "")


def test_a_rejected_candidate_is_listed_on_demand(qtbot: QtBot, window: MainWindow) -> None:
    start(qtbot, window)
    measure_some(qtbot, window)
    rejection = Rejection(Reason.FLAT, 10, 20, 1.0, 1.5, 3.0, 2.5)
    window.monitoring.candidate_rejected.emit(rejection)
    qtbot.waitUntil(lambda: window.docks.rejections.rows == (rejection,))
    tables = [table for table in window.findChildren(QTableView) if table.model() is window.docks.rejections]
    assert not tables[0].isVisible()
    press(qtbot, window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(tables[0].isVisible)


def test_switching_the_mode_keeps_both_regions_and_the_session(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window(roi=Roi(100, 100, 500, 400))
    start(qtbot, window)
    measure_some(qtbot, window)
    session = window.monitoring.session
    with qtbot.waitSignal(window.monitoring.regions_changed):
        press(qtbot, window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: session.monitor.small_picture.frame.roi == Roi(100, 100, 500, 400))
    assert not window.readout.findChild(MagnifiedView).isVisible()
    with qtbot.waitSignal(window.monitoring.regions_changed):
        press(qtbot, window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: session.monitor.small_picture.frame.roi == Roi(275, 225, 325, 275))
    assert window.readout.findChild(MagnifiedView).isVisible()
    assert window.monitoring.session is session
    measure_some(qtbot, window)


def test_single_mode_measures_the_legacy_roi_as_a_whole(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window()
    window.use_single()
    start(qtbot, window)
    measure_some(qtbot, window)
    assert window.monitoring.session.info.mode == "single"
    assert window.monitoring.session.monitor.small_picture.frame.roi == window.monitoring.session.bounds


def test_closing_while_the_window_hides_for_a_still_ends_the_program(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window("screen")
    window.select_region()
    assert not window.isVisible()
    with qtbot.waitSignal(window.left):
        window.close()
    assert not window._jobs.are_under_way
    assert not window.isVisible()


def test_an_error_in_the_program_while_a_still_is_taken_brings_the_window_back(
    qtbot: QtBot, open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(_choice: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("nhem_qt.ui.selecting.open_source", explode)
    window = open_window("screen")
    window.select_region()
    qtbot.waitUntil(lambda: "ZeroDivisionError" in window.banner.text)
    assert window.isVisible()
