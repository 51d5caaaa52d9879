"""What the parts of a tick and of a redraw cost, as ratios to a reference in the same run.

Run it on a quiet machine: `xvfb-run -s "-screen 0 1920x1080x24" python tests/benchmarks/speed.py`
"""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

import mss
import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from nhem_qt.capture import ScreenSource
from nhem_qt.config import FemConfig
from nhem_qt.frame import Frame, SourceKind, gray_value
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Measurement, Monitor, Regions, RoiMode, Sample, Status, Tick
from nhem_qt.session import History
from nhem_qt.ui.curves import CurvesView
from nhem_qt.ui.image_view import ImageView

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE = Roi(100, 100, 1200, 600)


class Line(NamedTuple):
    """One row of the table."""

    name: str
    work: Callable[[], object]
    reference: str
    reference_work: Callable[[], object]


def median_us(work: Callable[[], object], repeats: int = 60) -> float:
    """Return the median duration of `work`, in microseconds."""
    durations = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return 1e6 * statistics.median(durations)


def pillow_gray(bgra: np.ndarray) -> float:
    """The gray value as Pillow computes it."""
    return float(np.asarray(Image.fromarray(np.ascontiguousarray(bgra[..., 2::-1])).convert("L")).mean())


def gray_lines() -> list[Line]:
    """Measuring pictures."""
    pixels = np.random.default_rng(1).integers(0, 256, (LARGE.height, LARGE.width, 4), dtype=np.uint8)
    small = pixels[225:275, 525:575]
    return [
        Line("gray value, 50x50", lambda: gray_value(small), "Pillow", lambda: pillow_gray(small)),
        Line("gray value, 1100x500", lambda: gray_value(pixels), "Pillow", lambda: pillow_gray(pixels)),
    ]


def tick_lines() -> list[Line]:
    """Ticks on the screen, against the bare grab."""
    source = ScreenSource()
    monitor = Monitor(source, Regions(RoiMode.DUAL, LARGE), FemConfig(), 45.0)
    grabber = mss.MSS()
    small, large = _box(LARGE.centre()), _box(LARGE)
    return [
        Line("tick with small ROI", lambda: monitor.tick(Tick(1, 0.01)), "mss grab", lambda: grabber.grab(small)),
        Line("grab and measure both ROIs", monitor.capture_dual_roi, "mss grab", lambda: grabber.grab(large)),
    ]


def draw_lines() -> list[Line]:
    """Redraws of the window's parts."""
    short, long = curves_over(10_000), curves_over(1_000_000)
    view, label = picture_view(), QLabel()
    label.resize(660, 300)
    show(label)
    label.setPixmap(
        view.grab().scaled(660, 300, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    )
    big = QPixmap(LARGE.width, LARGE.height)
    big.fill(Qt.GlobalColor.gray)

    def smooth() -> None:
        label.setPixmap(big.scaled(660, 300, mode=Qt.TransformationMode.SmoothTransformation))
        label.repaint()

    return [
        Line("redraw of 1,000,000 samples", long, "of 10,000", short),
        Line("repaint of the picture", view.repaint, "QLabel, smooth", smooth),
    ]


def curves_over(count: int) -> Callable[[], None]:
    """Return a redraw of the newest seconds of `count` samples."""
    history = History(count, 100)
    for index in range(count):
        history.add(_sample(index))
    view = CurvesView()
    view.resize(800, 300)
    show(view)
    view.show_history(history)

    def redraw() -> None:
        history.add(_sample(history.count))
        view.refresh()
        view._plot.viewport().repaint()

    return redraw


def picture_view() -> ImageView:
    """Return an image view with a large ROI in it."""
    view = ImageView()
    view.resize(660, 300)
    show(view)
    pixels = np.random.default_rng(1).integers(0, 256, (LARGE.height, LARGE.width, 4), dtype=np.uint8)
    view.show_frame(Frame(pixels, LARGE, 0.0, SourceKind.SCREEN), LARGE.centre())
    return view


def show(widget: QWidget) -> None:
    """Show a widget; nothing is painted before the display has answered."""
    widget.show()
    QTest.qWaitForWindowExposed(widget)


def print_table(lines: list[Line]) -> None:
    """Measure and print."""
    print(f"{'what':32s}{'us':>10s}   {'reference':18s}{'us':>10s}{'ratio':>8s}")
    for line in lines:
        line.work()
        line.reference_work()
        us, reference_us = median_us(line.work), median_us(line.reference_work)
        print(f"{line.name:32s}{us:10.0f}   {line.reference:18s}{reference_us:10.0f}{us / reference_us:8.2f}")


def _box(roi: Roi) -> tuple[int, int, int, int]:
    return roi.x1, roi.y1, roi.x2, roi.y2


def _sample(index: int) -> Sample:
    gray = 100 + 10 * ((index * 7919) % 100) / 100
    measured = Measurement(index, index / 45, gray, None, SourceKind.DEMO, Status.SUCCESS)
    return Sample(measured, 100.0, 106.0, in_peak_region=False, peak_signal=None, peak=None, rejection=None)


if __name__ == "__main__":
    app = QApplication([])
    print(f"{os.cpu_count()} cores")
    print_table([*gray_lines(), *tick_lines(), *draw_lines()])
