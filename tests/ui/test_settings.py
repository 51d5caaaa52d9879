"""Settings, lock and migration, as a user changes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QDialogButtonBox, QLineEdit, QMessageBox, QPushButton

from nhem_qt.capture import DemoSource
from nhem_qt.config import load_config
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Regions, RoiMode
from nhem_qt.ui.locking import PasswordDialog, UnlockDialog
from nhem_qt.ui.region_dialog import RegionDialog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.main_window import MainWindow
    from nhem_qt.ui.roi_group import RoiGroup

LEGACY = {"roi_capture": {"default_config": {"x1": 10, "y1": 20, "x2": 210, "y2": 170}, "frame_rate": 2}}


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    path = tmp_path / "fem_config.json"
    path.write_text('{"server": {"port": 8421}, "data_processing": {"fps": 45}}', encoding="utf-8")
    return path


@pytest.fixture
def window(open_window: Callable[..., MainWindow], config_path: Path) -> MainWindow:
    return open_window(loaded=load_config(config_path, {}, {}))


def content(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def show_settings(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.docks.settings.isVisible)


def type_value(qtbot: QtBot, window: MainWindow, path: str, text: str) -> None:
    field = window.docks.settings._editors[path].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Tab)


def click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def dialog_of(qtbot: QtBot, kind: type[QDialog]) -> QDialog:
    def found() -> list[QDialog]:
        return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible()]

    qtbot.waitUntil(lambda: bool(found()))
    return found()[0]


def test_an_applied_value_is_saved_and_all_else_in_the_file_survives(
    qtbot: QtBot, window: MainWindow, config_path: Path
) -> None:
    show_settings(qtbot, window)
    type_value(qtbot, window, "data_processing.fps", "60")
    assert content(config_path)["data_processing"]["fps"] == 45
    click(qtbot, window.docks.settings._apply)
    assert content(config_path) == {"server": {"port": 8421}, "data_processing": {"fps": 60}}
    assert window.configuring.config.data_processing.fps == 60
    assert not window.docks.settings._apply.isEnabled()


def test_revert_shows_what_is_in_use_again(qtbot: QtBot, window: MainWindow, config_path: Path) -> None:
    before = config_path.read_bytes()
    show_settings(qtbot, window)
    type_value(qtbot, window, "peak_detection.margin_frames", "9")
    assert window.docks.settings.changes == {"peak_detection.margin_frames": 9}
    click(qtbot, window.docks.settings._revert)
    assert window.docks.settings.changes == {}
    assert window.docks.settings._editors["peak_detection.margin_frames"].value == 5
    assert config_path.read_bytes() == before


def test_a_field_cannot_hold_what_is_not_allowed(qtbot: QtBot, window: MainWindow) -> None:
    show_settings(qtbot, window)
    type_value(qtbot, window, "data_processing.fps", "9999")
    assert window.docks.settings._editors["data_processing.fps"].value <= 240


def test_every_field_says_its_meaning_and_its_range(window: MainWindow) -> None:
    for path, editor in window.docks.settings._editors.items():
        assert len(editor.toolTip().splitlines()[0]) > 15, path
        assert "allowed" in editor.toolTip(), path


def test_what_the_environment_decides_cannot_be_changed(
    open_window: Callable[..., MainWindow], config_path: Path
) -> None:
    window = open_window(loaded=load_config(config_path, {"NHEM_FPS": "30"}, {}))
    editor = window.docks.settings._editors["data_processing.fps"]
    assert editor.value == 30
    assert not editor.field.isEnabled()


def test_a_profile_fills_in_its_values(qtbot: QtBot, window: MainWindow) -> None:
    show_settings(qtbot, window)
    box: QComboBox = window.docks.settings._profile
    assert box.currentData() == "standard"
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    box.activated.emit(box.currentIndex())
    click(qtbot, window.docks.settings._apply)
    assert window.configuring.config.data_processing.fps == 60
    assert window.configuring.config.roi_capture.large_roi_frame_rate == 10


def test_changed_parameters_are_tried_out_on_the_curve(qtbot: QtBot, window: MainWindow) -> None:
    show_settings(qtbot, window)
    with qtbot.waitSignal(window.monitoring.peak_decided, timeout=15_000):
        window.start()
    with qtbot.waitSignal(window.monitoring.ended):
        window.stop()
    type_value(qtbot, window, "peak_detection.difference_threshold", "-5")
    qtbot.waitUntil(lambda: len(window.curves.preview) == 1)
    assert window.curves.preview[0].color == "green"
    assert window.docks.peaks.rows[0].color == "red"
    click(qtbot, window.docks.settings._revert)
    assert window.curves.preview == ()


def test_applied_parameters_judge_the_running_session(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    show_settings(qtbot, window)
    type_value(qtbot, window, "peak_detection.difference_threshold", "7")
    with qtbot.waitSignal(window.monitoring.detector_changed) as changed:
        click(qtbot, window.docks.settings._apply)
    assert changed.args[0].difference_threshold == 7


def test_the_fixed_threshold_is_greyed_where_it_is_not_used(qtbot: QtBot, window: MainWindow) -> None:
    show_settings(qtbot, window)
    threshold = window.docks.settings._editors["peak_detection.threshold"]
    assert not threshold.field.isEnabled()
    assert threshold._origin.text() == "fixed mode only"
    mode = window.docks.settings._editors["peak_detection.mode"].field
    mode.setFocus()
    qtbot.keyClick(mode, Qt.Key.Key_Down)
    assert mode.currentData() == "fixed"
    assert threshold.field.isEnabled()
    assert threshold._origin.text() == ""


def type_corners(qtbot: QtBot, group: RoiGroup, corners: tuple[int, ...]) -> None:
    for field, value in zip(group._fields, corners, strict=True):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, str(value))
        qtbot.keyClick(field, Qt.Key.Key_Tab)


def test_a_typed_roi_is_outlined_validated_and_saved(qtbot: QtBot, window: MainWindow, config_path: Path) -> None:
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    qtbot.waitUntil(lambda: window.image_view.roi is not None)
    show_settings(qtbot, window)
    group = window.docks.settings._rois["large_roi"]
    group.setChecked(True)
    type_corners(qtbot, group, (300, 200, 100, 400))
    assert "X2 must be greater" in group._message.text()
    assert not window.docks.settings._apply.isEnabled()
    type_corners(qtbot, group, (100, 200, 300, 400))
    assert window.image_view._preview == Regions(RoiMode.DUAL, Roi(100, 200, 300, 400))
    click(qtbot, window.docks.settings._apply)
    assert content(config_path)["roi_capture"]["large_roi"] == {"x1": 100, "y1": 200, "x2": 300, "y2": 400}
    assert window.image_view._preview is None


def test_a_file_that_cannot_be_written_is_told_and_nothing_changes(
    qtbot: QtBot, window: MainWindow, config_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = config_path.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    show_settings(qtbot, window)
    type_value(qtbot, window, "data_processing.fps", "60")
    monkeypatch.setattr("os.fsync", full)
    click(qtbot, window.docks.settings._apply)
    assert "fem_config.json" in window.banner.text
    assert config_path.read_bytes() == before
    assert window.docks.settings.changes == {"data_processing.fps": 60}


def set_password(qtbot: QtBot, window: MainWindow, password: str) -> None:
    window.set_password()
    dialog = dialog_of(qtbot, PasswordDialog)
    for field in dialog.findChildren(QLineEdit):
        qtbot.keyClicks(field, password)
    qtbot.keyClick(dialog, Qt.Key.Key_Enter)


def try_password(qtbot: QtBot, password: str) -> UnlockDialog:
    dialog = dialog_of(qtbot, UnlockDialog)
    qtbot.keyClicks(dialog.findChild(QLineEdit), password)
    qtbot.keyClick(dialog, Qt.Key.Key_Enter)
    return dialog


def test_a_change_needs_the_password_and_operating_does_not(
    qtbot: QtBot, window: MainWindow, config_path: Path
) -> None:
    set_password(qtbot, window, "quiet")
    assert "quiet" not in config_path.read_text(encoding="utf-8")
    assert window._status_bar.lock_button.isVisible()
    window.lock_or_unlock()
    assert window.configuring.locking.is_locked
    show_settings(qtbot, window)
    type_value(qtbot, window, "data_processing.fps", "60")
    click(qtbot, window.docks.settings._apply)
    dialog_of(qtbot, UnlockDialog).reject()
    assert content(config_path)["data_processing"]["fps"] == 45
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    click(qtbot, window.docks.settings._apply)
    try_password(qtbot, "quiet")
    assert content(config_path)["data_processing"]["fps"] == 60


@pytest.fixture
def locked(qtbot: QtBot, open_window: Callable[..., MainWindow], config_path: Path) -> MainWindow:
    """A window that watches the screen, whose regions are behind the lock."""
    window = open_window("screen", loaded=load_config(config_path, {}, {}))
    set_password(qtbot, window, "quiet")
    window.lock_or_unlock()
    return window


def test_a_region_selected_behind_the_lock_is_shown_only_once_it_counts(qtbot: QtBot, locked: MainWindow) -> None:
    still = DemoSource().grab(DemoSource.bounds)
    locked.selecting.selected.emit(Roi(100, 100, 400, 400), still)
    dialog_of(qtbot, UnlockDialog).reject()
    assert locked.regions is None
    assert locked.image_view.roi is None
    locked.selecting.selected.emit(Roi(100, 100, 400, 400), still)
    try_password(qtbot, "quiet")
    assert locked.regions.large == locked.image_view.roi == Roi(100, 100, 400, 400)


def test_a_refused_change_leaves_the_ticks_as_they_were(qtbot: QtBot, locked: MainWindow) -> None:
    for name in ("use_single", "use_fixed"):
        locked._actions[name].trigger()
        dialog_of(qtbot, UnlockDialog).reject()
    for name in ("use_dual", "use_adaptive"):
        assert locked._actions[name].isChecked()
    for name in ("use_single", "use_fixed"):
        assert not locked._actions[name].isChecked()


def test_a_choice_made_again_stays_ticked(window: MainWindow) -> None:
    for name in ("use_adaptive", "use_dual"):
        window._actions[name].trigger()
        assert window._actions[name].isChecked()


def test_a_wrong_password_opens_nothing_and_makes_wait(qtbot: QtBot, window: MainWindow) -> None:
    set_password(qtbot, window, "quiet")
    window.lock_or_unlock()
    window.lock_or_unlock()
    dialog = try_password(qtbot, "loud")
    assert dialog.isVisible()
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not ok.isEnabled()
    assert "wrong" in dialog.message.text()
    qtbot.waitUntil(ok.isEnabled)
    qtbot.keyClicks(dialog.findChild(QLineEdit), "quiet")
    click(qtbot, ok)
    assert not window.configuring.locking.is_locked


def test_two_different_passwords_are_not_taken(qtbot: QtBot, window: MainWindow) -> None:
    window.set_password()
    dialog = dialog_of(qtbot, PasswordDialog)
    for field, text in zip(dialog.findChildren(QLineEdit), ("one", "two"), strict=True):
        qtbot.keyClicks(field, text)
    qtbot.keyClick(dialog, Qt.Key.Key_Enter)
    assert "differ" in dialog.message.text()
    dialog.reject()
    assert not window.configuring.locking.is_set


def legacy_window(open_window: Callable[..., MainWindow], config_path: Path) -> MainWindow:
    config_path.write_text(json.dumps(LEGACY), encoding="utf-8")
    return open_window("screen", loaded=load_config(config_path, {}, {}))


def test_a_named_region_is_kept_and_offered_again(qtbot: QtBot, window: MainWindow, config_path: Path) -> None:
    window.selecting.named_regions_changed.emit({"liver": Roi(10, 20, 310, 220)})
    assert content(config_path)["roi_capture"]["named_regions"] == {"liver": {"x1": 10, "y1": 20, "x2": 310, "y2": 220}}
    assert load_config(config_path, {}, {}).config.roi_capture.named_regions["liver"].roi == Roi(10, 20, 310, 220)
    window.select_region()
    dialog = dialog_of(qtbot, RegionDialog)
    assert dialog.named_regions == {"liver": Roi(10, 20, 310, 220)}
    dialog.reject()


def test_a_legacy_file_runs_as_it_was_and_dual_mode_is_offered(
    qtbot: QtBot, open_window: Callable[..., MainWindow], config_path: Path
) -> None:
    window = legacy_window(open_window, config_path)
    assert window.regions.mode == "single"
    assert "predecessor" in window.banner.text
    original = config_path.read_bytes()
    click(qtbot, window.banner._button)
    report = dialog_of(qtbot, QMessageBox)
    assert "from single to dual mode" in report.informativeText()
    report.accept()
    assert window.regions.mode == "dual"
    assert content(config_path)["roi_capture"]["mode"] == "dual"
    window.revert_migration()
    dialog_of(qtbot, QMessageBox).accept()
    assert config_path.read_bytes() == original
    assert window.regions.mode == "single"


def test_a_declined_migration_is_not_offered_again(open_window: Callable[..., MainWindow], config_path: Path) -> None:
    window = legacy_window(open_window, config_path)
    window.banner._on_close_clicked()
    again = open_window("screen", loaded=load_config(config_path, {}, {}))
    assert "predecessor" not in again.banner.text
    assert content(config_path)["roi_capture"]["default_config"] == LEGACY["roi_capture"]["default_config"]
    assert window.regions == again.regions


def test_what_is_saved_does_not_move_a_region_that_was_given_for_this_run(
    open_window: Callable[..., MainWindow], config_path: Path
) -> None:
    configured = {"roi_capture": {"large_roi": {"x1": 600, "y1": 600, "x2": 900, "y2": 900}}}
    config_path.write_text(json.dumps(configured), encoding="utf-8")
    given = Roi(100, 100, 400, 400)
    window = open_window("screen", roi=given, loaded=load_config(config_path, {}, {}))
    window.selecting.named_regions_changed.emit({"liver": Roi(10, 20, 310, 220)})
    assert window.regions.large == given
    window.use_single()
    assert window.regions.large == given
    saved = content(config_path)["roi_capture"]
    assert saved["large_roi"] == configured["roi_capture"]["large_roi"]
    assert "legacy_roi" not in saved


def test_a_named_region_that_is_deleted_stays_deleted(window: MainWindow, config_path: Path) -> None:
    both = {"Dr. Li": Roi(10, 20, 310, 220), "spleen": Roi(5, 5, 105, 105)}
    window.selecting.named_regions_changed.emit(both)
    window.selecting.named_regions_changed.emit({"Dr. Li": Roi(10, 20, 310, 220)})
    assert list(content(config_path)["roi_capture"]["named_regions"]) == ["Dr. Li"]
    assert list(window.configuring.named_regions) == ["Dr. Li"]


def test_dismissing_another_message_does_not_decline_the_migration(
    open_window: Callable[..., MainWindow], config_path: Path
) -> None:
    window = legacy_window(open_window, config_path)
    window.exporting.failed.emit("no room")
    window.banner._on_close_clicked()
    assert "migration_offered" not in content(config_path)["roi_capture"]
