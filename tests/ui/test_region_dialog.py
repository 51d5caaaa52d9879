from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from shiboken6 import isValid

from nhem_qt.frame import Frame, SourceKind, gray_value
from nhem_qt.geometry import Roi
from nhem_qt.ui.app import dress
from nhem_qt.ui.image_view import ImageView
from nhem_qt.ui.magnified_view import MagnifiedView
from nhem_qt.ui.overlays import place_of
from nhem_qt.ui.region_dialog import RegionDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
BOUNDS = Roi(-640, -100, 640, 620)
START = Roi(-40, 100, 160, 260)


def still(bounds: Roi = BOUNDS) -> Frame:
    return Frame(np.full((bounds.height, bounds.width, 4), 90, np.uint8), bounds, 0.0, SourceKind.SCREEN)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """What a dialog belongs to: it deletes itself, or goes with its window."""
    dress(QApplication.instance())
    window = QWidget()
    qtbot.addWidget(window)
    return window


def opened(qtbot: QtBot, window: QWidget, roi: Roi | None, frame: Frame | None = None, **more: object) -> RegionDialog:
    dialog = RegionDialog(frame or still(), roi, window, **more)
    with qtbot.waitExposed(dialog):
        dialog.open()
    return dialog


@pytest.fixture
def dialog(qtbot: QtBot, window: QWidget) -> RegionDialog:
    return opened(qtbot, window, START)


def fields(dialog: RegionDialog) -> list[QSpinBox]:
    return dialog.findChildren(QSpinBox)


def first_field(dialog: RegionDialog) -> QSpinBox:
    return fields(dialog)[0]


def view(dialog: RegionDialog) -> ImageView:
    return dialog.findChild(ImageView)


def button_named(dialog: RegionDialog, word: str) -> QPushButton:
    return next(button for button in dialog.findChildren(QPushButton) if word in button.text().replace("&", ""))


def words(dialog: RegionDialog) -> str:
    return " | ".join(label.text() for label in dialog.findChildren(QLabel))


def button(dialog: RegionDialog, role: QDialogButtonBox.ButtonRole) -> QPushButton:
    box = dialog.findChild(QDialogButtonBox)
    return next(button for button in box.buttons() if box.buttonRole(button) is role)


def apply_button(dialog: RegionDialog) -> QPushButton:
    return button(dialog, QDialogButtonBox.ButtonRole.AcceptRole)


