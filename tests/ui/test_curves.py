"""The curves show any part of a session, at a cost that does not grow with it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from nhem_qt.detection import Peak
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, Sample, Status
from nhem_qt.session import History, LongCurve, Mark, Overview, SessionInfo, SessionStore, Span, open_long_curve
from nhem_qt.ui import curve_marks, palette, peak_spans
from nhem_qt.ui.curves import CurvesView

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
NO_KEY, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def sample(index: int, gray: float | None, rate_hz: float = 45.0) -> Sample:
    measurement = Measurement(index, index / rate_hz, gray, None, SourceKind.DEMO, Status.SUCCESS)
    return Sample(measurement, 100.0, 106.0, in_peak_region=False, peak_signal=None, peak=None, rejection=None)


def peak(index: int, start_s: float, color: str = "green", length_s: float = 0.7) -> Peak:
    return Peak(
        peak_index=index, color=color, confidence=0.9, start_frame=0, end_frame=1, peak_frame=0, decided_frame=2,
        start_s=start_s, end_s=start_s + length_s, duration_s=length_s, baseline=100.0, threshold=106.0,
        peak_gray=130.0, pre_mean=100.0, post_mean=104.0, difference=4.0, difference_threshold=2.1, mode="adaptive",
    )  # fmt: skip


def simulated(index: int, gray: float) -> Sample:
    measurement = Measurement(index, index / 45, gray, None, SourceKind.SIMULATED, Status.FAILED)
    return Sample(measurement, None, None, in_peak_region=False, peak_signal=None, peak=None, rejection=None)


class Running:
    """A session that goes on when it is told to."""

    def __init__(self, values: Sequence[float | None], rate_hz: float = 45.0, path: Path | None = None) -> None:
        self._ring, self._overview, self._rate_hz = History(10_000, 100), Overview(), rate_hz
        self.curve = LongCurve(self._overview, rate_hz, self._ring, path)
        self.go_on(values)

    def go_on(self, values: Sequence[float | None]) -> None:
        self.take([sample(index, value, self._rate_hz) for index, value in enumerate(values, self._overview.count)])

    def take(self, samples: Sequence[Sample]) -> None:
        for one in samples:
            self._ring.add(one)
            self._overview.add(one)


class Paints(QObject):
    """Counts how often a widget is painted."""

    count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.Paint
        return False


@pytest.fixture(autouse=True)
def _every_mouse_move_counts() -> Iterator[None]:
    """A drag of a test is over before a hundredth of a second is: too fast to be seen otherwise."""
    limit = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield
    pg.setConfigOption("mouseRateLimit", limit)


@pytest.fixture
def curves(qtbot: QtBot) -> CurvesView:
    view = CurvesView()
    qtbot.addWidget(view)
    view.resize(900, 300)
    view.show()
    qtbot.waitExposed(view)
    return view


def drawn(curves: CurvesView) -> tuple[np.ndarray, np.ndarray]:
    return curves._gray.getData()


def x_range(curves: CurvesView) -> list[float]:
    return curves._box.viewRange()[0]


def y_range(curves: CurvesView) -> list[float]:
    return curves._box.viewRange()[1]


def place_of(curves: CurvesView, t_s: float, share_down: float = 0.5) -> QPoint:
    """Return where a time is in the viewport, so far down in the plot."""
    low, high = y_range(curves)
    gray = high - share_down * (high - low)
    return curves._plot.mapFromScene(curves._box.mapViewToScene(QPointF(t_s, gray)))


def send(port: QWidget, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> None:
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else LEFT
    event = QMouseEvent(kind, QPointF(at), port.mapToGlobal(QPointF(at)), button, held, keys)
    QApplication.sendEvent(port, event)


def drag(
    curves: CurvesView, begin: QPoint, end: QPoint, keys: Qt.KeyboardModifier = NO_KEY, *, let_go: bool = True
) -> None:
    port = curves._plot.viewport()
    send(port, QEvent.Type.MouseButtonPress, begin, LEFT, keys)
    send(port, QEvent.Type.MouseMove, (begin + end) / 2, Qt.MouseButton.NoButton, keys)
    send(port, QEvent.Type.MouseMove, end, Qt.MouseButton.NoButton, keys)
    if let_go:
        release(curves, end, keys)


def release(curves: CurvesView, at: QPoint, keys: Qt.KeyboardModifier = NO_KEY) -> None:
    send(curves._plot.viewport(), QEvent.Type.MouseButtonRelease, at, LEFT, keys)


def turn_wheel(curves: CurvesView, at: QPoint, steps: int) -> None:
    port = curves._plot.viewport()
    event = QWheelEvent(
        QPointF(at), port.mapToGlobal(QPointF(at)), QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton, NO_KEY,
        Qt.ScrollPhase.NoScrollPhase, False,  # noqa: FBT003 - the signature is Qt's
    )  # fmt: skip
    QApplication.sendEvent(port, event)


def picture(curves: CurvesView) -> QImage:
    return curves._plot.viewport().grab().toImage()


def is_like(image: QImage, at: QPoint, colour: QColor) -> bool:
    """Whether the place, or one beside it, has nearly this colour."""
    seen = (image.pixelColor(at.x() + aside, at.y()) for aside in (-2, -1, 0, 1, 2))
    return any(
        abs(one.red() - colour.red()) + abs(one.green() - colour.green()) + abs(one.blue() - colour.blue()) < 60
        for one in seen
    )


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All words written over the curve from now on."""
    written: list[str] = []
    for module in (peak_spans, curve_marks):
        original = module.draw_words
        monkeypatch.setattr(module, "draw_words", lambda *args, to=original: (written.append(args[1]), to(*args)))
    return written


