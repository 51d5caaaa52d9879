"""The picture, its overlays and the selection in it. Run as a script, it is the child of the pixel ratio test."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import InvalidRoiError, Roi
from nhem_qt.ui import image_view
from nhem_qt.ui.image_view import ImageView, PictureState
from nhem_qt.ui.letterbox import Letterbox
from nhem_qt.ui.overlays import badge_places, place_of, tabular
from nhem_qt.ui.palette import ACCENT, AMBER, BACKGROUND, RED, TEXT
from nhem_qt.ui.region_bar import free_place
from nhem_qt.ui.region_grip import OUTER_REACH
from nhem_qt.ui.region_overlay import handle_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
NO_MODIFIER = Qt.KeyboardModifier.NoModifier
GRAY = 128


def coded_frame(roi: Roi) -> Frame:
    """Every pixel tells its place."""
    y, x = np.mgrid[0 : roi.height, 0 : roi.width]
    pixels = np.stack([x % 256, y % 256, x // 256 + y // 256 * 16, np.zeros_like(x)], axis=-1).astype(np.uint8)
    return Frame(pixels, roi, 0.0, SourceKind.SCREEN)


def decoded(image: QImage, x: int, y: int) -> tuple[int, int]:
    colour = image.pixelColor(x, y)
    return colour.blue() + colour.red() % 16 * 256, colour.green() + colour.red() // 16 * 256


def gray_frame(roi: Roi, gray: int = GRAY) -> Frame:
    return Frame(np.full((roi.height, roi.width, 4), gray, np.uint8), roi, 0.0, SourceKind.SCREEN)


@pytest.fixture
def view(qtbot: QtBot) -> ImageView:
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    with qtbot.waitExposed(view):
        view.show()
    return view


def show_one_to_one(view: ImageView, left: int = 100, top: int = 200) -> Roi:
    """A picture whose pixels are the pixels of the view; its first one is at the padding."""
    roi = Roi(left, top, left + view.width() - 20, top + view.height() - 20)
    view.show_frame(coded_frame(roi), None)
    return roi


def drag(view: ImageView, *way: tuple[int, int]) -> None:
    QTest.mousePress(view, LEFT, pos=QPoint(*way[0]))
    for stop in way[1:]:
        QTest.mouseMove(view, QPoint(*stop))
    QTest.mouseRelease(view, LEFT, pos=QPoint(*way[-1]))


# Where the pixels are

lengths = st.integers(1, 4000)
places = st.integers(-5000, 5000)


@st.composite
def letterboxes(draw: st.DrawFn) -> Letterbox:
    x, y = draw(places), draw(places)
    roi = Roi(x, y, x + draw(lengths), y + draw(lengths))
    view_size = draw(st.tuples(st.integers(50, 2000), st.integers(50, 2000)))
    origin = draw(st.tuples(st.integers(0, 500), st.integers(0, 500)))
    return Letterbox.fit(
        roi, view_size, ratio=draw(st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0])), origin=origin, padding=10
    )


@given(letterboxes(), st.data())
def test_a_border_is_found_again_where_it_is_drawn(letterbox: Letterbox, data: st.DataObject) -> None:
    roi = letterbox.roi
    border = data.draw(st.integers(roi.x1, roi.x2)), data.draw(st.integers(roi.y1, roi.y2))
    assert letterbox.border_at(*letterbox.position_of(*border)) == border


@given(letterboxes(), st.floats(-3000, 5000), st.floats(-3000, 5000))
def test_every_position_gives_a_border_of_the_picture(letterbox: Letterbox, x: float, y: float) -> None:
    across, down = letterbox.border_at(x, y)
    assert letterbox.roi.x1 <= across <= letterbox.roi.x2
    assert letterbox.roi.y1 <= down <= letterbox.roi.y2


def scales(shown: int, length: int) -> tuple[float, float]:
    """The scales at which `length` is shown as `shown` when rounded; nothing is shown smaller than one pixel."""
    return (0 if shown == 1 else (shown - 0.5) / length), (shown + 0.5) / length


@given(letterboxes())
def test_the_aspect_is_kept_but_for_rounding(letterbox: Letterbox) -> None:
    least_across, most_across = scales(letterbox.width, letterbox.roi.width)
    least_down, most_down = scales(letterbox.height, letterbox.roi.height)
    assert max(least_across, least_down) <= min(most_across, most_down)


@given(letterboxes(), st.data())
def test_an_outline_is_the_tightest_on_whole_pixels_that_hides_nothing(
    letterbox: Letterbox, data: st.DataObject
) -> None:
    roi = letterbox.roi
    x1, y1 = data.draw(st.integers(roi.x1, roi.x2 - 1)), data.draw(st.integers(roi.y1, roi.y2 - 1))
    inside = Roi(x1, y1, data.draw(st.integers(x1 + 1, roi.x2)), data.draw(st.integers(y1 + 1, roi.y2)))
    left, top, right, bottom = letterbox.outline_of(inside)
    exact_left, exact_top = (p * letterbox.ratio for p in letterbox.position_of(inside.x1, inside.y1))
    exact_right, exact_bottom = (p * letterbox.ratio for p in letterbox.position_of(inside.x2, inside.y2))
    for outer, exact in ((left, exact_left), (top, exact_top), (-right, -exact_right), (-bottom, -exact_bottom)):
        assert -1e-6 <= exact - outer < 1 + 1e-6


def test_the_picture_begins_on_a_whole_pixel_of_the_window() -> None:
    letterbox = Letterbox.fit(Roi(0, 0, 10, 10), (333, 222), ratio=1.5, origin=(7, 13))
    assert (letterbox.left + 7 * 1.5) % 1 == 0
    assert (letterbox.top + 13 * 1.5) % 1 == 0


# The picture


def test_pixels_appear_at_their_place(view: ImageView) -> None:
    roi = show_one_to_one(view)
    shown = view.grab().toImage()
    for x, y in ((0, 0), (roi.width - 1, roi.height - 1), (300, 17)):
        assert decoded(shown, 10 + x, 10 + y) == (x, y)


def test_a_part_of_a_grab_appears_as_that_part(view: ImageView) -> None:
    whole = coded_frame(Roi(0, 0, 900, 800))
    view.show_frame(whole.crop(Roi(150, 90, 150 + view.width() - 20, 90 + view.height() - 20)), None)
    assert decoded(view.grab().toImage(), 10, 10) == (150, 90)


def test_the_view_owns_its_pixels(view: ImageView) -> None:
    frame = gray_frame(Roi(0, 0, 50, 50))
    view.show_frame(frame, None)
    frame.pixels[...] = 0
    view.resize(500, 500)
    assert view.grab().toImage().pixelColor(250, 250) == QColor(GRAY, GRAY, GRAY)


def test_a_new_picture_is_seen_at_once(view: ImageView) -> None:
    for gray in (40, 200):
        view.show_frame(gray_frame(Roi(0, 0, 100, 100), gray), None)
        assert view.grab().toImage().pixelColor(320, 240) == QColor(gray, gray, gray)


def test_the_picture_is_centred_between_dark_bars(view: ImageView) -> None:
    view.show_frame(gray_frame(Roi(0, 0, 100, 100)), None)
    shown = view.grab().toImage()
    assert shown.pixelColor(85, 240) == BACKGROUND
    assert shown.pixelColor(95, 240) == QColor(GRAY, GRAY, GRAY)
    assert shown.pixelColor(544, 240) == QColor(GRAY, GRAY, GRAY)
    assert shown.pixelColor(555, 240) == BACKGROUND


def test_the_region_of_the_picture_is_known(view: ImageView) -> None:
    assert view.roi is None
    roi = show_one_to_one(view)
    assert view.roi == roi
    view.clear_picture()
    assert view.roi is None


def test_a_usual_picture_is_scaled_smoothly(view: ImageView) -> None:
    view.show_frame(coded_frame(Roi(0, 0, 360, 360)), None)
    smooth = view._picture.scaled(
        view._scaled.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    assert view._scaled == smooth
    assert view._scaled.width() == 460


def test_a_huge_view_is_scaled_fast(qtbot: QtBot) -> None:
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(3840, 2160)
    view.show_frame(coded_frame(Roi(0, 0, 360, 360)), None)
    fast = view._picture.scaled(
        view._scaled.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation
    )
    assert view._scaled == fast


def test_a_repaint_does_not_scale_again(view: ImageView) -> None:
    view.show_frame(coded_frame(Roi(0, 0, 360, 360)), None)
    key = view._scaled.cacheKey()
    view.set_state(PictureState.PAUSED)
    view.grab()
    assert view._scaled.cacheKey() == key


def test_the_picture_is_scaled_again_when_the_size_has_settled(view: ImageView, qtbot: QtBot) -> None:
    view.show_frame(coded_frame(Roi(0, 0, 100, 100)), None)
    view.resize(400, 400)
    qtbot.waitUntil(lambda: view._scaled.width() == 380)


# Boxes, badges, banners


@pytest.mark.parametrize("size", [(640, 480), (333, 571), (1203, 907)])
@pytest.mark.parametrize("side", [120, 360, 1377])
def test_the_box_is_drawn_around_the_measured_pixels_and_hides_none(
    view: ImageView,
    size: tuple[int, int],
    side: int,
) -> None:
    view.resize(*size)
    roi = Roi(-300, 40, -300 + side, 40 + side)
    view.show_frame(gray_frame(roi), roi.centre())
    shown = view.grab().toImage()
    left, top, right, bottom = (int(edge) for edge in view.letterbox().outline_of(roi.centre()))
    inside = {shown.pixelColor(x, y).name() for x in range(left, right) for y in range(top, bottom)}
    assert inside == {QColor(GRAY, GRAY, GRAY).name()}
    for x, y in ((left - 1, top), (right, top), (left, top - 1), (left, bottom)):
        assert shown.pixelColor(x, y).lightness() < 20
    for x, y in ((left - 2, top), (left - 3, top), (right + 1, top), (left, top - 2), (left, bottom + 2)):
        assert shown.pixelColor(x, y) == ACCENT


def test_without_a_picture_a_button_leads_to_the_selection(view: ImageView, qtbot: QtBot) -> None:
    button = next(button for button in view.findChildren(QPushButton) if "region" in button.text())
    with qtbot.waitSignal(view.region_requested):
        QTest.mouseClick(button, LEFT)
    view.show_frame(gray_frame(Roi(0, 0, 100, 100)), None)
    assert not button.isVisible()
    view.clear_picture()
    assert button.isVisible()
    view.set_guidance("The video cannot be read.", with_button=False)
    assert not button.isVisible()


def test_every_state_looks_different(view: ImageView) -> None:
    view.show_frame(gray_frame(Roi(0, 0, 360, 360)), None)
    looks = []
    for state in PictureState:
        view.set_state(state)
        looks.append(view.grab().toImage())
    assert all(one != other for one, other in combinations(looks, 2))


def test_every_source_and_mode_looks_different(view: ImageView) -> None:
    looks = []
    for source in SourceKind:
        view.set_source(source)
        looks.append(view.grab().toImage())
    for mode in ("dual", "single"):
        view.set_mode(mode)
        looks.append(view.grab().toImage())
    assert all(one != other for one, other in combinations(looks, 2))


def colours_around_picture(view: ImageView) -> set[str]:
    shown = view.grab().toImage()
    return {shown.pixelColor(85, y).name() for y in range(100, 400)}


@pytest.mark.parametrize(
    ("state", "source", "colour"),
    [
        (PictureState.STALE, SourceKind.SCREEN, AMBER),
        (PictureState.FAILED, SourceKind.SCREEN, RED),
        (PictureState.RUNNING, SourceKind.SIMULATED, AMBER),
    ],
)
def test_what_is_not_live_and_measured_has_a_hatched_frame(
    view: ImageView,
    state: PictureState,
    source: SourceKind,
    colour: QColor,
) -> None:
    view.show_frame(gray_frame(Roi(0, 0, 360, 360)), None)
    view.set_source(SourceKind.SCREEN)
    view.set_state(PictureState.RUNNING)
    assert colours_around_picture(view) == {BACKGROUND.name()}
    view.set_source(source)
    view.set_state(state)
    assert colour.name() in colours_around_picture(view)


@pytest.mark.parametrize(
    ("age_s", "words"), [(3.9, "picture 3 s old"), (75, "picture 1 min old"), (7300, "picture 2 h old")]
)
def test_a_stale_picture_tells_its_age(view: ImageView, age_s: float, words: str) -> None:
    view.set_state(PictureState.STALE, age_s)
    assert words in view._alarm_lines()[0]


def test_simulated_is_said_beside_a_failed_capture(view: ImageView) -> None:
    view.set_source(SourceKind.SIMULATED)
    view.set_state(PictureState.FAILED)
    assert len(view._alarm_lines()) == 2


def test_badges_leave_the_measured_pixels_free_in_the_smallest_view(view: ImageView) -> None:
    view.resize(view.minimumSize())
    roi = Roi(0, 0, 360, 360)
    view.show_frame(gray_frame(roi), roi.centre())
    view.set_mode("single")
    view.set_source(SourceKind.SIMULATED)
    view.set_state(PictureState.RUNNING)
    box = place_of(view.letterbox(), roi.centre())
    font = tabular(view.font(), view.word_size(), bold=True)
    places = badge_places(view._badges(), font, view.room(), view._picture_place(view.letterbox()))
    assert len(places) == 3
    assert not any(place.intersects(box) for place in places)
    assert not any(one.intersects(other) for one, other in combinations(places, 2))
    assert all(view.room().contains(place) for place in places)


# Selection


@pytest.mark.parametrize("start", [(60, 70), (260, 70), (60, 220), (260, 220)])
def test_a_region_is_drawn_from_any_corner(view: ImageView, qtbot: QtBot, start: tuple[int, int]) -> None:
    roi = show_one_to_one(view)
    view.begin_selection(roi)
    end = 320 - start[0], 290 - start[1]
    with qtbot.waitSignal(view.roi_changed) as changed:
        drag(view, start, (150, 150), end)
    assert changed.args == [Roi(150, 260, 350, 410)]
    assert view.selection == Roi(150, 260, 350, 410)


def test_the_region_is_told_while_it_is_drawn(view: ImageView) -> None:
    view.begin_selection(show_one_to_one(view))
    changing, changed = [], []
    view.roi_changing.connect(changing.append)
    view.roi_changed.connect(changed.append)
    QTest.mousePress(view, LEFT, pos=QPoint(60, 70))
    for stop in ((100, 100), (100, 100), (60, 100), (40, 30)):
        QTest.mouseMove(view, QPoint(*stop))
    assert changing == [Roi(150, 260, 190, 290), None, Roi(130, 220, 150, 260)]
    assert changed == []
    QTest.mouseRelease(view, LEFT, pos=QPoint(40, 30))
    assert changed == [Roi(130, 220, 150, 260)]


def test_a_drag_past_the_edges_selects_the_whole_picture(view: ImageView) -> None:
    roi = show_one_to_one(view)
    view.begin_selection(roi)
    drag(view, (2, 3), (300, 200), (900, 900))
    assert view.selection == roi


def test_a_region_stays_inside_the_bounds(view: ImageView) -> None:
    show_one_to_one(view)
    bounds = Roi(200, 300, 250, 330)
    view.begin_selection(bounds)
    drag(view, (20, 20), (300, 200), (600, 400))
    assert view.selection == bounds


@pytest.mark.parametrize("way", [[(60, 70)], [(60, 70), (61, 71)], [(260, 270), (300, 300), (260, 300)]])
def test_a_click_selects_nothing_and_keeps_what_was_selected(
    view: ImageView,
    qtbot: QtBot,
    way: list[tuple[int, int]],
) -> None:
    roi = show_one_to_one(view)
    view.begin_selection(roi, Roi(110, 210, 190, 290))
    with qtbot.assertNotEmitted(view.roi_changed):
        drag(view, *way)
    assert view.selection == Roi(110, 210, 190, 290)


def test_nothing_is_drawn_with_the_right_button_or_outside_of_a_selection(view: ImageView, qtbot: QtBot) -> None:
    roi = show_one_to_one(view)
    with qtbot.assertNotEmitted(view.roi_changing):
        drag(view, (60, 70), (200, 200))
        view.begin_selection(roi)
        QTest.mousePress(view, Qt.MouseButton.RightButton, pos=QPoint(60, 70))
        QTest.mouseMove(view, QPoint(200, 200))
        # A button that is held in the test's mouse goes with every click of the tests after this one.
        QTest.mouseRelease(view, Qt.MouseButton.RightButton, pos=QPoint(200, 200))
        view.end_selection()
        drag(view, (60, 70), (200, 200))
    assert view.selection is None


def test_esc_cancels_even_in_the_middle_of_a_drag(view: ImageView, qtbot: QtBot) -> None:
    view.begin_selection(show_one_to_one(view))
    QTest.mousePress(view, LEFT, pos=QPoint(60, 70))
    QTest.mouseMove(view, QPoint(200, 200))
    with qtbot.waitSignal(view.selection_cancelled):
        QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.is_selecting
    with qtbot.assertNotEmitted(view.roi_changed):
        QTest.mouseRelease(view, LEFT, pos=QPoint(200, 200))


def test_a_view_that_vanishes_drops_the_drag(view: ImageView, qtbot: QtBot) -> None:
    roi = show_one_to_one(view)
    view.begin_selection(roi, Roi(110, 210, 190, 290))
    QTest.mousePress(view, LEFT, pos=QPoint(60, 70))
    QTest.mouseMove(view, QPoint(200, 200))
    with qtbot.waitSignal(view.roi_changing) as changing:
        view.hide()
    assert changing.args == [Roi(110, 210, 190, 290)]


def test_a_release_that_was_never_told_ends_the_drag(view: ImageView) -> None:
    view.begin_selection(show_one_to_one(view))
    QTest.mousePress(view, LEFT, pos=QPoint(60, 70))
    QTest.mouseMove(view, QPoint(200, 200))
    no_button = Qt.MouseButton.NoButton
    lost = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(300, 300),
        QPointF(300, 300),
        no_button,
        no_button,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, lost)
    assert view.selection is None


def test_a_region_set_from_elsewhere_is_ignored_during_a_drag(view: ImageView) -> None:
    roi = show_one_to_one(view)
    view.begin_selection(roi)
    QTest.mousePress(view, LEFT, pos=QPoint(60, 70))
    QTest.mouseMove(view, QPoint(260, 220))
    view.set_selection(roi)
    assert view.selection == Roi(150, 260, 350, 410)
    QTest.mouseRelease(view, LEFT, pos=QPoint(260, 220))
    view.set_selection(roi)
    assert view.selection == roi


@pytest.mark.parametrize(
    ("key", "modifier", "moved"),
    [
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, Roi(109, 210, 189, 290)),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, Roi(110, 211, 190, 291)),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, Roi(120, 210, 200, 290)),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier, Roi(110, 200, 190, 280)),
    ],
)
def test_arrow_keys_move_the_region(
    view: ImageView,
    qtbot: QtBot,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier,
    moved: Roi,
) -> None:
    view.begin_selection(show_one_to_one(view), Roi(110, 210, 190, 290))
    with qtbot.waitSignal(view.roi_changed) as changed:
        QTest.keyClick(view, key, modifier)
    assert changed.args == [moved]


def test_the_box_of_the_region_being_drawn_is_the_one_that_will_be_measured(view: ImageView) -> None:
    roi = Roi(100, 200, 100 + view.width() - 20, 200 + view.height() - 20)
    view.show_frame(gray_frame(roi), None)
    view.begin_selection(roi, Roi(151, 261, 351, 411))
    shown = view.grab().toImage()
    x, y = 226 - 100 + 10, 311 - 200 + 10
    assert shown.pixelColor(x, y) == QColor(GRAY, GRAY, GRAY)
    assert shown.pixelColor(x - 2, y) == ACCENT
    assert shown.pixelColor(x, y - 2) == ACCENT
    assert shown.pixelColor(x + 49, y + 49) == QColor(GRAY, GRAY, GRAY)
    assert shown.pixelColor(x + 51, y + 49) == ACCENT


# Handles: in the view the region below is at 110, 110 - 210, 190

PULLED = Roi(200, 300, 300, 380)
HANDLES = [(110, 110), (160, 110), (210, 110), (210, 150), (210, 190), (160, 190), (110, 190), (110, 150)]
CURSORS = [
    Qt.CursorShape.SizeFDiagCursor,
    Qt.CursorShape.SizeVerCursor,
    Qt.CursorShape.SizeBDiagCursor,
    Qt.CursorShape.SizeHorCursor,
] * 2


@pytest.fixture
def selecting(view: ImageView) -> ImageView:
    """A view in which PULLED is selected, in a picture at 100, 200 whose pixels are those of the view."""
    view.begin_selection(show_one_to_one(view), PULLED)
    return view


def pulled_by(handle: tuple[int, int], dx: int, dy: int) -> Roi:
    """What PULLED becomes, were it made of the four edges that a handle moves."""
    x, y = handle
    return Roi(
        PULLED.x1 + (dx if x == 110 else 0),
        PULLED.y1 + (dy if y == 110 else 0),
        PULLED.x2 + (dx if x == 210 else 0),
        PULLED.y2 + (dy if y == 190 else 0),
    )


@pytest.mark.parametrize("handle", HANDLES)
@pytest.mark.parametrize("off", [-6, 0, 7])
def test_a_handle_pulls_its_edges_by_as_much_as_the_mouse_moves(
    selecting: ImageView, qtbot: QtBot, handle: tuple[int, int], off: int
) -> None:
    start = tuple(place + off * ((place > 160) - (place < 160)) for place in handle)
    with qtbot.waitSignal(selecting.roi_changed) as changed:
        drag(selecting, start, (start[0] + 40, start[1] + 40), (start[0] + 17, start[1] - 9))
    assert changed.args == [pulled_by(handle, 17, -9)]


@pytest.mark.parametrize(("handle", "cursor"), list(zip(HANDLES, CURSORS, strict=True)))
def test_the_cursor_tells_which_edges_a_drag_pulls(
    selecting: ImageView, handle: tuple[int, int], cursor: Qt.CursorShape
) -> None:
    QTest.mouseMove(selecting, QPoint(*handle))
    assert selecting.cursor().shape() == cursor


def test_the_cursor_tells_what_moves_and_what_draws(selecting: ImageView) -> None:
    QTest.mouseMove(selecting, QPoint(150, 140))
    assert selecting.cursor().shape() == Qt.CursorShape.SizeAllCursor
    QTest.mouseMove(selecting, QPoint(300, 300))
    assert selecting.cursor().shape() == Qt.CursorShape.CrossCursor
    selecting.end_selection()
    assert selecting.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_corner_pulled_past_the_one_opposite_goes_on_there_and_the_cursor_with_it(selecting: ImageView) -> None:
    QTest.mousePress(selecting, LEFT, pos=QPoint(210, 190))
    QTest.mouseMove(selecting, QPoint(50, 190))
    assert selecting.selection == Roi(140, 300, 200, 380)
    assert selecting.cursor().shape() == Qt.CursorShape.SizeBDiagCursor
    QTest.mouseMove(selecting, QPoint(50, 70))
    QTest.mouseRelease(selecting, LEFT, pos=QPoint(50, 70))
    assert selecting.selection == Roi(140, 260, 200, 300)


def test_a_drag_inside_moves_the_region_and_its_box(selecting: ImageView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(selecting.roi_changed) as changed:
        drag(selecting, (150, 140), (200, 200), (163, 121))
    assert changed.args == [PULLED.moved(13, -19)]
    x, y = (edge - origin + 10 for edge, origin in zip((238, 296), (100, 200), strict=True))
    assert PULLED.moved(13, -19).centre() == Roi(238, 296, 288, 346)
    shown = selecting.grab().toImage()
    assert shown.pixelColor(x - 2, y + 25) == ACCENT
    assert shown.pixelColor(x + 51, y + 25) == ACCENT


@pytest.mark.parametrize(
    ("way", "moved"), [((-900, 3), Roi(100, 303, 200, 383)), ((900, 900), Roi(620, 580, 720, 660))]
)
def test_a_moved_region_keeps_its_size_at_the_edge_of_the_picture(
    selecting: ImageView, way: tuple[int, int], moved: Roi
) -> None:
    drag(selecting, (150, 140), (150 + way[0], 140 + way[1]))
    assert selecting.selection == moved


def test_a_drag_beside_the_region_draws_a_new_one(selecting: ImageView) -> None:
    drag(selecting, (260, 250), (360, 330))
    assert selecting.selection == Roi(350, 440, 450, 520)


def test_in_a_region_as_large_as_the_picture_a_new_one_can_be_drawn(view: ImageView) -> None:
    roi = show_one_to_one(view)
    view.begin_selection(roi, roi)
    drag(view, (110, 110), (210, 190))
    assert view.selection == PULLED


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0, 300), st.floats(0, 300), st.integers(5, 30))
def test_handles_stand_outside_of_the_region_and_off_each_other(
    x: float, y: float, width: float, height: float, side: int
) -> None:
    box = QRectF(round(x), round(y), round(width) + 1, round(height) + 1)
    handles = handle_places(box, side)
    assert not any(handle.intersects(box) for handle in handles)
    assert not any(one.intersects(other) for one, other in combinations(handles, 2))
    assert len(handles) == 4 + 2 * (box.width() >= side) + 2 * (box.height() >= side)


@pytest.mark.parametrize("handle", HANDLES)
def test_handles_are_seen_at_the_corners_and_in_the_middle_of_the_edges(
    selecting: ImageView, handle: tuple[int, int]
) -> None:
    x, y = (place + 4 * ((place > middle) - (place < middle)) for place, middle in zip(handle, (160, 150), strict=True))
    assert selecting.grab().toImage().pixelColor(x, y) == ACCENT


# Keys, undo, apply


@pytest.mark.parametrize(
    ("key", "shift", "stretched"),
    [
        (Qt.Key.Key_Right, False, Roi(200, 300, 301, 380)),
        (Qt.Key.Key_Left, False, Roi(200, 300, 299, 380)),
        (Qt.Key.Key_Down, True, Roi(200, 300, 300, 390)),
        (Qt.Key.Key_Up, True, Roi(200, 300, 300, 370)),
    ],
)
def test_arrow_keys_with_ctrl_move_the_right_and_lower_edge(
    selecting: ImageView, qtbot: QtBot, key: Qt.Key, *, shift: bool, stretched: Roi
) -> None:
    shift_too = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    with qtbot.waitSignal(selecting.roi_changed) as changed:
        QTest.keyClick(selecting, key, CTRL | shift_too)
    assert changed.args == [stretched]


def undo(view: ImageView) -> None:
    QTest.keyClick(view, Qt.Key.Key_Z, CTRL)


def test_a_key_that_is_held_is_one_step(selecting: ImageView) -> None:
    for _ in range(7):
        QTest.keyPress(selecting, Qt.Key.Key_Right)
    QTest.keyRelease(selecting, Qt.Key.Key_Right)
    QTest.keyClick(selecting, Qt.Key.Key_Down)
    undo(selecting)
    assert selecting.selection == PULLED.moved(7, 0)
    undo(selecting)
    assert selecting.selection == PULLED


def test_a_key_whose_release_went_elsewhere_ends_its_step(selecting: ImageView) -> None:
    QTest.keyPress(selecting, Qt.Key.Key_Right)
    selecting.clearFocus()
    QTest.keyPress(selecting, Qt.Key.Key_Right)
    undo(selecting)
    assert selecting.selection == PULLED.moved(1, 0)


@pytest.mark.parametrize(
    ("key", "modifiers"),
    [
        (Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier),
    ],
)
def test_drags_are_undone_and_redone_and_told(
    selecting: ImageView, qtbot: QtBot, key: Qt.Key, modifiers: Qt.KeyboardModifier
) -> None:
    drag(selecting, (150, 140), (170, 150))
    drag(selecting, (260, 300), (360, 380))
    last = selecting.selection
    for wanted in (PULLED.moved(20, 10), PULLED):
        with qtbot.waitSignal(selecting.roi_changed) as changed:
            undo(selecting)
        assert changed.args == [wanted]
    with qtbot.assertNotEmitted(selecting.roi_changed):
        undo(selecting)
    for wanted in (PULLED.moved(20, 10), last):
        QTest.keyClick(selecting, key, modifiers)
        assert selecting.selection == wanted


def test_the_first_region_drawn_is_undone_to_none(view: ImageView, qtbot: QtBot) -> None:
    view.begin_selection(show_one_to_one(view))
    drag(view, (110, 110), (210, 190))
    with qtbot.waitSignal(view.roi_changing) as changing:
        undo(view)
    assert changing.args == [None]
    assert view.selection is None


def button(view: ImageView, word: str) -> QPushButton:
    return next(button for button in view.findChildren(QPushButton) if word in button.text())


@pytest.mark.parametrize(
    "apply",
    [
        lambda view: QTest.keyClick(view, Qt.Key.Key_Return),
        lambda view: QTest.keyClick(view, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier),
        lambda view: double_click(view, (150, 140)),
        lambda view: QTest.mouseClick(button(view, "Apply"), LEFT),
    ],
)
def test_enter_a_double_click_and_the_button_apply_the_region_as_it_was_refined(
    selecting: ImageView, qtbot: QtBot, apply: Callable[[ImageView], None]
) -> None:
    QTest.keyClick(selecting, Qt.Key.Key_Right)
    with (
        qtbot.waitSignal(selecting.selection_applied) as applied,
        qtbot.assertNotEmitted(selecting.selection_cancelled),
    ):
        apply(selecting)
    assert applied.args == [PULLED.moved(1, 0)]


def send(view: ImageView, kind: QEvent.Type, place: tuple[int, int], buttons: Qt.MouseButton) -> None:
    event = QMouseEvent(kind, QPointF(*place), QPointF(*place), LEFT, buttons, NO_MODIFIER)
    QApplication.sendEvent(view, event)


def double_click(view: ImageView, *way: tuple[int, int]) -> None:
    """Click, then press again soon after, as a window system tells it, and go along a way."""
    QTest.mouseClick(view, LEFT, pos=QPoint(*way[0]))
    press_again(view, *way)


def press_again(view: ImageView, *way: tuple[int, int]) -> None:
    send(view, QEvent.Type.MouseButtonDblClick, way[0], LEFT)
    for stop in way[1:]:
        send(view, QEvent.Type.MouseMove, stop, LEFT)
    send(view, QEvent.Type.MouseButtonRelease, way[-1], Qt.MouseButton.NoButton)


def test_a_double_click_beside_the_region_applies_nothing(selecting: ImageView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(selecting.selection_applied):
        double_click(selecting, (300, 300))
    assert selecting.selection == PULLED


def test_a_second_drag_soon_after_the_first_is_no_double_click(selecting: ImageView, qtbot: QtBot) -> None:
    drag(selecting, (150, 140), (170, 150), (155, 140))
    with qtbot.assertNotEmitted(selecting.selection_applied):
        press_again(selecting, (155, 140), (195, 140))
    assert selecting.selection == PULLED.moved(45, 0)


def test_without_a_region_there_is_nothing_to_apply(view: ImageView, qtbot: QtBot) -> None:
    view.begin_selection(show_one_to_one(view))
    assert not button(view, "Apply").isEnabled()
    with qtbot.assertNotEmitted(view.selection_applied):
        QTest.keyClick(view, Qt.Key.Key_Return)
        QTest.mouseClick(button(view, "Apply"), LEFT)
    drag(view, (110, 110), (210, 190))
    assert button(view, "Apply").isEnabled()


def test_enter_in_the_middle_of_a_drag_applies_nothing(selecting: ImageView, qtbot: QtBot) -> None:
    QTest.mousePress(selecting, LEFT, pos=QPoint(150, 140))
    QTest.mouseMove(selecting, QPoint(200, 200))
    with qtbot.assertNotEmitted(selecting.selection_applied):
        QTest.keyClick(selecting, Qt.Key.Key_Return)


def test_the_button_cancels(selecting: ImageView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(selecting.selection_cancelled):
        QTest.mouseClick(button(selecting, "Cancel"), LEFT)
    assert not selecting.is_selecting
    assert not button(selecting, "Cancel").isVisible()


def test_the_keys_stay_with_the_picture_when_a_button_was_clicked(selecting: ImageView) -> None:
    QTest.mouseClick(button(selecting, "Apply"), LEFT)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert selecting.selection == PULLED.moved(1, 0)


def test_without_a_selection_the_keys_go_on(view: ImageView, qtbot: QtBot) -> None:
    show_one_to_one(view)
    with qtbot.assertNotEmitted(view.selection_applied), qtbot.assertNotEmitted(view.selection_cancelled):
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Right):
            QTest.keyClick(view, key)
        undo(view)


@given(st.integers(0, 600), st.integers(0, 400), st.integers(1, 640), st.integers(1, 480))
@example(0, 0, 640, 480)
@example(40, 30, 500, 400)
def test_the_buttons_leave_the_region_free_or_stand_inside_of_its_handles(
    x: int, y: int, width: int, height: int
) -> None:
    room, size = QRectF(10, 10, 620, 460), QSize(140, 90)
    region = QRectF(x, y, width, height)
    place = QRectF(free_place(size, room, region, None), size)
    handles = region.adjusted(-OUTER_REACH, -OUTER_REACH, OUTER_REACH, OUTER_REACH)
    inside = region.adjusted(OUTER_REACH, OUTER_REACH, -OUTER_REACH, -OUTER_REACH)
    assert not place.intersects(handles) or inside.contains(place)
    assert room.contains(place)


def test_where_there_is_no_room_for_the_buttons_they_stand_in_a_corner_of_the_view() -> None:
    room = QRectF(10, 10, 220, 150)
    assert room.contains(QRectF(free_place(QSize(140, 90), room, QRectF(90, 60, 60, 40), None), QSize(140, 90)))


def test_the_buttons_are_off_the_region_in_the_view(selecting: ImageView) -> None:
    selecting.set_selection(Roi(500, 210, 700, 400))
    bar = button(selecting, "Apply").parentWidget()
    assert not QRectF(bar.geometry()).intersects(place_of(selecting.letterbox(), selecting.selection))
    assert selecting.rect().contains(bar.geometry())
    selecting.resize(400, 300)
    assert selecting.rect().contains(bar.geometry())


# Pixels and monitors


def test_the_pixels_shown_at_a_place_can_be_had(view: ImageView) -> None:
    frame = coded_frame(Roi(-40, 60, 300, 260))
    view.show_frame(frame, None)
    roi = Roi(-3, 70, 47, 120)
    assert np.array_equal(view.pixels_at(roi)[..., :3], frame.crop(roi).pixels[..., :3])
    view.pixels_at(roi)[...] = 0
    assert view.pixels_at(roi)[0, 0, 0] == 37
    with pytest.raises(InvalidRoiError, match="not inside"):
        view.pixels_at(Roi(-41, 70, 47, 120))


def test_monitors_are_framed_and_where_none_is_there_are_stripes(view: ImageView) -> None:
    roi = Roi(-300, -200, 320, 260)
    view.show_frame(gray_frame(roi), None)
    view.set_monitors([Roi(-300, -200, 0, 260), Roi(0, 0, 320, 260)])
    shown = view.grab().toImage()
    for x, y in ((-300, 100), (-1, 100), (0, 100), (150, 0), (319, 100), (150, 259)):
        assert shown.pixelColor(x + 310, y + 210) == TEXT
    dead = {shown.pixelColor(x + 310, y + 210).name() for x in range(20, 60) for y in range(-150, -100)}
    assert QColor(GRAY, GRAY, GRAY).name() not in dead
    assert len(dead) > 1
    assert shown.pixelColor(100 + 310, 100 + 210) == QColor(GRAY, GRAY, GRAY)
    view.set_monitors(())
    assert view.grab().toImage().pixelColor(310, 310) == QColor(GRAY, GRAY, GRAY)


# What is selected is what is captured, to the pixel


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_corners_seen_in_the_window_are_the_corners_selected(ratio: float) -> None:
    environment = os.environ | {"QT_SCALE_FACTOR": str(ratio), "QT_QPA_PLATFORM": "offscreen"}
    child = subprocess.run(
        [sys.executable, __file__, str(ratio)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert child.returncode == 0, child.stderr


class Trial:
    """A window with a view at an odd place; a mouse that knows only the physical pixels of the window."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.window = QWidget()
        self.view = ImageView()
        layout = QVBoxLayout(self.window)
        layout.setContentsMargins(7, 13, 5, 3)
        layout.addWidget(self.view)
        self.window.resize(477, 391)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)
        assert self.window.devicePixelRatioF() == ratio

    def selected(self, start: tuple[int, int], end: tuple[int, int], bounds: Roi) -> Roi | None:
        self.view.begin_selection(bounds)
        return self.dragged(start, end)

    def dragged(self, start: tuple[int, int], end: tuple[int, int]) -> Roi | None:
        press, move, release = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease
        self._send(press, start, LEFT, LEFT)
        self._send(move, end, Qt.MouseButton.NoButton, LEFT)
        self._send(release, end, LEFT, Qt.MouseButton.NoButton)
        return self.view.selection

    def seen(self, frame: Frame) -> QImage:
        self.view.end_selection()
        self.view.show_frame(frame, None)
        return self.window.grab().toImage()

    def _send(self, kind: QEvent.Type, pixel: tuple[int, int], button: Qt.MouseButton, buttons: Qt.MouseButton) -> None:
        position = QPointF(pixel[0] / self.ratio, pixel[1] / self.ratio)
        event = QMouseEvent(kind, position, position, button, buttons, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.window.windowHandle(), event)


