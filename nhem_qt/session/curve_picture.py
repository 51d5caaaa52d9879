"""The curve of a session as PNG and as SVG, drawn without a window."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nhem_qt.frame import SourceKind
from nhem_qt.session.curve_canvas import Canvas, Fonts, PngCanvas, SvgCanvas, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nhem_qt.detection import Peak
    from nhem_qt.session.archive import Stretch
    from nhem_qt.session.info import Mark, SessionInfo

_WIDTH, _HEIGHT = 1600, 700
_LEFT, _TOP, _RIGHT, _BOTTOM = 75.0, 148.0, 1570.0, 635.0

CURVE_COLUMNS = round(_RIGHT - _LEFT)
"""As many stretches of a curve can be told apart."""

_TITLE_PX, _WORD_PX, _NOTE_PX = 22, 16, 14
_TITLE_Y, _SUBTITLE_Y = 36.0, 60.0
_SHAPE_PX, _SHAPE_Y = 10.0, _TOP - 11
_WORD_ROWS, _ROW_PX = 3, 19
_FLAG_PX, _FLAG_Y = 12.0, _BOTTOM - 15
_LEAST_NOTE_PX = 40.0
_TICKS = 8
_STEPS = (1, 2, 5, 10)
# Longer curves are labelled in hours and minutes.
_LONG_S = 600.0
_LONG_STEPS_S = (120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)

# A longer pause between two samples is left open in the line.
_GAP_S = 0.5
_GAP_SAMPLES = 2.5

_INVENTED = (SourceKind.DEMO, SourceKind.SINE, SourceKind.SIMULATED)


class Tint(NamedTuple):
    """The colours of a verdict: of its line and letters, and of its span."""

    line: str
    shade: str


@dataclass(frozen=True, slots=True)
class CurveLook:
    """The colours of a drawing."""

    background: str
    grid: str
    text: str
    muted: str
    warning: str
    baseline: str
    threshold: str
    mark: str
    green: Tint
    red: Tint


DARK = CurveLook(
    background="#14171a",
    grid="#2a3139",
    text="#e6e9ec",
    muted="#9aa4ad",
    warning="#e3b341",
    baseline="#4cc2ff",
    threshold="#e3b341",
    mark="#d2a8ff",
    green=Tint("#3fb950", "#1d3f27"),
    red=Tint("#f85149", "#4f2424"),
)
"""Like the window."""

LIGHT = CurveLook(
    background="#ffffff",
    grid="#e1e4e8",
    text="#16191d",
    muted="#57606a",
    warning="#8a5a00",
    baseline="#0969da",
    threshold="#a86d00",
    mark="#7a3fc4",
    green=Tint("#1a7f37", "#d3f0da"),
    red=Tint("#c5221f", "#fbdad7"),
)
"""For paper."""


@dataclass(frozen=True, slots=True)
class CurveSheet:
    """What is drawn: `stretches` and peaks in time order, under the title."""

    info: SessionInfo
    title: str
    stretches: Sequence[Stretch]
    peaks: Sequence[Peak]
    marks: Sequence[Mark] = ()


def curve_png(sheet: CurveSheet, look: CurveLook = DARK) -> bytes:
    """Return the drawing as PNG, 1600 x 700 px."""
    canvas = PngCanvas(_WIDTH, _HEIGHT, look.background)
    _Drawing(sheet, look, canvas).draw()
    return canvas.png()


def curve_svg(sheet: CurveSheet, look: CurveLook = DARK) -> str:
    """Return the drawing as SVG: a group of class `peak` for every peak, of class `mark` for every mark."""
    canvas = SvgCanvas(_WIDTH, _HEIGHT, look.background)
    _Drawing(sheet, look, canvas).draw()
    return canvas.svg()


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a time in s and a gray value lie in the picture."""

    first_s: float
    last_s: float
    low: float
    high: float

    @classmethod
    def over(cls, sheet: CurveSheet) -> _Scale:
        """Take in all that is drawn, with a margin and room for flags; something sensible if there is nothing."""
        values = [value for one in sheet.stretches for value in one[2:] if value is not None] or [0.0, 255.0]
        height = max(values) - min(values)
        margin = max(1.0, height / 20)
        below = max(2.0, height / 10) if sheet.marks else margin
        times = [t_s for one in sheet.stretches for t_s in one[:2]] + [mark.t_s for mark in sheet.marks] or [0.0, 1.0]
        return cls(min(times), max(*times, min(times) + 0.1), min(values) - below, max(values) + margin)

    def x(self, t_s: float) -> float:
        """Return the column of a moment, the nearest one of a moment outside."""
        share = (t_s - self.first_s) / (self.last_s - self.first_s)
        return _LEFT + min(max(share, 0.0), 1.0) * (_RIGHT - _LEFT)

    def y(self, gray: float) -> float:
        return _BOTTOM - (gray - self.low) / (self.high - self.low) * (_BOTTOM - _TOP)