# --- lines


def test_each_piece_of_a_redraw_lets_a_tick_go_first(qtbot: QtBot) -> None:
    asked: list[str] = []
    step = "refresh"
    view = CurvesView(give_way=lambda: asked.append(step))
    qtbot.addWidget(view)
    view.resize(900, 300)
    view.show_curve(Running([100.0] * 90).curve)
    refreshed = asked.count("refresh")
    step = "paint"
    view.grab()
    # Before each of three lines and what becomes of them; then of three lines and two axes.
    assert refreshed >= 5
    assert asked.count("paint") >= 5


def test_what_was_not_measured_is_a_gap_and_no_line(curves: CurvesView) -> None:
    curves.show_curve(Running([100.0, 101.0, None, 102.0]).curve)
    _, gray = drawn(curves)
    np.testing.assert_array_equal(gray, [100.0, 101.0, np.nan, 102.0])
    assert curves._gray.opts["connect"] == "finite"


def test_what_is_simulated_is_a_line_of_its_own_that_says_so(curves: CurvesView) -> None:
    session = Running([100.0] * 90)
    curves.show_curve(session.curve)
    assert "SIMULATED" not in curves._legend.text()
    session.take([simulated(index, 120.0 + index % 7) for index in range(90, 180)])
    curves.refresh()
    t_s, gray = curves._simulated.getData()
    assert list(t_s) == [index / 45 for index in range(90, 180)]
    assert gray.max() == 126.0
    assert np.nanmax(drawn(curves)[1]) == 100.0
    assert "SIMULATED, NOT MEASURED" in curves._legend.text()
    low, high = y_range(curves)
    assert low < 100
    assert high > 126
    session.take([sample(index, 100.0) for index in range(180, 2000)])
    curves.refresh()
    assert curves._simulated.getData()[0].size == 0
    assert "SIMULATED" not in curves._legend.text()


def test_two_emergencies_are_two_lines_and_another_curve_takes_them_away(curves: CurvesView) -> None:
    session = Running([100.0] * 10)
    session.take([simulated(index, 120.0) for index in (*range(10, 20), *range(200, 210))])
    curves.show_curve(session.curve)
    assert np.isnan(curves._simulated.getData()[1]).sum() == 1
    curves.show_curve(None)
    assert curves._simulated.getData()[0].size == 0
    assert "SIMULATED" not in curves._legend.text()


def test_a_level_on_a_line_of_the_grid_is_seen(curves: CurvesView) -> None:
    curves.show_curve(Running([104.0] * 900).curve)
    image, low_and_high = picture(curves), y_range(curves)
    down = (low_and_high[1] - 100.0) / (low_and_high[1] - low_and_high[0])
    near = (place_of(curves, 10.0, down) + QPoint(0, aside) for aside in (-1, 0, 1))
    assert any(is_like(image, at, palette.ACCENT) for at in near)


def test_the_drawn_points_are_bounded_and_no_peak_is_lost(curves: CurvesView) -> None:
    values = [100.0] * 9000
    values[4321] = 177.0
    curves.show_curve(Running(values).curve)
    for show in (curves.show_all, lambda: curves.show_span(60.0, 130.0)):
        show()
        t_s, gray = drawn(curves)
        assert len(t_s) <= 1010
        assert gray.max() == 177.0