def type_into(field: QSpinBox, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def drag(dialog: RegionDialog, start: tuple[int, int], end: tuple[int, int]) -> None:
    picture = view(dialog)
    QTest.mousePress(picture, LEFT, pos=QPoint(*start))
    QTest.mouseMove(picture, QPoint(*end))
    QTest.mouseRelease(picture, LEFT, pos=QPoint(*end))


def numbers(dialog: RegionDialog) -> tuple[int, ...]:
    return tuple(field.value() for field in fields(dialog))


def test_the_dialog_starts_with_the_region_in_use(dialog: RegionDialog) -> None:
    assert numbers(dialog) == (-40, 100, 160, 260)
    assert view(dialog).selection == START
    assert dialog.selected_roi == START
    assert dialog._size.text() == "200 \N{MULTIPLICATION SIGN} 160"


def test_a_region_in_use_is_clamped_to_the_still(qtbot: QtBot, window: QWidget) -> None:
    assert opened(qtbot, window, Roi(600, 600, 900, 900)).selected_roi == Roi(600, 600, 640, 620)


def test_a_region_in_use_that_is_not_on_the_still_is_none(qtbot: QtBot, window: QWidget) -> None:
    assert opened(qtbot, window, Roi(5000, 0, 5100, 100)).selected_roi is None


def test_without_a_region_there_is_nothing_to_apply_and_nothing_wrong(qtbot: QtBot, window: QWidget) -> None:
    dialog = opened(qtbot, window, None)
    assert dialog.selected_roi is None
    assert not apply_button(dialog).isEnabled()
    assert dialog._message.text() == ""


def test_drawing_fills_the_fields(qtbot: QtBot, window: QWidget) -> None:
    dialog = opened(qtbot, window, None)
    drag(dialog, (60, 50), (400, 300))
    roi = view(dialog).selection
    assert roi is not None
    assert numbers(dialog) == (roi.x1, roi.y1, roi.x2, roi.y2)
    assert dialog.selected_roi == roi
    assert apply_button(dialog).isEnabled()


def test_typing_draws_the_region_digit_by_digit(dialog: RegionDialog) -> None:
    told = []
    dialog.roi_changing.connect(told.append)
    type_into(fields(dialog)[2], "320")
    assert told == [Roi(-40, 100, 3, 260), Roi(-40, 100, 32, 260), Roi(-40, 100, 320, 260)]
    assert view(dialog).selection == Roi(-40, 100, 320, 260)
    assert dialog._size.text() == "360 \N{MULTIPLICATION SIGN} 160"


def test_drawing_and_arrow_keys_in_the_picture_are_told(dialog: RegionDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.roi_changing):
        drag(dialog, (60, 50), (400, 300))
    before = dialog.selected_roi
    with qtbot.waitSignal(dialog.roi_changing) as changing:
        QTest.keyClick(view(dialog), Qt.Key.Key_Right)
    assert changing.args == [before.moved(1, 0)]
    assert numbers(dialog)[0] == before.x1 + 1


@pytest.mark.parametrize(("index", "text"), [(2, "-40"), (2, "-200"), (3, "100"), (3, "7")])
def test_a_rectangle_without_pixels_is_red_and_cannot_be_applied(
    dialog: RegionDialog, qtbot: QtBot, index: int, text: str
) -> None:
    type_into(fields(dialog)[index], text)
    assert "#f85149" in dialog._message.text()
    assert not apply_button(dialog).isEnabled()
    assert dialog.selected_roi is None
    assert view(dialog).selection is None
    with qtbot.assertNotEmitted(dialog.accepted):
        QTest.keyClick(fields(dialog)[index], Qt.Key.Key_Return)
    type_into(fields(dialog)[index], "300")
    assert dialog._message.text() == ""
    assert apply_button(dialog).isEnabled()


def test_a_number_off_the_still_is_not_taken(dialog: RegionDialog) -> None:
    type_into(fields(dialog)[2], "9999")
    assert fields(dialog)[2].value() <= BOUNDS.x2


@pytest.mark.parametrize(("x2", "noted"), [("9", 1), ("10", 0), ("300", 0)])
def test_a_region_too_small_for_the_square_says_what_is_measured(dialog: RegionDialog, x2: str, noted: int) -> None:
    type_into(fields(dialog)[2], x2)
    assert dialog._message.text().count("the whole region is measured") == noted
    assert apply_button(dialog).isEnabled()


def test_the_dialog_fits_a_small_screen(dialog: RegionDialog) -> None:
    assert dialog.minimumSizeHint().width() <= 1280
    assert dialog.minimumSizeHint().height() <= 720


def test_the_picture_stays_where_it_is_whatever_the_message(dialog: RegionDialog) -> None:
    place = view(dialog).geometry()
    type_into(fields(dialog)[2], "-100")
    dialog.layout().activate()
    assert view(dialog).geometry() == place


def test_apply_accepts_what_is_shown(dialog: RegionDialog, qtbot: QtBot) -> None:
    type_into(fields(dialog)[2], "320")
    with qtbot.waitSignal(dialog.accepted):
        QTest.mouseClick(apply_button(dialog), LEFT)
    assert dialog.selected_roi == Roi(-40, 100, 320, 260)


@pytest.mark.parametrize("where", [view, first_field])
def test_enter_applies(dialog: RegionDialog, qtbot: QtBot, where: Callable[[RegionDialog], QWidget]) -> None:
    with qtbot.waitSignal(dialog.accepted):
        QTest.keyClick(where(dialog), Qt.Key.Key_Return)


@pytest.mark.parametrize("where", [view, first_field])
def test_esc_cancels(dialog: RegionDialog, qtbot: QtBot, where: Callable[[RegionDialog], QWidget]) -> None:
    with qtbot.waitSignal(dialog.rejected), qtbot.assertNotEmitted(dialog.accepted):
        QTest.keyClick(where(dialog), Qt.Key.Key_Escape)


def test_cancel_cancels(dialog: RegionDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.rejected):
        QTest.mouseClick(button(dialog, QDialogButtonBox.ButtonRole.RejectRole), LEFT)


def test_opening_does_not_wait_and_closing_leaves_nothing(qtbot: QtBot, window: QWidget) -> None:
    dialog = RegionDialog(still(), None, window)
    dialog.open()
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()
    assert not isValid(dialog)
    assert window.findChildren(RegionDialog) == []


def test_the_dialog_keeps_no_part_of_the_frame(window: QWidget) -> None:
    frame = still()
    dialog = RegionDialog(frame, START, window)
    frame.pixels[...] = 0
    assert view(dialog)._picture.pixelColor(5, 5).red() == 90


# What will be measured


def slope(bounds: Roi = BOUNDS) -> Frame:
    """Every column is brighter than the one left of it."""
    frame = still(bounds)
    frame.pixels[...] = (np.arange(bounds.width) * 255 // bounds.width).astype(np.uint8)[None, :, None]
    return frame


def test_the_measured_pixels_are_shown_with_their_gray_value_and_place(qtbot: QtBot, window: QWidget) -> None:
    frame = slope()
    dialog = opened(qtbot, window, START, frame)
    small = START.centre()
    assert f"gray {gray_value(frame.crop(small).pixels):.1f} |" in words(dialog)
    assert "50 \N{MULTIPLICATION SIGN} 50 px at 35, 155" in words(dialog)
    shown = dialog.findChild(MagnifiedView)._image
    assert shown.size().toTuple() == (50, 50)
    for x in (0, 49):
        assert shown.pixelColor(x, 25).red() == frame.crop(small).pixels[25, x, 2]


def test_what_is_measured_is_shown_while_the_region_is_dragged(qtbot: QtBot, window: QWidget) -> None:
    frame = slope()
    dialog = opened(qtbot, window, START, frame)
    at = place_of(view(dialog).letterbox(), START).center().toPoint()
    QTest.mousePress(view(dialog), LEFT, pos=at)
    seen = set()
    for way in (30, 90, 150):
        QTest.mouseMove(view(dialog), at + QPoint(way, 0))
        small = dialog.selected_roi.centre()
        assert f"gray {gray_value(frame.crop(small).pixels):.1f} |" in words(dialog)
        assert f"px at {small.x1}, {small.y1}" in words(dialog)
        seen.add(small)
    QTest.mouseRelease(view(dialog), LEFT, pos=at + QPoint(150, 0))
    assert len(seen) == 3


def test_without_a_region_nothing_is_shown_as_measured(dialog: RegionDialog) -> None:
    type_into(fields(dialog)[2], "-200")
    assert "gray \N{EM DASH}" in words(dialog)
    assert dialog.findChild(MagnifiedView)._image.isNull()


def test_all_of_a_small_region_is_shown(dialog: RegionDialog) -> None:
    type_into(fields(dialog)[2], "-3")
    assert "37 \N{MULTIPLICATION SIGN} 160 px at -40, 100" in words(dialog)


# Undo


@pytest.mark.parametrize("where", [view, first_field])
def test_undo_and_redo_work_wherever_the_keys_are(
    dialog: RegionDialog, where: Callable[[RegionDialog], QWidget]
) -> None:
    QTest.keyClick(view(dialog), Qt.Key.Key_Right)
    where(dialog).setFocus()
    QTest.keyClick(where(dialog), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert numbers(dialog) == (START.x1, START.y1, START.x2, START.y2)
    assert dialog.selected_roi == START
    QTest.keyClick(where(dialog), Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert dialog.selected_roi == START.moved(1, 0)


def test_a_number_is_one_step_however_many_digits_it_has(dialog: RegionDialog) -> None:
    type_into(fields(dialog)[2], "320")
    QTest.keyClick(fields(dialog)[2], Qt.Key.Key_Tab)
    type_into(fields(dialog)[3], "400")
    for wanted in (Roi(-40, 100, 320, 260), START):
        QTest.mouseClick(button_named(dialog, "Undo"), LEFT)
        assert dialog.selected_roi == wanted
    assert not button_named(dialog, "Undo").isEnabled()
    QTest.mouseClick(button_named(dialog, "Redo"), LEFT)
    assert dialog.selected_roi == Roi(-40, 100, 320, 260)


def test_what_was_typed_wrong_is_undone_to_what_was_right(dialog: RegionDialog) -> None:
    type_into(fields(dialog)[2], "-200")
    QTest.mouseClick(button_named(dialog, "Undo"), LEFT)
    assert dialog.selected_roi == START
    assert apply_button(dialog).isEnabled()


# Double click


def test_a_double_click_in_the_region_applies_it(dialog: RegionDialog, qtbot: QtBot) -> None:
    at = place_of(view(dialog).letterbox(), START).center().toPoint()
    with qtbot.waitSignal(dialog.accepted):
        QTest.mouseClick(view(dialog), LEFT, pos=at)
        QTest.mouseDClick(view(dialog), LEFT, pos=at)


# Named regions

NAMED = {"sector": Roi(10, 20, 110, 120), "half off": Roi(600, 500, 900, 900), "old screen": Roi(3000, 0, 3100, 100)}


def choices(dialog: RegionDialog) -> QComboBox:
    return dialog.findChild(QComboBox)


def name_field(dialog: RegionDialog) -> QLineEdit:
    return next(field for field in dialog.findChildren(QLineEdit) if not isinstance(field.parent(), QSpinBox))


def row_of(dialog: RegionDialog, word: str) -> int:
    found = [row for row in range(choices(dialog).count()) if word in choices(dialog).itemText(row)]
    assert len(found) == 1
    return found[0]


def choose(dialog: RegionDialog, word: str) -> None:
    box = choices(dialog)
    box.setFocus()
    box.showPopup()
    row = box.view().visualRect(box.model().index(row_of(dialog, word), 0))
    QTest.mouseMove(box.view().viewport(), row.center())
    QTest.mouseClick(box.view().viewport(), LEFT, pos=row.center())


@pytest.fixture
def named_dialog(qtbot: QtBot, window: QWidget) -> RegionDialog:
    return opened(qtbot, window, START, named=NAMED)


def test_a_named_region_is_chosen_and_can_be_undone(named_dialog: RegionDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(named_dialog.roi_changing) as changing:
        choose(named_dialog, "sector")
    assert changing.args == [NAMED["sector"]]
    assert named_dialog.selected_roi == view(named_dialog).selection == NAMED["sector"]
    assert numbers(named_dialog) == (10, 20, 110, 120)
    assert named_dialog.focusWidget() is view(named_dialog)
    QTest.keyClick(view(named_dialog), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert named_dialog.selected_roi == START


def test_a_named_region_partly_off_the_still_is_clamped_but_kept_as_it_is(named_dialog: RegionDialog) -> None:
    choose(named_dialog, "half off")
    assert named_dialog.selected_roi == Roi(600, 500, 640, 620)
    assert named_dialog.named_regions["half off"] == NAMED["half off"]


def test_a_named_region_off_the_still_is_greyed_with_the_reason(named_dialog: RegionDialog) -> None:
    index = choices(named_dialog).model().index(row_of(named_dialog, "old screen"), 0)
    assert not index.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "3000,0,3100,100 lies wholly off this picture" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_a_click_on_a_greyed_region_chooses_no_other(named_dialog: RegionDialog) -> None:
    choose(named_dialog, "old screen")
    assert named_dialog.selected_roi == START
    assert choices(named_dialog).view().isVisible()
    choices(named_dialog).hidePopup()


def test_the_list_says_which_region_is_selected_until_it_is_changed(named_dialog: RegionDialog) -> None:
    assert choices(named_dialog).currentIndex() == -1
    choose(named_dialog, "sector")
    assert "sector" in choices(named_dialog).currentText()
    QTest.keyClick(view(named_dialog), Qt.Key.Key_Right)
    assert choices(named_dialog).currentIndex() == -1


def test_a_region_is_saved_under_a_name(dialog: RegionDialog, qtbot: QtBot) -> None:
    assert not choices(dialog).isEnabled()
    assert not button_named(dialog, "Save as").isEnabled()
    QTest.keyClicks(name_field(dialog), "  liver ")
    with qtbot.waitSignal(dialog.named_regions_changed) as changed:
        QTest.mouseClick(button_named(dialog, "Save as"), LEFT)
    assert changed.args == [{"liver": START}]
    assert "liver" in choices(dialog).currentText()
    dialog.reject()
    assert dialog.named_regions == {"liver": START}


def test_enter_in_the_name_saves_and_does_not_apply(dialog: RegionDialog, qtbot: QtBot) -> None:
    QTest.keyClicks(name_field(dialog), "liver")
    with qtbot.assertNotEmitted(dialog.accepted):
        QTest.keyClick(name_field(dialog), Qt.Key.Key_Return)
    assert dialog.named_regions == {"liver": START}


def test_a_blank_name_and_a_missing_region_are_not_saved(dialog: RegionDialog) -> None:
    QTest.keyClicks(name_field(dialog), "   ")
    QTest.keyClick(name_field(dialog), Qt.Key.Key_Return)
    type_into(fields(dialog)[2], "-200")
    QTest.keyClicks(name_field(dialog), "liver")
    QTest.keyClick(name_field(dialog), Qt.Key.Key_Return)
    assert not button_named(dialog, "Save as").isEnabled()
    assert dialog.named_regions == {}


def test_a_known_name_is_replaced_and_the_button_says_so(named_dialog: RegionDialog) -> None:
    choose(named_dialog, "sector")
    QTest.keyClick(view(named_dialog), Qt.Key.Key_Right)
    QTest.mouseClick(button_named(named_dialog, "Replace"), LEFT)
    assert named_dialog.named_regions == NAMED | {"sector": NAMED["sector"].moved(1, 0)}


def test_a_name_is_deleted_even_that_of_a_region_that_cannot_be_chosen(
    named_dialog: RegionDialog, qtbot: QtBot
) -> None:
    assert not button_named(named_dialog, "Delete").isEnabled()
    QTest.keyClicks(name_field(named_dialog), "old screen")
    with qtbot.waitSignal(named_dialog.named_regions_changed) as changed:
        QTest.mouseClick(button_named(named_dialog, "Delete"), LEFT)
    assert list(changed.args[0]) == list(named_dialog.named_regions) == ["sector", "half off"]
    assert named_dialog.selected_roi == START
    assert not button_named(named_dialog, "Delete").isEnabled()


def test_the_names_given_are_not_changed(qtbot: QtBot, window: QWidget) -> None:
    given = {"a": START}
    dialog = opened(qtbot, window, START, named=given)
    QTest.keyClicks(name_field(dialog), "b")
    QTest.keyClick(name_field(dialog), Qt.Key.Key_Return)
    assert given == {"a": START}


def test_a_wheel_over_the_list_chooses_nothing(named_dialog: RegionDialog) -> None:
    choose(named_dialog, "sector")
    box = choices(named_dialog)
    middle = QPointF(box.rect().center())
    wheel = QWheelEvent(
        middle,
        middle,
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,  # noqa: FBT003 - Qt knows it by place only
    )
    QApplication.sendEvent(box, wheel)
    assert named_dialog.selected_roi == NAMED["sector"]


# Monitors: the second is left of the first and lower; above it and below the first is nothing

MONITORS = (Roi(0, -100, 640, 400), Roi(-640, 0, 0, 620))
SPANNING, DEAD, DEAD_CENTRE = Roi(-200, 100, 200, 300), Roi(100, 450, 300, 600), Roi(300, 300, 500, 620)


def test_one_monitor_is_neither_drawn_nor_offered(qtbot: QtBot, window: QWidget) -> None:
    dialog = opened(qtbot, window, START, monitors=[BOUNDS])
    assert choices(dialog).count() == 0
    assert view(dialog).grab().toImage() == view(opened(qtbot, window, START)).grab().toImage()


def test_a_whole_monitor_is_chosen_by_its_number(qtbot: QtBot, window: QWidget) -> None:
    dialog = opened(qtbot, window, START, monitors=MONITORS, named=NAMED)
    choose(dialog, "Whole monitor 2")
    assert dialog.selected_roi == MONITORS[1]
    assert name_field(dialog).text() == ""
    assert "640 \N{MULTIPLICATION SIGN} 500" in choices(dialog).itemText(row_of(dialog, "Whole monitor 1"))


def test_a_region_on_two_monitors_is_allowed_and_said(qtbot: QtBot, window: QWidget) -> None:
    dialog = opened(qtbot, window, SPANNING, monitors=MONITORS)
    assert "Spans monitors 1 and 2" in dialog._message.text()
    assert "#e3b341" in dialog._message.text()
    assert apply_button(dialog).isEnabled()
    assert opened(qtbot, window, Roi(10, 10, 90, 90), monitors=MONITORS)._message.text() == ""


@pytest.mark.parametrize(
    ("roi", "reason"), [(DEAD, "No monitor shows this region"), (DEAD_CENTRE, "measured square at the centre")]
)
def test_a_region_whose_measured_pixels_no_monitor_shows_is_refused(
    qtbot: QtBot, window: QWidget, roi: Roi, reason: str
) -> None:
    dialog = opened(qtbot, window, roi, monitors=MONITORS)
    assert reason in dialog._message.text()
    assert "#f85149" in dialog._message.text()
    assert not apply_button(dialog).isEnabled()
    assert "gray \N{EM DASH}" in words(dialog)
    with qtbot.assertNotEmitted(dialog.accepted):
        QTest.keyClick(view(dialog), Qt.Key.Key_Return)
        QTest.keyClick(first_field(dialog), Qt.Key.Key_Return)
    choose(dialog, "Whole monitor 1")
    assert apply_button(dialog).isEnabled()


def test_measured_pixels_that_are_partly_off_the_monitors_are_said(qtbot: QtBot, window: QWidget) -> None:
    dialog = opened(qtbot, window, Roi(100, 300, 300, 490), monitors=MONITORS)
    assert "A part of what is measured is on no monitor" in dialog._message.text()
    assert apply_button(dialog).isEnabled()


def test_a_named_region_where_no_monitor_is_is_greyed(qtbot: QtBot, window: QWidget) -> None:
    dialog = opened(qtbot, window, START, monitors=MONITORS, named={"lost": DEAD})
    index = choices(dialog).model().index(row_of(dialog, "lost"), 0)
    assert not index.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "where no monitor is" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_without_monitors_nothing_is_refused(qtbot: QtBot, window: QWidget) -> None:
    assert apply_button(opened(qtbot, window, DEAD)).isEnabled()


def test_with_everything_in_it_the_dialog_still_fits_a_small_screen(qtbot: QtBot, window: QWidget) -> None:
    dialog = opened(qtbot, window, SPANNING, monitors=MONITORS, named=NAMED)
    assert dialog.minimumSizeHint().width() <= 1280
    assert dialog.minimumSizeHint().height() <= 720