class _Drawing:
    """Draws gray value, baseline and threshold over time, with the span and the verdict of every peak, and the marks.

    A column shows the lowest and the highest value of its time, so that no peak is too short to be seen.
    """

    def __init__(self, sheet: CurveSheet, look: CurveLook, canvas: Canvas) -> None:
        self._sheet = sheet
        self._look = look
        self._canvas = canvas
        self._scale = _Scale.over(sheet)
        self._fonts = Fonts()

    def draw(self) -> None:
        """Draw all, from the back to the front."""
        self._draw_spans()
        self._draw_axes()
        self._draw_curves()
        self._draw_verdicts()
        self._draw_marks()
        self._draw_title()
        self._draw_legend()

    def _draw_spans(self) -> None:
        for peak in self._sheet.peaks:
            tint, left, right = self._tint(peak), self._scale.x(peak.start_s), self._scale.x(peak.end_s)
            right = max(right, left + 1)
            with self._canvas.part("peak", _told(peak)):
                self._canvas.rectangle((left, _TOP), (right, _BOTTOM), tint.shade)
                self._canvas.line(((left, _TOP), (right, _TOP)), tint.line, 3)

    def _draw_axes(self) -> None:
        canvas, scale, look = self._canvas, self._scale, self._look
        for t_s, label in _time_ticks(scale.first_s, scale.last_s):
            canvas.line(((scale.x(t_s), _TOP), (scale.x(t_s), _BOTTOM + 5)), look.grid, 1)
            canvas.text((scale.x(t_s), _BOTTOM + 22), label, look.muted, _WORD_PX, "middle")
        for gray, label in _ticks(scale.low, scale.high):
            canvas.line(((_LEFT - 5, scale.y(gray)), (_RIGHT, scale.y(gray))), look.grid, 1)
            canvas.text((_LEFT - 11, scale.y(gray) + 5), label, look.muted, _WORD_PX, "end")
        canvas.line(((_LEFT, _TOP), (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)), look.muted, 1.5)
        unit = "h:min" if scale.last_s - scale.first_s > _LONG_S else "s"
        words = f"time since the session started, {unit}"
        canvas.text(((_LEFT + _RIGHT) / 2, _HEIGHT - 14), words, look.muted, _WORD_PX, "middle")
        canvas.text((_LEFT - 11, _TOP - 14), "gray", look.muted, _WORD_PX, "end")

    def _draw_curves(self) -> None:
        scale, look = self._scale, self._look
        stretches = self._sheet.stretches
        for run in _runs(stretches, max(_GAP_S, _GAP_SAMPLES / self._sheet.info.rate_hz)):
            grays = [(scale.x(one.middle_s), gray) for one in run for gray in (one.low, one.high)]
            self._draw_line(grays, look.text, 1.2)
            self._draw_line([(scale.x(one.middle_s), one.baseline) for one in run], look.baseline, 2)
            self._draw_line([(scale.x(one.middle_s), one.threshold) for one in run], look.threshold, 2)
        if not any(one.low is not None for one in stretches):
            middle = ((_LEFT + _RIGHT) / 2, (_TOP + _BOTTOM) / 2)
            self._canvas.text(middle, "nothing was measured", look.muted, _TITLE_PX, "middle")

    def _draw_line(self, values: Iterable[tuple[float, float | None]], colour: str, width: float) -> None:
        points = [(x, self._scale.y(gray)) for x, gray in values if gray is not None]
        if points:
            # A line of one point would not be seen.
            self._canvas.line([*points, (points[-1][0] + 0.5, points[-1][1])], colour, width)

    def _draw_verdicts(self) -> None:
        """Draw a shape over every span, and its word where there is room."""
        ends = [0.0] * _WORD_ROWS
        for peak in self._sheet.peaks:
            middle = (self._scale.x(peak.start_s) + self._scale.x(peak.end_s)) / 2
            self._draw_shape(peak.color, middle, _SHAPE_Y)
            half = self._fonts.width(verdict_word(peak.color), _WORD_PX) / 2
            row = next((row for row in range(_WORD_ROWS) if ends[row] < middle - half), None)
            if row is not None:
                ends[row] = middle + half + _SHAPE_PX
                place = (middle, _SHAPE_Y - 13 - row * _ROW_PX)
                self._canvas.text(place, verdict_word(peak.color), self._tint(peak).line, _WORD_PX, "middle")

    def _draw_shape(self, color: str, x: float, y: float) -> None:
        half = _SHAPE_PX / 2
        if color == "green":
            corners = ((x - half, y + half), (x, y - half), (x + half, y + half))
            self._canvas.polygon(corners, self._look.green.line)
        else:
            self._canvas.circle((x, y), half, self._look.red.line)

    def _draw_marks(self) -> None:
        """Draw a dashed line with a flag for every mark, and its note where there is room."""
        marks = sorted(self._sheet.marks, key=lambda mark: mark.t_s)
        columns = [self._scale.x(mark.t_s) for mark in marks]
        taken = _LEFT
        for mark, x, limit in zip(marks, columns, [*columns[1:], _RIGHT], strict=False):
            note = one_line(mark.note)
            with self._canvas.part("mark", f"mark at {mark.t_s:.2f} s {note}"):
                self._canvas.line(((x, _TOP), (x, _BOTTOM)), self._look.mark, 1.5, dashed=True)
                self._draw_flag(x)
                taken = self._draw_note(note, x, taken, limit)

    def _draw_flag(self, x: float) -> None:
        corners = ((x, _FLAG_Y - _FLAG_PX / 2), (x + _FLAG_PX, _FLAG_Y), (x, _FLAG_Y + _FLAG_PX / 2))
        self._canvas.polygon(corners, self._look.mark)

    def _draw_note(self, note: str, x: float, taken: float, limit: float) -> float:
        """Write a note on that side of its flag where there is room; returns the column up to which all is taken."""
        right, left = limit - x - _FLAG_PX - 8, x - taken - 8
        wanted = self._fonts.width(note, _NOTE_PX)
        to_the_left = right < wanted and left > right
        words = self._fonts.shortened(note, _NOTE_PX, left if to_the_left else right)
        width = self._fonts.width(words, _NOTE_PX)
        if wanted and width < min(wanted, _LEAST_NOTE_PX):
            return x + _FLAG_PX
        place = (x - 4, _FLAG_Y + 5) if to_the_left else (x + _FLAG_PX + 4, _FLAG_Y + 5)
        if words:
            self._canvas.text(place, words, self._look.mark, _NOTE_PX, "end" if to_the_left else "start")
        return x + _FLAG_PX if to_the_left else place[0] + width

    def _draw_title(self) -> None:
        info, peaks, look = self._sheet.info, self._sheet.peaks, self._look
        limit = _RIGHT - _LEFT - 500
        title = self._fonts.shortened(one_line(self._sheet.title), _TITLE_PX, limit)
        self._canvas.text((_LEFT, _TITLE_Y), title, look.text, _TITLE_PX)
        green = sum(peak.color == "green" for peak in peaks)
        began = f"began {info.started_at:%Y-%m-%d %H:%M:%S %z}"
        parts = (began, f"source: {info.source}", f"{green} green (HEM)", f"{len(peaks) - green} red (no HEM)")
        self._canvas.text((_LEFT, _SUBTITLE_Y), " \N{MIDDLE DOT} ".join(parts), look.muted, _WORD_PX)
        if is_invented(info):
            words = f"{info.source.upper()}: SIMULATED, NO MEASUREMENT"
            self._canvas.text((_RIGHT, _SUBTITLE_Y), words, look.warning, _WORD_PX, "end")

    def _draw_legend(self) -> None:
        look = self._look
        right, y = _RIGHT, _TITLE_Y - 6
        lines = (("threshold", look.threshold), ("baseline", look.baseline), ("gray value", look.text))
        for word, colour in (("mark", look.mark), *lines) if self._sheet.marks else lines:
            self._canvas.text((right, y + 5), word, colour, _WORD_PX, "end")
            right -= self._fonts.width(word, _WORD_PX) + 10
            self._canvas.line(((right - 30, y), (right, y)), colour, 3, dashed=word == "mark")
            right -= 30 + 24

    def _tint(self, peak: Peak) -> Tint:
        return self._look.green if peak.color == "green" else self._look.red