def test_what_has_left_the_memory_is_drawn_from_the_file(curves: CurvesView, tmp_path: Path) -> None:
    info = SessionInfo("old", dt.datetime.now().astimezone(), "demo", "dual", "0,0,60,60", 45.0)
    values = [100 + index % 17 / 10 for index in range(25_000)]
    store = SessionStore(tmp_path, info)
    for index, value in enumerate(values):
        store.put(sample(index, value))
    assert store.close(60.0)
    for curve in (Running(values, path=store.path).curve, open_long_curve(store.path)):
        curves.show_curve(curve)
        curves.show_span(100.0, 105.0)
        curves.refresh()
        t_s, gray = drawn(curves)
        inside = (t_s >= 100.0) & (t_s <= 105.0)
        assert gray[inside].tolist() == values[4500:4726]


def test_nothing_is_drawn_twice(curves: CurvesView, monkeypatch: pytest.MonkeyPatch) -> None:
    running, asked = Running([100.0] * 2000), []
    part = LongCurve.part
    monkeypatch.setattr(LongCurve, "part", lambda *args: asked.append(args[1:]) or part(*args))
    curves.show_curve(running.curve)
    for _ in range(5):
        curves.refresh()
    assert len(asked) == 1
    running.go_on([100.0])
    curves.refresh()
    assert len(asked) == 2


def test_what_is_new_is_painted_once(curves: CurvesView) -> None:
    running, paints = Running([100.0 + index % 7 for index in range(2000)]), Paints()
    curves.show_curve(running.curve)
    QApplication.processEvents()
    curves._plot.viewport().installEventFilter(paints)
    for count in range(1, 6):
        running.go_on([100.0, 103.0])
        curves.refresh()
        for _ in range(5):
            QApplication.processEvents()
        assert paints.count == count


def test_without_samples_that_is_said(curves: CurvesView) -> None:
    assert curves._nothing.isVisible()
    running = Running([])
    curves.show_curve(running.curve)
    assert curves._nothing.isVisible()
    running.go_on([100.0])
    curves.refresh()
    assert not curves._nothing.isVisible()
    curves.show_curve(None)
    assert curves._nothing.isVisible()
    assert drawn(curves)[0].size == 0


# --- what is in view


def test_following_keeps_the_newest_samples_in_view(curves: CurvesView) -> None:
    running = Running([100.0] * 45 * 60)
    curves.show_curve(running.curve)
    assert x_range(curves) == pytest.approx([60 - 1 / 45 - 20, 60 - 1 / 45])
    running.go_on([100.0] * 45)
    curves.refresh()
    assert x_range(curves) == pytest.approx([61 - 1 / 45 - 20, 61 - 1 / 45])


def test_dragging_stops_following_and_new_samples_do_not_move_the_view(qtbot: QtBot, curves: CurvesView) -> None:
    running = Running([100.0] * 45 * 60)
    curves.show_curve(running.curve)
    with qtbot.waitSignal(curves.follow_changed) as changed:
        drag(curves, QPoint(400, 120), QPoint(700, 160))
    assert changed.args == [False]
    seen, heights = x_range(curves), y_range(curves)
    assert seen[1] < 59
    running.go_on([100.0, 240.0] * 450)
    curves.refresh()
    assert (x_range(curves), y_range(curves)) == (seen, heights)
    curves.set_follows(True)
    curves.refresh()
    assert x_range(curves)[1] == pytest.approx(80 - 1 / 45)
    assert y_range(curves)[1] > 240


def test_what_comes_into_the_view_that_stands_still_does_not_change_its_height(curves: CurvesView) -> None:
    running = Running([100.0] * 45 * 60)
    curves.show_curve(running.curve)
    curves.show_span(50.0, 64.0)
    heights = y_range(curves)
    running.go_on([240.0] * 90)
    curves.refresh()
    assert drawn(curves)[1].max() == 240.0
    assert y_range(curves) == heights


def test_the_wheel_zooms_the_time_around_the_pointer(curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 45 * 60).curve)
    heights, at = y_range(curves), place_of(curves, 50.0)
    turn_wheel(curves, at, 5)
    begin_s, end_s = x_range(curves)
    assert end_s - begin_s < 12
    assert place_of(curves, 50.0).x() == pytest.approx(at.x(), abs=1)
    assert y_range(curves) == heights
    assert not curves.follows


