"""What the parts of a tick and of a redraw cost, as ratios to a reference in the same run.

Run it on a quiet machine: `xvfb-run -s "-screen 0 1920x1080x24" python tests/benchmarks/speed.py`
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
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
from nhem_qt.detection import Peak
from nhem_qt.frame import Frame, SourceKind, gray_value
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Measurement, Monitor, Regions, RoiMode, Sample, Status, Tick
from nhem_qt.session import (
    History,
    LongCurve,
    Overview,
    SessionInfo,
    SessionStore,
    open_long_curve,
    sample_cells,
)
from nhem_qt.ui.curves import CurvesView
from nhem_qt.ui.image_view import ImageView

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE = Roi(100, 100, 1200, 600)
LONG, RATE_HZ = 1_300_000, 45.0


class Line(NamedTuple):
    """One row of the table."""

    name: str
    work: Callable[[], object]
    reference: str
    reference_work: Callable[[], object]
    repeats: int = 60


def medians_us(line: Line) -> tuple[float, float]:
    """Return the median durations of a line's work and of its reference, in microseconds.

    They take turns, so that whatever else the machine does slows down both.
    """
    pairs = [(duration_us(line.work), duration_us(line.reference_work)) for _ in range(line.repeats)]
    return statistics.median(us for us, _ in pairs), statistics.median(us for _, us in pairs)


def duration_us(work: Callable[[], object]) -> float:
    """Return how long `work` takes once, in microseconds."""
    start = time.perf_counter()
    work()
    return 1e6 * (time.perf_counter() - start)


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
        Line("repaint of the picture", view.repaint, "QLabel, smooth", smooth),
    ]


def curve_lines(folder: Path) -> list[Line]:
    """Looking at eight hours, against looking at a session of 10,000 samples."""
    path, short, running = kept_session(folder), Running(10_000), Running(LONG)
    long = open_long_curve(path)
    views = {
        "following": (redraws(running.curve, following(running)), redraws(short.curve, following(short))),
        "whole session": (redraws(long, whole), redraws(short.curve, whole)),
        "20 s in the middle": (redraws(long, part_at(LONG / 90)), redraws(short.curve, part_at(100.0))),
        "scrolling": (redraws(long, scrolling()), redraws(short.curve, scrolling())),
    }
    lines = [Line(f"1.3 million, {view}", long, "10,000 samples", short) for view, (long, short) in views.items()]
    return [
        Line(
            "open 1.3 million samples", lambda: open_long_curve(path), "count and sum", lambda: count_and_sum(path), 5
        ),
        *lines,
        Line("add 1000 to the overview", adds(Overview()), "to the ring", adds(History(10_000, 100))),
    ]


class Running:
    """A session of some length that can go on."""

    def __init__(self, count: int) -> None:
        self.ring, self.overview = History(10_000, 100), Overview()
        self.curve = LongCurve(self.overview, RATE_HZ, self.ring)
        for _ in range(count):
            self.go_on()

    def go_on(self) -> None:
        """Take one sample more."""
        sample = _sample(self.overview.count)
        self.ring.add(sample)
        self.overview.add(sample)


def kept_session(folder: Path) -> Path:
    """Return the file of a long session."""
    info = SessionInfo("long", dt.datetime.now().astimezone(), "demo", "dual", "0,0,60,60", RATE_HZ)
    store = SessionStore(folder, info)
    store.close()
    cells = (sample_cells(_sample(index)) for index in range(LONG))
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.executemany(f"INSERT INTO sample VALUES ({', '.join('?' * 13)})", cells)  # noqa: S608
    return store.path


def count_and_sum(path: Path) -> None:
    """Read every sample once."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT count(*), sum(gray) FROM sample").fetchone()


def redraws(curve: LongCurve, move: Callable[[CurvesView], None]) -> Callable[[], None]:
    """Return a redraw of a curve after each `move`, with an emission every minute."""
    view = CurvesView()
    view.resize(1400, 300)
    show(view)
    view.show_curve(curve)
    view.set_peaks(tuple(_peak(number) for number in range(1, int(curve.last_s / 60) + 1)))

    def redraw() -> None:
        move(view)
        view.refresh()
        view._plot.viewport().repaint()

    return redraw


def following(running: Running) -> Callable[[CurvesView], None]:
    """Let a session go on."""
    return lambda _view: running.go_on()


def whole(view: CurvesView) -> None:
    """Bring all into view."""
    view.show_all()


def part_at(begin_s: float) -> Callable[[CurvesView], None]:
    """Bring 20 s into view."""
    return lambda view: view.show_span(begin_s, begin_s + 20)


def scrolling() -> Callable[[CurvesView], None]:
    """Bring 20 s into view, a second later each time."""
    begins_s = itertools.cycle(range(100, 170))

    def move(view: CurvesView) -> None:
        begin_s = next(begins_s)
        view.show_span(begin_s, begin_s + 20)

    return move


def adds(target: Overview | History) -> Callable[[], None]:
    """Return the taking of a thousand samples."""
    samples = iter([_sample(index) for index in range(100_000)])

    def add() -> None:
        for sample in itertools.islice(samples, 1000):
            target.add(sample)

    return add


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
        us, reference_us = medians_us(line)
        print(f"{line.name:32s}{us:10.0f}   {line.reference:18s}{reference_us:10.0f}{us / reference_us:8.2f}")


def _box(roi: Roi) -> tuple[int, int, int, int]:
    return roi.x1, roi.y1, roi.x2, roi.y2


def _sample(index: int) -> Sample:
    gray = 100 + 10 * ((index * 7919) % 100) / 100
    measured = Measurement(index, index / RATE_HZ, gray, None, SourceKind.DEMO, Status.SUCCESS)
    return Sample(measured, 100.0, 106.0, in_peak_region=False, peak_signal=None, peak=None, rejection=None)


def _peak(number: int) -> Peak:
    start_s, color = 60.0 * number, "green" if number % 2 else "red"
    return Peak(
        number, color, 0.9, 0, 1, 0, 2, start_s, start_s + 0.7, 0.7, 100, 106, 130, 100, 104, 4, 2.1, "adaptive"
    )


if __name__ == "__main__":
    app = QApplication([])
    print(f"{os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        print_table([*gray_lines(), *tick_lines(), *draw_lines(), *curve_lines(Path(folder))])
