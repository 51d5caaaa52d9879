from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QPushButton, QSpinBox, QWidget
from shiboken6 import isValid

from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.ui.app import dress
from nhem_qt.ui.image_view import ImageView
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


def opened(qtbot: QtBot, window: QWidget, roi: Roi | None) -> RegionDialog:
    dialog = RegionDialog(still(), roi, window)
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