def test_beside_the_plot_the_wheel_zooms_the_gray_values_until_something_else_is_shown(curves: CurvesView) -> None:
    running = Running([100.0] * 45 * 60)
    curves.show_curve(running.curve)
    heights, times_s = y_range(curves), x_range(curves)
    turn_wheel(curves, QPoint(15, 120), 5)
    low, high = y_range(curves)
    assert high - low < heights[1] - heights[0]
    assert x_range(curves) == times_s
    drag(curves, QPoint(400, 120), QPoint(500, 120))
    curves.refresh()
    assert y_range(curves) == [low, high]
    curves.show_all()
    assert y_range(curves) == heights


def test_the_view_stays_near_the_session(curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 45 * 300).curve)
    for _ in range(20):
        turn_wheel(curves, place_of(curves, sum(x_range(curves)) / 2), -10)
    assert x_range(curves)[0] >= -20
    assert x_range(curves)[1] <= 330
    for _ in range(60):
        turn_wheel(curves, place_of(curves, sum(x_range(curves)) / 2), 10)
    for _ in range(5):
        drag(curves, QPoint(800, 120), QPoint(100, 120))
    begin_s, end_s = x_range(curves)
    assert 0.05 < end_s - begin_s < 0.2
    assert end_s <= 330


def test_the_whole_session_or_a_part_of_it_is_brought_into_view(qtbot: QtBot, curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 45 * 300).curve)
    with qtbot.waitSignal(curves.follow_changed):
        curves.show_all()
    begin_s, end_s = x_range(curves)
    assert -5 <= begin_s <= 0
    assert 300 - 1 / 45 <= end_s <= 305
    curves.show_span(120.0, 130.0)
    begin_s, end_s = x_range(curves)
    assert 119 <= begin_s <= 120
    assert 130 <= end_s <= 131


# --- peaks


def test_a_peak_is_shaded_at_its_place_with_its_verdict_in_words(curves: CurvesView, words: list[str]) -> None:
    curves.show_curve(Running([100.0] * 450).curve)
    curves.set_peaks((peak(1, 2.0), peak(2, 5.0, "red")))
    image = picture(curves)
    assert set(words) == {"\N{BLACK UP-POINTING TRIANGLE} HEM\n+4.00", "\N{BLACK CIRCLE} no HEM\n+4.00"}
    for t_s, colour in ((2.0, palette.GREEN), (2.7, palette.GREEN), (5.0, palette.RED), (5.7, palette.RED)):
        assert is_like(image, place_of(curves, t_s, 0.8), colour)
    inside, outside = (image.pixelColor(place_of(curves, t_s, 0.8)) for t_s in (2.35, 3.5))
    assert inside.green() > outside.green() + 20
    assert inside.green() > inside.red() + 20


def test_verdicts_are_left_out_where_there_is_no_room_for_them(curves: CurvesView, words: list[str]) -> None:
    curves.show_curve(Running([100.0] * 45 * 300).curve)
    curves.set_peaks(tuple(peak(index, 3.0 * index) for index in range(1, 90)))
    shown = []
    for end_s in (20.0, 70.0, 300.0):
        words.clear()
        curves.show_span(0.0, end_s)
        picture(curves)
        shown.append(set(words))
    triangle = "\N{BLACK UP-POINTING TRIANGLE}"
    assert shown == [{f"{triangle} HEM\n+4.00"}, {triangle}, set()]


def test_all_peaks_of_eight_hours_are_seen_at_once(curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 28_800, rate_hz=1.0).curve)
    starts_s = np.random.default_rng(5).choice(np.arange(10, 28_700, 3), 500, replace=False)
    peaks = tuple(peak(index, float(t_s), "red" if index % 3 else "green") for index, t_s in enumerate(starts_s))
    curves.set_peaks(peaks)
    curves.show_all()
    image = picture(curves)
    for one in peaks:
        green = one.color == "green"
        place = place_of(curves, one.start_s + 0.35, 0.05 if green else 0.95)
        assert is_like(image, place, palette.GREEN if green else palette.RED)


def test_no_peak_is_too_short_to_be_seen(curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 28_800, rate_hz=1.0).curve)
    curves.show_all()
    bare = picture(curves)
    curves.set_peaks((peak(1, 10_000.0),))
    image, at = picture(curves), place_of(curves, 10_000.35, 0.9)
    columns = range(at.x() - 5, at.x() + 6)
    assert sum(image.pixel(x, at.y()) != bare.pixel(x, at.y()) for x in columns) in (3, 4)


