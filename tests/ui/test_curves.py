"""The curves show what is held, at a cost that does not grow with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from nhem_qt.detection import Peak
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, Sample, Status
from nhem_qt.session import History
from nhem_qt.ui.curves import CurvesView

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def sample(index: int, gray: float | None, peak: Peak | None = None) -> Sample:
    measurement = Measurement(index, index / 45, gray, None, SourceKind.DEMO, Status.SUCCESS)
    return Sample(measurement, 100.0, 106.0, in_peak_region=False, peak_signal=None, peak=peak, rejection=None)


def peak(index: int, start_s: float, color: str = "green") -> Peak:
    return Peak(
        peak_index=index, color=color, confidence=0.9, start_frame=0, end_frame=1, peak_frame=0, decided_frame=2,
        start_s=start_s, end_s=start_s + 0.7, duration_s=0.7, baseline=100.0, threshold=106.0, peak_gray=130.0,
        pre_mean=100.0, post_mean=104.0, difference=4.0, difference_threshold=2.1, mode="adaptive",
    )  # fmt: skip


def history_of(values: list[float | None], capacity: int = 10_000) -> History:
    history = History(capacity, 100)
    for index, value in enumerate(values):
        history.add(sample(index, value))
    return history


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


def test_what_was_not_measured_is_a_gap_and_no_line(curves: CurvesView) -> None:
    curves.show_history(history_of([100.0, 101.0, None, 102.0]))
    _, gray = drawn(curves)
    np.testing.assert_array_equal(gray, [100.0, 101.0, np.nan, 102.0])
    assert curves._gray.opts["connect"] == "finite"


def test_following_keeps_the_newest_samples_in_view(curves: CurvesView) -> None:
    curves.show_history(history_of([100.0] * 45 * 60))
    low, high = curves._plot.getPlotItem().vb.viewRange()[0]
    assert high == pytest.approx((45 * 60 - 1) / 45)
    assert high - low == pytest.approx(20)


def test_the_drawn_points_are_bounded_and_no_peak_is_lost(curves: CurvesView) -> None:
    values = [100.0] * 9000
    values[4321] = 177.0
    history = history_of(values)
    curves.show_history(history)
    curves.set_follows(False)
    curves._plot.getPlotItem().vb.setXRange(0, 200, padding=0)
    curves.refresh()
    t_s, gray = drawn(curves)
    assert len(t_s) <= 1100
    assert gray.max() == 177.0


def test_every_peak_is_shaded_at_its_place_with_its_verdict_in_words(curves: CurvesView) -> None:
    history = history_of([100.0] * 450)
    history.add(sample(450, 100.0, peak(1, 2.0)))
    history.add(sample(451, 100.0, peak(2, 5.0, "red")))
    curves.show_history(history)
    assert curves.peak_regions == (1, 2)
    green, red = curves._regions.values()
    assert green._span.getRegion() == (2.0, 2.7)
    assert "HEM" in green._label.toPlainText()
    assert "no HEM" in red._label.toPlainText()


def test_a_new_history_takes_the_old_peaks_off(curves: CurvesView) -> None:
    history = history_of([100.0] * 450)
    history.add(sample(450, 100.0, peak(1, 2.0)))
    curves.show_history(history)
    items = len(curves._plot.getPlotItem().items)
    curves.show_history(history_of([100.0] * 10))
    assert curves.peak_regions == ()
    assert len(curves._plot.getPlotItem().items) == items - 2


def test_dragging_the_curve_stops_following(qtbot: QtBot, curves: CurvesView) -> None:
    curves.show_history(history_of([100.0] * 900))
    port = curves._plot.viewport()
    start = QPoint(400, 120)
    with qtbot.waitSignal(curves.follow_changed) as changed:
        qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
        for step in range(1, 8):
            # qtbot.mouseMove carries no pressed button, and the plot wants to see one.
            move(port, start + QPoint(15 * step, 0))
        qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=start + QPoint(105, 0))
    assert changed.args == [False]


def move(port: QWidget, position: QPoint) -> None:
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(position), port.mapToGlobal(QPointF(position)),
        Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(port, event)


def test_hovering_reads_out_what_was_measured_there(qtbot: QtBot, curves: CurvesView) -> None:
    curves.show_history(history_of([100.0 + index / 100 for index in range(900)]))
    view = curves._plot.getPlotItem().vb
    at = curves._plot.mapFromScene(view.mapViewToScene(QPointF(10.0, 105.0)))
    qtbot.mouseMove(curves._plot.viewport(), at)
    qtbot.waitUntil(lambda: curves._read_out.text().startswith(("t 9.9", "t 10.0")))
    t_s, gray = (float(curves._read_out.text().split()[place]) for place in (1, 4))
    assert gray == pytest.approx(100 + t_s * 45 / 100, abs=0.02)
    assert "baseline 100.00" in curves._read_out.text()
