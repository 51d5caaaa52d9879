"""A kept session looked at again, driven as an analyst drives it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDockWidget, QDoubleSpinBox, QLabel, QPushButton, QTableView

from nhem_qt.detection import DetectorConfig, Reason, Rejection
from nhem_qt.session import KeptSession, Span, delete_session, read_digest
from nhem_qt.ui.magnified_view import MagnifiedView
from nhem_qt.ui.rows_table import RowsModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.session import KeptPicture
    from nhem_qt.ui.review_window import ReviewWindow

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier
REJECTION = Rejection(Reason.TOO_LONG, 10, 90, 1.0, 3.5, 2.5, 1.5)


def press(qtbot: QtBot, review: ReviewWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    review.activateWindow()
    qtbot.waitUntil(review.isActiveWindow)
    qtbot.keyClick(review, key, modifier)


def rows_of(review: ReviewWindow, dock: str) -> QTableView:
    table = review.findChild(QDockWidget, dock).findChild(QTableView)
    assert isinstance(table, QTableView)
    return table


def click_row(qtbot: QtBot, review: ReviewWindow, dock: str, row: int) -> None:
    review.findChild(QDockWidget, dock).raise_()
    table = rows_of(review, dock)
    qtbot.waitUntil(table.isVisible)
    place = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def texts_of(review: ReviewWindow, dock: str) -> list[list[str]]:
    model = rows_of(review, dock).model()
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def in_view_s(review: ReviewWindow) -> tuple[float, float]:
    begin_s, end_s = review.curves._box.viewRange()[0]
    return begin_s, end_s


def framed_columns(review: ReviewWindow) -> list[float]:
    """Return the times at which a bright line runs along the plot from top to bottom."""
    plot = review.curves._plot
    image = plot.grab().toImage()
    box = review.curves._box
    top, bottom = (plot.mapFromScene(box.sceneBoundingRect().bottomLeft() * share).y() for share in (0.6, 0.9))
    columns = [
        x for x in range(image.width()) if all(image.pixelColor(x, y).lightness() > 150 for y in range(top, bottom))
    ]
    return [box.mapSceneToView(plot.mapToScene(x, top)).x() for x in columns]


def test_a_session_is_shown_whole_with_its_peaks_marks_and_numbers(open_review: Callable[..., ReviewWindow]) -> None:
    review = open_review()
    digest = review.digest
    begin_s, end_s = in_view_s(review)
    assert begin_s <= 0
    assert end_s >= digest.length_s
    assert review.curves.peaks == digest.peaks
    assert [row[0] for row in texts_of(review, "peaksDock")] == [str(peak.peak_index) for peak in digest.peaks]
    assert ["8.00", "mark", "HIFU on"] in texts_of(review, "eventsDock")
    for words in (digest.info.session_id, "900", "0,0,720,520", "45 Hz", "20.0 s", f"{digest.statistics.mean:.2f}"):
        assert words in review.facts.text
    assert "review" in review.windowTitle()


def test_what_a_user_wrote_is_shown_as_it_is_whatever_it_is(open_review: Callable[..., ReviewWindow]) -> None:
    review = open_review(name="<h1>n</h1>" + 60 * "name", note="first <b>line</b>\nsecond" + 300 * "x")
    assert "<h1>n</h1>namename" in review.facts.text
    assert "first <b>line</b>\nsecondxxx" in review.facts.text
    assert review.facts.document().idealWidth() <= review.facts.viewport().width()
    assert len(review.windowTitle()) < 100


def test_what_is_selected_stands_above_what_is_always_there(open_review: Callable[..., ReviewWindow]) -> None:
    review = open_review()
    review.facts.show_selected(Span(1.0, 2.0), review.digest.statistics)
    assert review.facts.text.startswith("selected: 1.00 to 2.00 s")
    assert review.digest.info.session_id in review.facts.text


def test_facts_tell_where_and_by_what_was_measured_and_that_it_is_invented(
    open_review: Callable[..., ReviewWindow],
) -> None:
    review = open_review(detector=DetectorConfig(mode="fixed", threshold=111.5, bridge_s=0.3))
    facts = review.facts.text.split("\n")
    for name, value in (
        ("measured in", "335,235,385,285"), ("mode", "fixed"), ("threshold", "111.5 gray"), ("bridge", "0.3 s")
    ):  # fmt: skip
        place = next(place for place, words in enumerate(facts) if words.strip() == name and value in facts[place + 1])
        assert place > 0
    assert "SIMULATED" in review.facts.text
    assert "SIMULATED" in review.findChild(QLabel, "reviewBadge").text()
    measured = dataclasses.replace(review.digest.info, source="screen")
    review = open_review(info=measured)
    assert "SIMULATED" not in review.facts.text + review.findChild(QLabel, "reviewBadge").text()


def test_of_a_recording_the_facts_tell_from_when_its_clock_counts(open_review: Callable[..., ReviewWindow]) -> None:
    recorded_at = dt.datetime(2020, 2, 29, 23, 59, 59, tzinfo=dt.UTC)
    info = dataclasses.replace(open_review().digest.info, recorded_at=recorded_at, file="old.mkv")
    facts = open_review(info=info).facts.text
    assert "2020-02-29 23:59:59" in facts
    assert f"{info.started_at:%Y-%m-%d %H:%M:%S}" in facts


def test_where_no_emission_was_found_none_is_asked_for(open_review: Callable[..., ReviewWindow]) -> None:
    assert open_review(peaks=()).pictures.title == "No emission was found"


def test_pictures_of_two_moments_are_told_of_with_both_times(open_review: Callable[..., ReviewWindow]) -> None:
    review = open_review()
    peak = review.digest.peaks[0]
    with KeptSession(review.digest.path) as kept:
        pictures = [picture for picture in kept.pictures_of(peak.peak_index) if picture.moment == "before"]
    for apart_s, words in ((0.02, []), (0.18, ["4.18 s"])):
        times = [dataclasses.replace(one, t_s=4.0 if one.small else 4.0 + apart_s) for one in pictures]
        review.pictures.show_peak(peak, times)
        caption = next(label.text() for label in review.pictures.findChildren(QLabel) if "before" in label.text())
        assert "before, 4.00 s" in caption
        assert [each for each in ("4.02 s", "4.18 s") if each in caption] == words


def test_in_a_small_window_the_measured_box_is_twice_as_large_and_nothing_is_cut_off(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow]
) -> None:
    review = open_review()
    review.resize(1280, 720)
    press(qtbot, review, Qt.Key.Key_Right, CONTROL)
    qtbot.waitUntil(lambda: review.pictures.title.startswith("Peak 1"))
    for view in review.pictures.findChildren(MagnifiedView):
        room = view.parentWidget()
        qtbot.waitUntil(lambda view=view: view.height() >= 80)
        qtbot.waitUntil(lambda view=view, room=room: room.rect().contains(view.geometry()))
        assert view.height() >= 2 * view._image.height() or view._image.height() > 50
    assert review.size().toTuple() == (1280, 720)


def test_the_chosen_peak_is_framed_in_the_curve_and_no_other(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow]
) -> None:
    review = open_review()
    press(qtbot, review, Qt.Key.Key_Right, CONTROL)
    framed = framed_columns(review)
    review.curves.choose(None)
    places_s = set(framed) - set(framed_columns(review))
    peak = review.digest.peaks[0]
    assert min(places_s) == pytest.approx(peak.start_s, abs=0.1)
    assert max(places_s) == pytest.approx(peak.end_s, abs=0.1)


def test_a_peak_of_unknown_colour_does_no_harm(open_review: Callable[..., ReviewWindow]) -> None:
    peaks = open_review().digest.peaks
    strange = dataclasses.replace(peaks[0], color="blue")
    review = open_review(peaks=(strange, *peaks[1:]))
    assert len(texts_of(review, "peaksDock")) == len(peaks)


def test_however_much_was_found_only_the_rows_in_view_are_measured(
    open_review: Callable[..., ReviewWindow], kept_demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (peak, *_) = read_digest(kept_demo).peaks
    calls, data = [], RowsModel.data
    monkeypatch.setattr(RowsModel, "data", lambda *arguments: calls.append(None) or data(*arguments))
    open_review(peaks=(peak,) * 1000, rejections=(REJECTION,) * 20_000).grab()
    assert 0 < len(calls) < 15_000


def test_keys_go_from_peak_to_peak_and_show_its_pictures(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow]
) -> None:
    review = open_review()
    assert "Choose a peak" in review.pictures.title
    for index, key in ((1, Qt.Key.Key_Right), (2, Qt.Key.Key_Right), (1, Qt.Key.Key_Left), (1, Qt.Key.Key_Left)):
        press(qtbot, review, key, CONTROL)
        peak = review.digest.peaks[index - 1]
        qtbot.waitUntil(lambda words=f"Peak {index}: ": review.pictures.title.startswith(words))
        assert f"{peak.difference:+.2f}" in review.pictures.title
        assert ("no HEM" in review.pictures.title) == (peak.color == "red")
        begin_s, end_s = in_view_s(review)
        assert begin_s < peak.start_s < peak.end_s < end_s
        assert "no picture was kept" not in " ".join(view._caption.text() for view in review.pictures._moments.values())


def test_a_click_on_a_peak_of_the_curve_goes_to_its_row(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow], curve_mouse: Any
) -> None:
    review = open_review()
    peak = review.digest.peaks[1]
    with qtbot.waitSignal(review.curves.peak_clicked):
        curve_mouse.click(review.curves, (peak.start_s + peak.end_s) / 2)
    assert rows_of(review, "peaksDock").currentIndex().row() == 1
    qtbot.waitUntil(lambda: review.pictures.title.startswith("Peak 2: "))


def test_a_file_that_makes_wait_holds_nothing_up_and_only_the_last_choice_is_shown(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    review = open_review()
    let_go, read, shown = threading.Event(), KeptSession.pictures_of, []

    def read_slowly(kept: KeptSession, peak_index: int) -> tuple[KeptPicture, ...]:
        assert let_go.wait(30)
        return read(kept, peak_index)

    monkeypatch.setattr(KeptSession, "pictures_of", read_slowly)
    monkeypatch.setattr(review.pictures, "show_peak", lambda peak, pictures: shown.append((peak, pictures)))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Right):
        press(qtbot, review, key, CONTROL)
    begin_s, end_s = in_view_s(review)
    second = review.digest.peaks[1]
    assert begin_s < second.start_s < end_s
    let_go.set()
    qtbot.waitUntil(lambda: not review._jobs.are_under_way)
    with KeptSession(review.digest.path) as kept:
        assert shown == [(second, read(kept, second.peak_index))]


def test_a_click_on_a_mark_or_a_rejection_shows_it_in_the_curve(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow]
) -> None:
    review = open_review()
    mark = texts_of(review, "eventsDock").index(["8.00", "mark", "HIFU on"])
    click_row(qtbot, review, "eventsDock", mark)
    begin_s, end_s = in_view_s(review)
    assert begin_s < 8.0 < end_s
    press(qtbot, review, Qt.Key.Key_Home)
    assert in_view_s(review)[1] >= review.digest.length_s


def test_a_dragged_span_tells_its_statistics_and_is_cut_with_a_key(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow], curve_mouse: Any
) -> None:
    review = open_review()
    press(qtbot, review, Qt.Key.Key_C)
    assert "Drag" in review.banner.text
    with qtbot.waitSignal(review.curves.span_selected):
        curve_mouse.drag(review.curves, 4.0, 12.0, SHIFT)
    span = review.curves.span
    assert span is not None
    with KeptSession(review.digest.path, span) as part:
        mean = part.statistics().mean
    qtbot.waitUntil(lambda: "selected" in review.facts.text)
    assert f"{mean:.2f}" in review.facts.text
    with qtbot.waitSignal(review.cut_requested) as cut:
        press(qtbot, review, Qt.Key.Key_C)
    assert cut.args == [span]
    assert review.banner.text == ""


def test_a_cut_keeps_its_true_times_and_shows_nothing_else(open_review: Callable[..., ReviewWindow]) -> None:
    whole = open_review()
    review = open_review(Span(7.5, 13.0))
    inside = [peak for peak in whole.digest.peaks if peak.start_s >= 7.5 and peak.end_s <= 13.0]
    assert inside
    assert list(review.digest.peaks) == inside
    assert texts_of(review, "eventsDock") == [["8.00", "mark", "HIFU on"]]
    assert (review.curves._curve.first_s, review.curves._curve.last_s) == pytest.approx((7.5, 13.0), abs=0.05)
    assert "cut" in review.windowTitle()
    assert "cut: 7.50 to 13.00 s" in review.facts.text


def run_what_if(qtbot: QtBot, review: ReviewWindow) -> None:
    press(qtbot, review, Qt.Key.Key_I, CONTROL)
    qtbot.waitUntil(review.what_if_panel.isVisible)
    run = next(button for button in review.what_if_panel.findChildren(QPushButton) if button.text() == "R&un")
    qtbot.mouseClick(run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not review._jobs.are_under_way)


@pytest.mark.parametrize("span", [None, Span(2.0, 15.0)])
def test_the_same_parameters_find_the_same_peaks_and_both_are_drawn(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow], span: Span | None
) -> None:
    review = open_review(span)
    run_what_if(qtbot, review)
    assert [peak.start_frame for peak in review.curves.preview] == [peak.start_frame for peak in review.digest.peaks]
    assert {row[0] for row in texts_of(review, "whatIfDock")} == {"both"}


def test_when_the_detection_has_run_it_can_be_run_again_whatever_else_goes_on(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow]
) -> None:
    review = open_review()
    let_go = threading.Event()
    review._jobs.begin(lambda: let_go.wait(30), lambda _: None, lambda _: None)
    press(qtbot, review, Qt.Key.Key_I, CONTROL)
    qtbot.waitUntil(review.what_if_panel.isVisible)
    run = next(button for button in review.what_if_panel.findChildren(QPushButton) if button.text() == "R&un")
    qtbot.mouseClick(run, Qt.MouseButton.LeftButton)
    assert not run.isEnabled()
    qtbot.waitUntil(run.isEnabled)
    assert review._jobs.are_under_way
    let_go.set()


def test_other_parameters_are_listed_beside_the_old_ones_and_change_nothing(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow]
) -> None:
    review = open_review()
    before = review.digest.path.read_bytes()
    press(qtbot, review, Qt.Key.Key_I, CONTROL)
    mode = next(box for box in review.what_if_panel.findChildren(QComboBox) if box.isVisible())
    mode.setFocus()
    qtbot.keyClick(mode, Qt.Key.Key_Down)
    threshold = next(box for box in review.what_if_panel.findChildren(QDoubleSpinBox) if box.isEnabled())
    threshold.setFocus()
    threshold.selectAll()
    qtbot.keyClicks(threshold, "250")
    qtbot.keyClick(threshold, Qt.Key.Key_Return)
    run_what_if(qtbot, review)
    assert review.curves.preview == ()
    assert {row[0] for row in texts_of(review, "whatIfDock")} == {"session only"}
    assert review.digest.path.read_bytes() == before


def test_pictures_that_are_gone_are_told_and_the_review_goes_on(
    qtbot: QtBot, open_review: Callable[..., ReviewWindow]
) -> None:
    review = open_review()
    delete_session(review.digest.path)
    press(qtbot, review, Qt.Key.Key_Right, CONTROL)
    qtbot.waitUntil(lambda: review.digest.path.name in review.banner.text)
    begin_s, end_s = in_view_s(review)
    assert begin_s < review.digest.peaks[0].start_s < end_s


@pytest.mark.parametrize(
    ("known", "words"), [(True, "5"), (False, "not measured: 5 have no sample, dropped or in a pause")]
)
def test_ticks_that_only_may_have_been_dropped_are_not_called_so(
    open_review: Callable[..., ReviewWindow], words: str, *, known: bool
) -> None:
    cells = [cell.strip() for cell in open_review(dropped_ticks=5, knows_dropped_ticks=known).facts.text.splitlines()]
    assert cells[cells.index("dropped ticks") + 1] == words
