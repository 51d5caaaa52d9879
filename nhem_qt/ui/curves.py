"""The curves: gray value, baseline, threshold, and the emissions found in them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nhem_qt.session import Curve, Span, thinned
from nhem_qt.ui import palette
from nhem_qt.ui.curve_box import CurveBox
from nhem_qt.ui.curve_items import CourteousAxis, CourteousLine
from nhem_qt.ui.curve_marks import MarkFlags, SpanShade
from nhem_qt.ui.peak_spans import PeakSpans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    from nhem_qt.detection import Peak
    from nhem_qt.session import LongCurve, Mark

_SIDES = ("bottom", "left")
_FOLLOWED_S = 20.0
_MAX_POINTS = 1000
_GRAY_STEP = 10.0
_GRID = QColor("#2a3139")
_TICK_FONT_PX = 15
_LEAST_HEIGHT_PX = 190

# How far the view may go.
_LEAST_RANGE_S = 0.1
_MARGIN_S = 5.0
_MARGIN_SHARE = 0.02
_GRAY_LIMITS = (-30.0, 290.0)
_LEAST_GRAY_RANGE = 0.5


class CurvesView(QWidget):
    """Draws a LongCurve: the newest seconds unless the user has zoomed or dragged, or any other part of the session.

    `refresh` is called at the rate of the window and costs the same however long the session is. `give_way` is called
    before each piece of that work, and of the painting that follows: nothing of it is urgent.
    """

    follow_changed = Signal(bool)
    peak_clicked = Signal(object)
    span_selected = Signal(object)
    """A span was dragged with Shift."""

    def __init__(self, parent: QWidget | None = None, give_way: Callable[[], None] = lambda: None) -> None:
        super().__init__(parent)
        self._give_way = give_way
        self._curve: LongCurve | None = None
        self._drawn_count = -1
        self._has_moved = False
        self._follows = True
        self._span: Span | None = None
        self._pointer: QPointF | None = None
        self._is_read = True
        self._box = CurveBox()
        axes = {side: CourteousAxis(side, give_way) for side in _SIDES}
        self._plot = pg.PlotWidget(viewBox=self._box, background=palette.BACKGROUND, axisItems=axes)
        self._gray = self._add_line(palette.TEXT)
        self._baseline = self._add_line(palette.ACCENT)
        self._threshold = self._add_line(palette.AMBER, Qt.PenStyle.DashLine)
        self._simulated = self._add_line(palette.MUTED, Qt.PenStyle.DotLine)
        self._is_simulated = False
        self._peaks = PeakSpans(self._box)
        self._preview = PeakSpans(self._box, preview=True)
        self._marks = MarkFlags(self._box)
        self._shade = SpanShade(self._box)
        self._legend = QLabel(self._legend_text(), self)
        self._read_out = QLabel(self)
        self._read_out.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._nothing = QLabel(self.tr("Nothing is measured yet"), self)
        self._lay_out()
        self._connect()

    @property
    def follows(self) -> bool:
        """Whether the newest samples are kept in view."""
        return self._follows

    @property
    def span(self) -> Span | None:
        """The span that is selected."""
        return self._span

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """The peaks that are drawn, in time order."""
        return self._peaks.peaks

    @property
    def preview(self) -> tuple[Peak, ...]:
        """The peaks that are outlined, in time order."""
        return self._preview.peaks

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that are drawn, in time order."""
        return self._marks.marks

    def show_curve(self, curve: LongCurve | None) -> None:
        """Draw this curve from now on, without peaks and marks at first; None draws nothing."""
        self._curve = curve
        self.set_peaks(())
        self.set_marks(())
        self.show_preview(())
        self.clear_span()
        for line in (self._gray, self._baseline, self._threshold):
            line.setData([], [])
        self._show_simulated(Curve.empty())
        self._nothing.show()
        self._is_read = False
        self.set_follows(True)
        self._move()
        self.refresh()

    def set_peaks(self, peaks: tuple[Peak, ...]) -> None:
        """Draw these peaks: all of the session, for the user may look at any part of it."""
        self._peaks.show(peaks)

    def choose(self, peak: Peak | None) -> None:
        """Frame this peak; None frames none."""
        self._peaks.choose(peak)

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Draw these marks."""
        self._marks.show_marks(marks)

    def show_preview(self, peaks: tuple[Peak, ...]) -> None:
        """Outline what other parameters would have found; an empty tuple outlines nothing."""
        self._preview.show(peaks)

    def set_follows(self, follows: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Keep the newest samples in view, or stay where the user looks."""
        if follows:
            self._box.fits_height = True
        if follows != self._follows:
            self._follows = follows
            self._move()
            self.follow_changed.emit(follows)

    def show_all(self) -> None:
        """Bring the whole session into view."""
        if self._curve is not None:
            self.show_span(self._curve.first_s, self._curve.last_s)

    def show_span(self, begin_s: float, end_s: float) -> None:
        """Bring this part of the session into view, in s since it started, and stay there."""
        self.set_follows(False)
        self._box.fits_height = True
        self._limit_range()
        margin_s = _MARGIN_SHARE * (end_s - begin_s) / 2
        self._box.setXRange(begin_s - margin_s, max(end_s + margin_s, begin_s + _LEAST_RANGE_S), padding=0)
        self._move()
        self.refresh()

    def clear_span(self) -> None:
        """Select nothing."""
        self._box.abandon_span()
        self._set_span(None)

    def refresh(self) -> None:
        """Draw what has come since the last time, and read out what is under the pointer."""
        curve = self._curve
        if curve is not None and curve.count != self._drawn_count:
            self._draw_newest(curve)
            self._is_read = False
        if not self._is_read:
            self._read_out.setText(self._words_under_pointer())
            self._is_read = True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the selected span away with Escape."""
        if event.key() == Qt.Key.Key_Escape and self._span is not None:
            self.clear_span()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Read out nothing any more."""
        self._pointer, self._is_read = None, False
        super().leaveEvent(event)

    def _on_view_range_changed_manually(self, *_: Any) -> None:
        self.set_follows(False)

    def _on_box_x_range_changed(self, *_: Any) -> None:
        self._move()

    def _on_box_span_changing(self, begin_s: float, end_s: float) -> None:
        """Shade what of the session is dragged over; nothing moves meanwhile."""
        self.set_follows(False)
        curve = self._curve
        if curve is not None and begin_s < curve.last_s and end_s > curve.first_s:
            self._set_span(Span(max(begin_s, curve.first_s), min(end_s, curve.last_s)))
        else:
            self._set_span(None)

    def _on_box_span_changed(self, begin_s: float, end_s: float) -> None:
        self._on_box_span_changing(begin_s, end_s)
        if self._span is not None:
            self.span_selected.emit(self._span)

    def _on_scene_mouse_clicked(self, event: Any) -> None:
        is_plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.button() != Qt.MouseButton.LeftButton or not is_plain or not self._is_in_box(event.scenePos()):
            return
        self.clear_span()
        peak = self._peaks.peak_at(self._box.mapSceneToView(event.scenePos()).x())
        if peak is not None:
            self.peak_clicked.emit(peak)

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        self._pointer, self._is_read = position, False

    def _is_in_box(self, scene_position: QPointF) -> bool:
        return bool(self._box.sceneBoundingRect().contains(scene_position))

    def _connect(self) -> None:
        self._box.sigRangeChangedManually.connect(self._on_view_range_changed_manually)
        self._box.sigXRangeChanged.connect(self._on_box_x_range_changed)
        self._box.span_changing.connect(self._on_box_span_changing)
        self._box.span_changed.connect(self._on_box_span_changed)
        scene = self._plot.scene()
        scene.sigMouseClicked.connect(self._on_scene_mouse_clicked)
        scene.sigMouseMoved.connect(self._on_scene_mouse_moved)

    def _lay_out(self) -> None:
        item = self._plot.getPlotItem()
        # Seconds at any length, as in the tables: never kiloseconds.
        item.setLabel("bottom", self.tr("time since start, s"))
        item.setLabel("left", self.tr("gray value"))
        item.showGrid(x=True, y=True, alpha=1.0)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setRange(xRange=(0, _FOLLOWED_S), yRange=(80, 140), padding=0)
        item.disableAutoRange()
        self._box.setLimits(
            minXRange=_LEAST_RANGE_S, minYRange=_LEAST_GRAY_RANGE, yMin=_GRAY_LIMITS[0], yMax=_GRAY_LIMITS[1]
        )
        for side in _SIDES:
            axis = item.getAxis(side)
            axis.enableAutoSIPrefix(enable=False)
            # Grid lines for the minor ticks too would treble the cost of a redraw.
            axis.setStyle(maxTickLevel=0)
            axis.setTickFont(self._tick_font())
            axis.setTextPen(palette.TEXT)
            # Under all else, for to blend the grid over it would cost as much as all lines together.
            axis.setTickPen(_GRID)
            axis.setZValue(self._box.zValue() - 1)
        self._lay_out_words()

    def _lay_out_words(self) -> None:
        self._nothing.setObjectName("caption")
        self._nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        QVBoxLayout(self._plot).addWidget(self._nothing, alignment=Qt.AlignmentFlag.AlignCenter)
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
            (palette.MUTED, "\N{MIDDLE DOT} \N{MIDDLE DOT} \N{MIDDLE DOT}", self.tr("SIMULATED, NOT MEASURED")),
        )
        return "&nbsp;&nbsp;&nbsp;".join(
            f'<b style="color: {colour.name()}">{dash}</b>&nbsp;{name}'
            for colour, dash, name in lines[: 4 if self._is_simulated else 3]
        )

    def _add_line(self, colour: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> CourteousLine:
        # A pen wider than one pixel costs three times as much to draw.
        line = CourteousLine(pg.mkPen(colour, width=1, style=style), self._give_way)
        self._plot.addItem(line)
        return line

    def _move(self) -> None:
        """Draw anew at the next occasion, for something else is in view."""
        self._drawn_count = -1
        self._has_moved = True

    def _limit_range(self) -> None:
        """Let the view go no farther than a little beyond the session, which may be growing."""
        first_s, last_s = (self._curve.first_s, self._curve.last_s) if self._curve else (0.0, 0.0)
        length_s = max(last_s - first_s, _FOLLOWED_S)
        # By leaps, since every change of a limit is felt by the whole plot.
        margin_s = max(_MARGIN_S, _MARGIN_SHARE * 2 ** math.ceil(math.log2(length_s)))
        end_s = first_s + margin_s * math.ceil(length_s / margin_s + 1)
        self._box.setLimits(xMin=first_s - margin_s, xMax=end_s)

    def _draw_newest(self, curve: LongCurve) -> None:
        count = curve.count
        self._limit_range()
        if self._follows:
            end_s = max(curve.last_s, _FOLLOWED_S)
            self._box.setXRange(end_s - _FOLLOWED_S, end_s, padding=0)
        self._drawn_count = count
        self._draw(curve)
        self._nothing.setHidden(count > 0)
        self._give_way()
        # pyqtgraph would move the lines amid the paint, so that each time all is painted once more after it.
        self._plot.scene().prepareForPaint()

    def _draw(self, curve: LongCurve) -> None:
        begin_s, end_s = self._box.viewRange()[0]
        part = curve.part(begin_s, end_s)
        if len(part.t_s) > _MAX_POINTS:
            part = thinned(part, 2 * (end_s - begin_s) / _MAX_POINTS)
        # Where nothing was measured, the detector holds them: that is no statement on a picture.
        measured = np.isfinite(part.gray)
        levels = (np.where(measured, level, np.nan) for level in (part.baseline, part.threshold))
        for line, values in zip((self._gray, self._baseline, self._threshold), (part.gray, *levels), strict=True):
            self._give_way()
            line.setData(part.t_s, values)
        self._give_way()
        simulated = curve.simulated(begin_s, end_s)
        self._show_simulated(simulated)
        if self._box.fits_height and (self._follows or self._has_moved):
            self._fit_height(part, simulated)
        self._has_moved = False

    def _show_simulated(self, simulated: Curve) -> None:
        """Draw what was invented in its own way, and say so; mostly there is nothing."""
        step = 1 + len(simulated.t_s) // _MAX_POINTS
        is_there = len(simulated.t_s) > 0
        if is_there or self._is_simulated:
            self._simulated.setData(simulated.t_s[::step], simulated.gray[::step])
        if is_there != self._is_simulated:
            self._is_simulated = is_there
            self._legend.setText(self._legend_text())

    def _fit_height(self, *parts: Curve) -> None:
        wanted = _gray_range(parts)
        if wanted is not None and list(wanted) != self._box.viewRange()[1]:
            self._box.setYRange(*wanted, padding=0)

    def _set_span(self, span: Span | None) -> None:
        self._span = span
        self._shade.show_span(span)

    def _words_under_pointer(self) -> str:
        if self._curve is None or self._pointer is None or not self._is_in_box(self._pointer):
            return ""
        near = self._curve.at(self._box.mapSceneToView(self._pointer).x())
        return "" if near is None else self._words_of(near)

    def _words_of(self, near: Curve) -> str:
        """Say what was measured; of what cannot be read the lowest and the highest gray value."""
        grays = self.tr(" to ").join(dict.fromkeys(map(_number, near.gray)))
        values = (_number(near.t_s[0]), grays, _number(near.baseline[0]), _number(near.threshold[0]))
        return self.tr("t {0} s   gray {1}   baseline {2}   threshold {3}").format(*values)


def _gray_range(curves: Iterable[Curve]) -> tuple[float, float] | None:
    """Return whole tens around all that is drawn: the axis then changes rarely. None if there is nothing."""
    values = np.concatenate([column for curve in curves for column in (curve.gray, curve.threshold)])
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    return _GRAY_STEP * (math.floor(low / _GRAY_STEP) - 1), _GRAY_STEP * (math.ceil(high / _GRAY_STEP) + 1)


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "\N{EM DASH}"