def verdict_word(color: str) -> str:
    """Return what the colour of a peak, green or red, says."""
    return "HEM" if color == "green" else "no HEM"


def is_invented(info: SessionInfo) -> bool:
    """Whether what a session shows was made up by the program, for tests and demonstrations."""
    return info.source in _INVENTED


def _told(peak: Peak) -> str:
    span = f"{peak.start_s:.2f} s to {peak.end_s:.2f} s"
    return f"peak {peak.peak_index}: {verdict_word(peak.color)}, {span}, difference {peak.difference:+z.2f}"


def _runs(stretches: Iterable[Stretch], gap_s: float) -> list[list[Stretch]]:
    """Split where nothing was measured, so that no line is drawn over it."""
    runs: list[list[Stretch]] = [[]]
    for one in stretches:
        if one.low is None or (runs[-1] and one.first_s - runs[-1][-1].last_s > gap_s):
            runs.append([])
        if one.low is not None:
            runs[-1].append(one)
    return runs


def _time_ticks(first_s: float, last_s: float) -> Iterator[tuple[float, str]]:
    """Yield round moments with their labels."""
    if last_s - first_s <= _LONG_S:
        yield from _ticks(first_s, last_s)
        return
    rough = (last_s - first_s) / _TICKS
    step = next((step for step in _LONG_STEPS_S if step >= rough), math.ceil(rough / 86400) * 86400)
    for t_s in range(math.ceil(first_s / step) * step, math.floor(last_s) + 1, step):
        yield t_s, f"{t_s // 3600}:{t_s // 60 % 60:02d}"


def _ticks(low: float, high: float) -> Iterator[tuple[float, str]]:
    """Yield round numbers between low and high, about eight, with their labels."""
    rough = (high - low) / _TICKS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(step * magnitude for step in _STEPS if step * magnitude >= rough)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    for number in itertools.takewhile(lambda number: number * step <= high, itertools.count(math.ceil(low / step))):
        yield number * step, f"{number * step:z.{decimals}f}"