def test_thousands_of_peaks_are_no_more_items_than_none(curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 450).curve)
    items = len(curves._plot.scene().items())
    curves.set_peaks(tuple(peak(index, 3.0 * index) for index in range(5000)))
    curves.show_preview(curves.peaks)
    picture(curves)
    assert len(curves._plot.scene().items()) == items


def test_another_curve_takes_peaks_marks_preview_and_span_away(curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 450).curve)
    curves.set_peaks((peak(1, 2.0),))
    curves.show_preview((peak(1, 2.0),))
    curves.set_marks((Mark(3.0, "here"),))
    drag(curves, place_of(curves, 2.0), place_of(curves, 6.0), SHIFT)
    assert curves.span is not None
    curves.show_curve(Running([100.0] * 10).curve)
    assert (curves.peaks, curves.preview, curves.marks, curves.span) == ((), (), (), None)


def test_a_preview_is_outlined_with_its_words_below(curves: CurvesView, words: list[str]) -> None:
    curves.show_curve(Running([100.0] * 450).curve)
    curves.show_preview((peak(1, 4.0, "red"),))
    image = picture(curves)
    assert words == ["\N{BLACK CIRCLE} no HEM\n+4.00?"]
    inside, outside = (image.pixelColor(place_of(curves, t_s, 0.3)) for t_s in (4.35, 3.5))
    assert inside == outside
    column = [image.pixelColor(place_of(curves, 4.0, 0.2) + QPoint(0, down)).red() for down in range(30)]
    assert max(column) > 200
    assert min(column) < 60


def test_clicking_a_peak_tells_which(qtbot: QtBot, curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 45 * 300).curve)
    curves.set_peaks((peak(1, 50.0), peak(2, 150.0, "red"), peak(3, 250.0)))
    curves.show_all()
    # Two pixels wide, and not missed either right beside.
    with qtbot.waitSignal(curves.peak_clicked) as clicked:
        qtbot.mouseClick(curves._plot.viewport(), LEFT, pos=place_of(curves, 150.35) + QPoint(2, 0))
    assert clicked.args == [curves.peaks[1]]
    with qtbot.assertNotEmitted(curves.peak_clicked):
        qtbot.mouseClick(curves._plot.viewport(), LEFT, pos=place_of(curves, 200.0))
        drag(curves, place_of(curves, 150.35), place_of(curves, 180.0))


# --- marks


def test_marks_are_dashed_lines_with_a_flag_and_their_note_where_there_is_room(
    curves: CurvesView, words: list[str]
) -> None:
    curves.show_curve(Running([100.0] * 45 * 300).curve)
    curves.set_marks((Mark(12.0, "second position"), Mark(10.0, ""), Mark(20.0, "third position")))
    curves.show_span(5.0, 19.0)
    image = picture(curves)
    assert words == ["second position"]
    for t_s in (10.0, 12.0):
        top = place_of(curves, t_s, 0.2)
        column = [image.pixelColor(top + QPoint(0, down)).lightness() for down in range(30)]
        assert max(column) > 200
        assert min(column) < 60
        assert is_like(image, place_of(curves, t_s, 1.0) + QPoint(3, -11), palette.TEXT)
    words.clear()
    curves.show_all()
    picture(curves)
    assert words == ["third position"]


# --- spans


def test_dragging_with_shift_selects_a_span(qtbot: QtBot, curves: CurvesView, words: list[str]) -> None:
    curves.show_curve(Running([100.0] * 45 * 60).curve)
    before = x_range(curves)
    with qtbot.assertNotEmitted(curves.span_selected):
        drag(curves, place_of(curves, 55.0), place_of(curves, 48.0), SHIFT, let_go=False)
    shaded, plain = (picture(curves).pixelColor(place_of(curves, t_s, 0.8)) for t_s in (53.0, 57.0))
    assert shaded.blue() > plain.blue() + 20
    with qtbot.waitSignal(curves.span_selected) as selected:
        release(curves, place_of(curves, 45.0), SHIFT)
    span = curves.span
    assert selected.args == [span]
    assert (span.begin_s, span.end_s) == (pytest.approx(45.0, abs=0.05), pytest.approx(55.0, abs=0.05))
    assert x_range(curves) == before
    assert not curves.follows
    words.clear()
    picture(curves)
    assert words == [f"{span.length_s:.2f} s"]


