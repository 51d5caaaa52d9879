"""Table, readout and banner say what is so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QToolButton, QWidget

from nhem_qt.detection import Peak, Reason, Rejection
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Measurement, Sample, Status
from nhem_qt.ui import palette
from nhem_qt.ui.app import dress
from nhem_qt.ui.banner import Banner, Level
from nhem_qt.ui.curves import CurvesView
from nhem_qt.ui.peaks_table import peak_columns, rejection_columns
from nhem_qt.ui.readout import MagnifiedView, Readout
from nhem_qt.ui.rows_table import RowsModel, RowsTable
from nhem_qt.ui.window_parts import central_area

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def peak(index: int, color: str, difference: float) -> Peak:
    return Peak(
        peak_index=index, color=color, confidence=0.83, start_frame=0, end_frame=1, peak_frame=0, decided_frame=2,
        start_s=3.25, end_s=3.85, duration_s=0.6, baseline=100.0, threshold=106.0, peak_gray=131.26,
        pre_mean=100.04, post_mean=104.0, difference=difference, difference_threshold=2.1, mode="adaptive",
    )  # fmt: skip


def words(readout: Readout) -> str:
    return " ".join(label.text() for label in readout.findChildren(QLabel))


def test_a_row_tells_the_verdict_in_word_shape_and_colour(qtbot: QtBot) -> None:
    model = RowsModel(peak_columns(str))
    table = RowsTable(model)
    qtbot.addWidget(table)
    model.append(peak(1, "green", 3.96))
    model.append(peak(2, "red", -0.5))
    shown = [[model.index(row, column).data() for column in range(model.columnCount())] for row in range(2)]
    assert shown[0] == ["1", "\u25b2 HEM", "+3.96", "83 %", "3.25", "0.60", "100.0", "104.0", "131.3"]
    assert shown[1][1:3] == ["\u25cf no HEM", "-0.50"]
    colours = [model.index(row, 1).data(Qt.ItemDataRole.ForegroundRole).name() for row in range(2)]
    assert colours == [palette.GREEN.name(), palette.RED.name()]


def test_a_rejected_candidate_is_listed_with_its_reason(qtbot: QtBot) -> None:
    model = RowsModel(rejection_columns(str))
    qtbot.addWidget(RowsTable(model))
    model.append(Rejection(Reason.TOO_LONG, 10, 90, 1.0, 3.5, 2.5, 1.5))
    assert [model.index(0, column).data() for column in range(5)] == ["too long", "1.00", "2.50", "2.5", "1.5"]


def test_the_newest_peak_is_kept_in_view(qtbot: QtBot) -> None:
    model = RowsModel(peak_columns(str))
    table = RowsTable(model)
    qtbot.addWidget(table)
    table.resize(400, 150)
    table.show()
    qtbot.waitExposed(table)
    for index in range(1, 60):
        model.append(peak(index, "red", 0.0))
    assert table.rowAt(table.viewport().height() - 2) == 58


@pytest.mark.parametrize(("gray", "source"), [(None, SourceKind.SCREEN), (123.4, SourceKind.SIMULATED)])
def test_nothing_measured_is_a_dash_and_never_a_number(qtbot: QtBot, gray: float | None, source: SourceKind) -> None:
    readout = Readout()
    qtbot.addWidget(readout)
    assert "no peak yet" in words(readout)
    failed = Measurement(1, 0.1, gray, None, source, Status.FAILED)
    readout.show_sample(Sample(failed, None, None, in_peak_region=False, peak_signal=None, peak=None, rejection=None))
    assert readout._gray.text() == "\u2014"
    assert "baseline \u2014" in words(readout)


def test_the_readout_tells_the_last_verdict_and_counts_both(qtbot: QtBot) -> None:
    readout = Readout()
    qtbot.addWidget(readout)
    readout.show_peaks((peak(1, "green", 3.96), peak(2, "green", 4.0), peak(3, "red", 0.31)))
    assert readout._verdict.text() == "\u25cf no HEM  +0.31"
    assert "HEM</span> 2" in readout._counts.text()
    assert "no HEM</span> 1" in readout._counts.text()


def test_the_enlarged_box_shows_the_measured_pixels(qtbot: QtBot) -> None:
    readout = Readout()
    qtbot.addWidget(readout)
    pixels = np.zeros((50, 50, 4), np.uint8)
    pixels[:, 25:] = (10, 20, 200, 255)
    readout.show_small_roi(Frame(pixels, Roi(335, 235, 385, 285), 0.0, SourceKind.DEMO))
    view = readout.findChild(MagnifiedView)
    readout.show()
    qtbot.waitExposed(readout)
    image = view.grab().toImage()
    side = min(view.width(), view.height())
    assert image.pixelColor(side // 4, side // 2).name() == "#000000"
    assert image.pixelColor(3 * side // 4, side // 2).name() == "#c8140a"
    assert "335, 235" in words(readout)


@pytest.mark.parametrize("size", [(1280, 720), (3840, 2160)])
def test_the_enlarged_box_is_twice_as_large_at_least_and_the_readout_grows_with_the_window(
    qtbot: QtBot, size: tuple[int, int]
) -> None:
    dress(QApplication.instance())
    window, readout, curves = QMainWindow(), Readout(), CurvesView()
    qtbot.addWidget(window)
    window.setCentralWidget(central_area(Banner(), QWidget(), readout, curves))
    window.resize(*size)
    window.show()
    qtbot.waitExposed(window)
    view = readout.findChild(MagnifiedView)
    assert min(view.width(), view.height()) >= 100
    assert window.size().toTuple() == size
    is_high = size[1] > 1600
    assert (readout.width() > 400) == is_high
    assert (readout._verdict.fontInfo().pixelSize() > 30) == is_high


def test_the_readout_is_small_again_in_a_low_window(qtbot: QtBot) -> None:
    dress(QApplication.instance())
    readout = Readout()
    qtbot.addWidget(readout)
    readout.show()
    sizes = []
    for height in (700, 1700, 700):
        readout.resize(readout.width(), height)
        sizes.append(readout._gray.fontInfo().pixelSize())
    assert sizes[0] == sizes[2] < sizes[1]


def test_a_message_with_markup_is_shown_letter_by_letter(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.tell("<b>name</b>", Level.NOTICE)
    label = next(label for label in banner.findChildren(QLabel) if "name" in label.text())
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_an_error_is_not_replaced_by_a_notice(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.tell("broken", Level.ERROR)
    banner.tell("by the way", Level.NOTICE)
    assert "broken" in banner.text
    qtbot.mouseClick(banner.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert banner.text == ""
    banner.tell("by the way", Level.NOTICE)
    assert "by the way" in banner.text


def test_a_lasting_condition_is_told_once_and_taken_back_when_it_is_over(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.warn_while("cover", "in the way")
    assert "in the way" in banner.text
    qtbot.mouseClick(banner.findChild(QToolButton), Qt.MouseButton.LeftButton)
    banner.warn_while("cover", "in the way")
    assert banner.text == ""
    banner.warn_while("cover", None)
    banner.warn_while("cover", "in the way again")
    assert "in the way again" in banner.text
    banner.warn_while("cover", None)
    assert banner.text == ""


def test_what_lasts_stays_beside_what_is_told_later(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.warn_while("cover", "in the way")
    banner.tell("by the way", Level.NOTICE)
    assert [line.split("  ")[1] for line in banner.text.splitlines()] == ["by the way", "in the way"]
    banner.take_back()
    assert banner.text.endswith("in the way")
    banner.tell("broken", Level.ERROR)
    assert banner.property("level") == "error"
    banner.warn_while("cover", None)
    assert banner.text.endswith("broken")


def test_every_level_has_a_shape_of_its_own(qtbot: QtBot) -> None:
    shapes = set()
    for level in Level:
        banner = Banner()
        qtbot.addWidget(banner)
        banner.tell("text", level)
        shapes.add(banner.text[0])
    assert len(shapes) == len(Level)
