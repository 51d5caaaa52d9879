"""The curves: gray value, baseline, threshold, and the emissions found in them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nhem_qt.ui import palette
from nhem_qt.ui.verdict import verdict_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nhem_qt.detection import Peak
    from nhem_qt.session import Curve, History

_FOLLOWED_S = 20.0
_MAX_POINTS = 1000
_GRAY_STEP = 10.0
_REGION_ALPHA = 60
_LABEL_ALPHA = 190
_TICK_FONT_PX = 15
_LEAST_HEIGHT_PX = 190


class CurvesView(QWidget):
    """Draws what a History holds; the newest seconds unless the user has zoomed or dragged.

    `refresh` is called at the rate of the window and costs the same however much is held.
    """

    follow_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history: History | None = None
        self._drawn_count = -1
        self._follows = True
        self._regions: dict[int, _PeakRegion] = {}
        self._preview: list[_PeakRegion] = []
        self._plot = pg.PlotWidget(background=palette.BACKGROUND)
        self._gray = self._add_line(palette.TEXT)
        self._baseline = self._add_line(palette.ACCENT)
        self._threshold = self._add_line(palette.AMBER, Qt.PenStyle.DashLine)
        self._legend = QLabel(self._legend_text(), self)
        self._read_out = QLabel(self)
        self._read_out.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._lay_out()
        self._hover = pg.SignalProxy(self._plot.scene().sigMouseMoved, rateLimit=30, slot=self._on_scene_mouse_moved)

    @property
    def follows(self) -> bool:
        """Whether the newest samples are kept in view."""
        return self._follows

    @property
    def peak_regions(self) -> tuple[int, ...]:
        """Indices of the peaks that are drawn."""
        return tuple(self._regions)

    def show_history(self, history: History | None) -> None:
        """Draw this history from now on; None draws nothing."""
        self._history = history
        self._drawn_count = -1
        for region in self._regions.values():
            region.remove_from(self._plot)
        self._regions.clear()
        self.show_preview(())
        for line in (self._gray, self._baseline, self._threshold):
            line.clear()
        self.set_follows(True)
        self.refresh()

    def show_preview(self, peaks: tuple[Peak, ...]) -> None:
        """Outline what other parameters would have found; an empty tuple outlines nothing."""
        for region in self._preview:
            region.remove_from(self._plot)
        self._preview = [_PeakRegion(peak, self._plot, preview=True) for peak in peaks]
        self._place_labels()

    @property
    def preview_count(self) -> int:
        """How many peaks are outlined."""
        return len(self._preview)

    def set_follows(self, follows: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Keep the newest samples in view, or stay where the user looks."""
        if follows != self._follows:
            self._follows = follows
            self._drawn_count = -1
            self.follow_changed.emit(follows)

    def refresh(self) -> None:
        """Draw what has come since the last time."""
        history = self._history
        if history is None or history.count == self._drawn_count:
            return
        self._drawn_count = history.count
        curve = history.since(self._first_visible_s(history))
        self._draw(curve)
        self._draw_peaks(history.peaks)
        if self._follows and len(curve.t_s):
            self._follow(curve)

    def _on_view_range_changed_manually(self, *_: Any) -> None:
        self.set_follows(False)
        self._drawn_count = -1

    def _on_scene_mouse_moved(self, event: tuple[QPointF]) -> None:
        view = self._plot.getPlotItem().vb
        if self._history is None or not view.sceneBoundingRect().contains(event[0]):
            self._read_out.clear()
            return
        self._read_out.setText(self._words_at(view.mapSceneToView(event[0]).x(), self._history))

    def _lay_out(self) -> None:
        item = self._plot.getPlotItem()
        item.setLabel("bottom", self.tr("time since start"), units="s")
        item.setLabel("left", self.tr("gray value"))
        item.showGrid(x=True, y=True, alpha=0.15)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setRange(xRange=(0, _FOLLOWED_S), yRange=(80, 140), padding=0)
        item.disableAutoRange()
        item.vb.sigRangeChangedManually.connect(self._on_view_range_changed_manually)
        for side in ("bottom", "left"):
            # Grid lines for the minor ticks too would treble the cost of a redraw.
            item.getAxis(side).setStyle(maxTickLevel=0)
            item.getAxis(side).setTickFont(self._tick_font())
            item.getAxis(side).setTextPen(palette.TEXT)
        words = QHBoxLayout()
        words.setContentsMargins(12, 2, 12, 2)
        words.addWidget(self._legend)
        words.addWidget(self._read_out, stretch=1)
        self.setMinimumHeight(_LEAST_HEIGHT_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(words)
        column.addWidget(self._plot, stretch=1)

    def _tick_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(_TICK_FONT_PX)
        return font

    def _legend_text(self) -> str:
        lines = (
            (palette.TEXT, "\N{EM DASH}", self.tr("gray value")),
            (palette.ACCENT, "\N{EM DASH}", self.tr("baseline")),
            (palette.AMBER, "- -", self.tr("threshold")),
        )
        return "&nbsp;&nbsp;&nbsp;".join(
            f'<b style="color: {colour.name()}">{dash}</b>&nbsp;{name}' for colour, dash, name in lines
        )

    def _add_line(self, colour: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> pg.PlotDataItem:
        # A pen wider than one pixel costs three times as much to draw.
        line = pg.PlotDataItem(pen=pg.mkPen(colour, width=1, style=style), connect="finite")
        self._plot.addItem(line)
        return line

    def _first_visible_s(self, history: History) -> float:
        if not self._follows:
            return float(self._plot.getPlotItem().vb.viewRange()[0][0])
        last = history.last
        return last.measurement.t_s - _FOLLOWED_S if last else 0.0

    def _draw(self, curve: Curve) -> None:
        picks = _picks(curve.gray)
        t_s = curve.t_s[picks]
        self._gray.setData(t_s, curve.gray[picks])
        self._baseline.setData(t_s, curve.baseline[picks])
        self._threshold.setData(t_s, curve.threshold[picks])

    def _follow(self, curve: Curve) -> None:
        view = self._plot.getPlotItem().vb
        end_s = max(float(curve.t_s[-1]), _FOLLOWED_S)
        view.setXRange(end_s - _FOLLOWED_S, end_s, padding=0)
        wanted = _gray_range(curve)
        if wanted is not None and list(wanted) != view.viewRange()[1]:
            view.setYRange(*wanted, padding=0)

    def _draw_peaks(self, peaks: tuple[Peak, ...]) -> None:
        wanted = {peak.peak_index: peak for peak in peaks}
        for index in self._regions.keys() - wanted.keys():
            self._regions.pop(index).remove_from(self._plot)
        for index in wanted.keys() - self._regions.keys():
            self._regions[index] = _PeakRegion(wanted[index], self._plot)
        self._place_labels()

    def _place_labels(self) -> None:
        bottom, top = self._plot.getPlotItem().vb.viewRange()[1]
        for region in self._regions.values():
            region.put_label_at(top)
        for region in self._preview:
            region.put_label_at(bottom)

    def _words_at(self, t_s: float, history: History) -> str:
        """Say what was measured at `t_s`."""
        curve = history.since(t_s)
        if not len(curve.t_s):
            return ""
        values = (curve.t_s[0], curve.gray[0], curve.baseline[0], curve.threshold[0])
        time, gray, baseline, threshold = (_number(float(value)) for value in values)
        return self.tr("t {0} s   gray {1}   baseline {2}   threshold {3}").format(time, gray, baseline, threshold)


class _PeakRegion:
    """The shaded span of one peak with its verdict in words; of a preview only the outline, and words below."""

    def __init__(self, peak: Peak, plot: pg.PlotWidget, *, preview: bool = False) -> None:
        verdict = verdict_of(peak.color)
        shade = QColor(verdict.colour)
        shade.setAlpha(0 if preview else _REGION_ALPHA)
        span = (peak.start_s, peak.end_s)
        style = Qt.PenStyle.DotLine if preview else Qt.PenStyle.SolidLine
        pen = pg.mkPen(verdict.colour, width=1, style=style)
        self._span = pg.LinearRegionItem(span, movable=False, brush=shade, pen=pen)
        self._span.setZValue(-10)
        text = f"{verdict}\n{peak.difference:+z.2f}" + ("?" if preview else "")
        ground = QColor(palette.BACKGROUND)
        ground.setAlpha(_LABEL_ALPHA)
        self._label = pg.TextItem(text, color=verdict.colour, anchor=(0, 1 if preview else 0), fill=ground)
        self._start_s = peak.start_s
        self._top: float | None = None
        for item in (self._span, self._label):
            plot.addItem(item, ignoreBounds=True)

    def put_label_at(self, top: float) -> None:
        """Write the verdict at the upper edge of the view."""
        if top != self._top:
            self._top = top
            self._label.setPos(self._start_s, top)

    def remove_from(self, plot: pg.PlotWidget) -> None:
        """Take the peak off the plot."""
        for item in (self._span, self._label):
            plot.removeItem(item)


def _picks(gray: NDArray[np.float64]) -> NDArray[np.intp] | slice:
    """Return which of many samples to draw: of every stretch the lowest and the highest, so that no peak is lost."""
    stretch = math.ceil(2 * len(gray) / _MAX_POINTS)
    if stretch <= 2:  # noqa: PLR2004 - two of two samples are all of them
        return slice(None)
    whole = len(gray) // stretch * stretch
    rows = np.nan_to_num(gray[:whole], nan=0.0).reshape(-1, stretch)
    starts = np.arange(0, whole, stretch)
    return np.sort(np.concatenate((starts + rows.argmin(axis=1), starts + rows.argmax(axis=1))))


def _gray_range(curve: Curve) -> tuple[float, float] | None:
    """Return whole tens around all that is drawn: the axis then changes rarely. None if there is nothing."""
    values = np.concatenate((curve.gray, curve.threshold))
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    return _GRAY_STEP * (math.floor(low / _GRAY_STEP) - 1), _GRAY_STEP * (math.ceil(high / _GRAY_STEP) + 1)


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "\N{EM DASH}"