def test_a_span_ends_where_the_session_does(qtbot: QtBot, curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 450).curve)
    drag(curves, place_of(curves, 6.0), place_of(curves, 15.0), SHIFT)
    assert curves.span == Span(pytest.approx(6.0, abs=0.05), 449 / 45)
    with qtbot.assertNotEmitted(curves.span_selected):
        drag(curves, place_of(curves, 12.0), place_of(curves, 15.0), SHIFT)
    assert curves.span is None


@pytest.mark.parametrize("way", ["escape", "click", "call"])
def test_a_span_is_taken_away_again(qtbot: QtBot, curves: CurvesView, way: str) -> None:
    curves.show_curve(Running([100.0] * 450).curve)
    drag(curves, place_of(curves, 2.0), place_of(curves, 8.0), SHIFT)
    assert curves.span is not None
    if way == "escape":
        qtbot.keyClick(curves._plot, Qt.Key.Key_Escape)
    elif way == "click":
        qtbot.mouseClick(curves._plot.viewport(), LEFT, pos=place_of(curves, 12.0))
    else:
        curves.clear_span()
    assert curves.span is None


def test_a_span_stays_while_the_view_is_moved(curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 45 * 60).curve)
    drag(curves, place_of(curves, 45.0), place_of(curves, 50.0), SHIFT)
    drag(curves, QPoint(400, 120), QPoint(500, 120))
    turn_wheel(curves, QPoint(400, 120), 2)
    assert curves.span is not None


def test_escape_ends_a_drag_without_a_span(qtbot: QtBot, curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 450).curve)
    with qtbot.assertNotEmitted(curves.span_selected):
        drag(curves, place_of(curves, 2.0), place_of(curves, 6.0), SHIFT, let_go=False)
        qtbot.keyClick(curves._plot, Qt.Key.Key_Escape)
        release(curves, place_of(curves, 8.0), SHIFT)
    assert curves.span is None


@pytest.mark.parametrize(("length_s", "written"), [(7.0, "7.00 s"), (125.5, "2 min 5.5 s"), (7384.0, "2 h 3 min 4 s")])
def test_the_length_of_a_span_is_told_in_words(
    curves: CurvesView, words: list[str], length_s: float, written: str
) -> None:
    curves.show_curve(Running([100.0] * 8000, rate_hz=1.0).curve)
    curves.show_all()
    curves._set_span(Span(100.0, 100.0 + length_s))
    picture(curves)
    assert words == [written]


# --- read-out


def hover(qtbot: QtBot, curves: CurvesView, t_s: float) -> str:
    """Move the pointer there and return what is read out."""
    # To move to where the pointer is already would be no move.
    qtbot.mouseMove(curves._plot.viewport(), place_of(curves, t_s) + QPoint(0, 20))
    qtbot.mouseMove(curves._plot.viewport(), place_of(curves, t_s))
    curves.refresh()
    return curves._read_out.text()


def test_hovering_reads_out_what_was_measured_there(qtbot: QtBot, curves: CurvesView) -> None:
    running = Running([100.0 + index / 100 for index in range(900)])
    curves.show_curve(running.curve)
    words = hover(qtbot, curves, 10.0)
    t_s, gray = (float(words.split()[place]) for place in (1, 4))
    assert t_s == pytest.approx(10.0, abs=0.05)
    assert gray == pytest.approx(100 + t_s * 45 / 100, abs=0.02)
    assert "baseline 100.00   threshold 106.00" in words
    running.go_on([100.0] * 45)
    curves.refresh()
    assert float(curves._read_out.text().split()[1]) == pytest.approx(t_s + 1, abs=0.05)


def test_of_what_cannot_be_read_the_extremes_are_read_out(qtbot: QtBot, curves: CurvesView) -> None:
    curves.show_curve(Running([100.0 + index % 2 for index in range(12_000)]).curve)
    curves.show_span(5.0, 15.0)
    assert "gray 100.00 to 101.00" in hover(qtbot, curves, 9.0)


def test_where_nothing_was_measured_nothing_is_read_out(qtbot: QtBot, curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 450).curve)
    assert hover(qtbot, curves, 5.0)
    assert not hover(qtbot, curves, 15.0)


def test_without_pointer_nothing_is_read_out(qtbot: QtBot, curves: CurvesView) -> None:
    curves.show_curve(Running([100.0] * 450).curve)
    assert hover(qtbot, curves, 5.0)
    QApplication.sendEvent(curves, QEvent(QEvent.Type.Leave))
    curves.refresh()
    assert not curves._read_out.text()