def where_pixels_begin(image: QImage, roi: Roi) -> tuple[list[int], list[int]]:
    """The first physical column (row) of every column (row) of the picture, as drawn, and where the last one ends."""
    in_row, in_column = (
        [decoded(image, x, image.height() // 2)[0] for x in range(image.width())],
        [decoded(image, image.width() // 2, y)[1] for y in range(image.height())],
    )
    return begins(in_row, roi.width), begins(in_column, roi.height)


def begins(codes: list[int], count: int) -> list[int]:
    found = [next(i for i, code in enumerate(codes) if code == 0 and codes[i + 5] in (0, 1, 2, 3, 4, 5))]
    for wanted in range(1, count):
        found.append(codes.index(wanted, found[-1]))
    length = next(i for i, code in enumerate([*codes[found[-1] :], -1]) if code != count - 1)
    return [*found, found[-1] + length]


def prove_exact(trial: Trial, roi: Roi, corners: Roi) -> None:
    columns, rows = where_pixels_begin(trial.seen(coded_frame(roi)), roi)
    start = columns[corners.x1 - roi.x1], rows[corners.y1 - roi.y1]
    end = columns[corners.x2 - roi.x1], rows[corners.y2 - roi.y1]
    for one, other in ((start, end), (end, start), ((start[0], end[1]), (end[0], start[1]))):
        selected = trial.selected(one, other, roi)
        assert selected == corners, f"{selected} instead of {corners} in {roi} at {trial.ratio}"


def prove_handles_exact(trial: Trial, roi: Roi, start: Roi, end: Roi) -> None:
    """Corners are pulled, and the region is moved, from pixels of the window to pixels of the window."""
    columns, rows = where_pixels_begin(trial.seen(coded_frame(roi)), roi)

    def at(x: int, y: int) -> tuple[int, int]:
        return columns[x - roi.x1], rows[y - roi.y1]

    for off in (-3, 0, 4):
        trial.view.begin_selection(roi, start)
        x, y = at(start.x2, start.y2)
        there = at(end.x2, end.y2)
        pulled = trial.dragged((x + off, y + off), (there[0] + off, there[1] + off))
        assert pulled == Roi(start.x1, start.y1, end.x2, end.y2), f"{pulled} in {roi} at {trial.ratio}"
        x, y = at(start.x1, start.y1)
        there = at(end.x1, end.y1)
        pulled = trial.dragged((x - off, y - off), (there[0] - off, there[1] - off))
        assert pulled == end, f"{pulled} instead of {end} in {roi} at {trial.ratio}"
    trial.view.begin_selection(roi, start)
    (x, y), there = at(start.x1, start.y1), at(start.x1 + 3, start.y1 - 2)
    inside = columns[start.x1 - roi.x1 + start.width // 2], rows[start.y1 - roi.y1 + start.height // 2]
    moved = trial.dragged(inside, (inside[0] + there[0] - x, inside[1] + there[1] - y))
    assert moved == start.moved(3, -2), f"{moved} in {roi} at {trial.ratio}"


def prove_nearest(trial: Trial, roi: Roi) -> None:
    """In a picture scaled down the border is the nearest to the left edge of the pixel under the mouse."""
    image = trial.seen(coded_frame(roi))
    middle = image.width() // 2, image.height() // 2
    for shift in range(-40, 40, 7):
        start, end = (middle[0] + shift, middle[1] - 70), (middle[0] + shift + 40, middle[1] + 61 + shift)
        (x1, y1), (x2, y2) = decoded(image, *start), decoded(image, *end)
        selected = trial.selected(start, end, roi)
        pixel = roi.width / trial.view.letterbox().width
        for border, seen in zip(
            (selected.x1, selected.y1, selected.x2, selected.y2),
            (x1 + roi.x1, y1 + roi.y1, x2 + roi.x1, y2 + roi.y1),
            strict=True,
        ):
            assert seen - pixel / 2 - 1 <= border <= seen + 1, f"{border} at {seen} in {roi} at {trial.ratio}"


def prove_pixel_ratio(ratio: float) -> None:
    application = QApplication([])
    image_view._SMOOTH_LIMIT_PX = 0
    trial = Trial(ratio)
    room = [int((length - 20) * ratio) for length in (trial.view.width(), trial.view.height())]
    prove_exact(trial, Roi(-30, 5, 30, 45), Roi(-17, 9, 21, 40))
    prove_exact(trial, Roi(849, 165, 1009, 325), Roi(851, 170, 1000, 325))
    prove_exact(trial, Roi(-1920, -100, -1700, 37), Roi(-1919, -99, -1701, 36))
    prove_exact(trial, Roi(40, 60, 40 + room[0], 60 + room[1]), Roi(41, 61, 300, 317))
    prove_handles_exact(trial, Roi(-30, 5, 30, 45), Roi(-17, 9, 9, 40), Roi(-20, 11, 21, 45))
    prove_handles_exact(trial, Roi(849, 165, 1009, 325), Roi(880, 190, 960, 300), Roi(849, 240, 941, 325))
    prove_handles_exact(trial, Roi(-1920, -100, -1700, 37), Roi(-1900, -80, -1800, 0), Roi(-1919, -99, -1701, 36))
    prove_nearest(trial, Roi(-1280, 0, 1720, 1500))
    prove_nearest(trial, Roi(0, 0, 1280, 688))
    trial.window.close()
    application.processEvents()


if __name__ == "__main__":
    prove_pixel_ratio(float(sys.argv[1]))
