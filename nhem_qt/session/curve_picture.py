"""The curve of a session as PNG and as SVG, drawn without a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.session.curve_canvas import Canvas, Fonts, PngCanvas, SvgCanvas
from nhem_qt.session.curve_look import DARK, LEFT, TOP, CurveLook
from nhem_qt.session.curve_scale import CurveScale, gray_ticks, time_ticks, time_unit
from nhem_qt.session.history import gap_s
from nhem_qt.session.words import is_invented, one_line, verdict_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nhem_qt.detection import Peak
    from nhem_qt.session.curve_condensed import Stretch
    from nhem_qt.session.curve_look import Tint
    from nhem_qt.session.info import Mark, SessionInfo

_TITLE_PX, _WORD_PX, _NOTE_PX = 22, 16, 14
_TITLE_Y, _SUBTITLE_Y = 36.0, 60.0
_LEGEND_PX = 500.0
_SHAPE_PX, _SHAPE_Y = 10.0, TOP - 11
_WORD_ROWS, _ROW_PX = 3, 19
_FLAG_PX, _FLAG_ABOVE_PX = 12.0, 15.0
_LEAST_NOTE_PX = 40.0


@dataclass(frozen=True, slots=True)
class CurveSheet:
    """What is drawn: `stretches` and peaks in time order, under the title."""

    info: SessionInfo
    title: str
    stretches: Sequence[Stretch]
    peaks: Sequence[Peak]
    marks: Sequence[Mark] = ()


def curve_png(sheet: CurveSheet, look: CurveLook = DARK) -> bytes:
    """Return the drawing as PNG."""
    canvas = PngCanvas(look.width, look.height, look.background)
    _Drawing(sheet, look, canvas).draw()
    return canvas.png()


def curve_svg(sheet: CurveSheet, look: CurveLook = DARK) -> str:
    """Return the drawing as SVG: a group of class `peak` for every peak, of class `mark` for every mark."""
    canvas = SvgCanvas(look.width, look.height, look.background)
    _Drawing(sheet, look, canvas).draw()
    return canvas.svg()


class _Drawing:
    """Draws gray value, baseline and threshold over time, with the span and the verdict of every peak, and the marks.

    A column shows the lowest and the highest value of its time, so that no peak is too short to be seen.
    """

    def __init__(self, sheet: CurveSheet, look: CurveLook, canvas: Canvas) -> None:
        self._sheet = sheet
        self._look = look
        self._canvas = canvas
        self._scale = CurveScale.over(sheet.stretches, sheet.marks, look)
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
                self._canvas.rectangle((left, TOP), (right, self._look.bottom), tint.shade)
                self._canvas.line(((left, TOP), (right, TOP)), tint.line, 3)

    def _draw_axes(self) -> None:
        canvas, scale, look = self._canvas, self._scale, self._look
        right, bottom = look.right, look.bottom
        for t_s, label in time_ticks(scale.first_s, scale.last_s):
            canvas.line(((scale.x(t_s), TOP), (scale.x(t_s), bottom + 5)), look.grid, 1)
            canvas.text((scale.x(t_s), bottom + 22), label, look.muted, _WORD_PX, "middle")
        for gray, label in gray_ticks(scale.low, scale.high):
            canvas.line(((LEFT - 5, scale.y(gray)), (right, scale.y(gray))), look.grid, 1)
            canvas.text((LEFT - 11, scale.y(gray) + 5), label, look.muted, _WORD_PX, "end")
        canvas.line(((LEFT, TOP), (LEFT, bottom), (right, bottom)), look.muted, 1.5)
        words = f"time since the session started, {time_unit(scale.first_s, scale.last_s)}"
        canvas.text(((LEFT + right) / 2, look.height - 14), words, look.muted, _WORD_PX, "middle")
        canvas.text((LEFT - 11, TOP - 14), "gray", look.muted, _WORD_PX, "end")

    def _draw_curves(self) -> None:
        scale, look = self._scale, self._look
        stretches = self._sheet.stretches
        for run in _runs(stretches, gap_s(self._sheet.info.rate_hz)):
            grays = [(scale.x(one.middle_s), gray) for one in run for gray in (one.low, one.high)]
            self._draw_line(grays, look.text, 1.2)
            self._draw_line([(scale.x(one.middle_s), one.baseline) for one in run], look.baseline, 2)
            self._draw_line([(scale.x(one.middle_s), one.threshold) for one in run], look.threshold, 2)
        if not any(one.low is not None for one in stretches):
            middle = ((LEFT + look.right) / 2, (TOP + look.bottom) / 2)
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
        look, marks = self._look, sorted(self._sheet.marks, key=lambda mark: mark.t_s)
        columns = [self._scale.x(mark.t_s) for mark in marks]
        taken = LEFT
        for mark, x, limit in zip(marks, columns, [*columns[1:], look.right], strict=False):
            note = one_line(mark.note)
            with self._canvas.part("mark", f"mark at {mark.t_s:.2f} s {note}"):
                self._canvas.line(((x, TOP), (x, look.bottom)), look.mark, 1.5, dashed=True)
                self._draw_flag(x, look.bottom - _FLAG_ABOVE_PX)
                taken = self._draw_note(note, x, taken, limit)

    def _draw_flag(self, x: float, y: float) -> None:
        corners = ((x, y - _FLAG_PX / 2), (x + _FLAG_PX, y), (x, y + _FLAG_PX / 2))
        self._canvas.polygon(corners, self._look.mark)

    def _draw_note(self, note: str, x: float, taken: float, limit: float) -> float:
        """Write a note on that side of its flag where there is room; returns the column up to which all is taken."""
        flag_end = x + _FLAG_PX
        wanted = self._fonts.width(note, _NOTE_PX)
        right, left = limit - flag_end - 8, x - taken - 8
        to_the_left = right < wanted and left > right
        words = self._fonts.shortened(note, _NOTE_PX, left if to_the_left else right)
        width = self._fonts.width(words, _NOTE_PX)
        if width < min(wanted, _LEAST_NOTE_PX) or not words:
            return flag_end
        y = self._look.bottom - _FLAG_ABOVE_PX + 5
        if to_the_left:
            self._canvas.text((x - 4, y), words, self._look.mark, _NOTE_PX, "end")
            return flag_end
        self._canvas.text((flag_end + 4, y), words, self._look.mark, _NOTE_PX)
        return flag_end + 4 + width

    def _draw_title(self) -> None:
        info, peaks, look = self._sheet.info, self._sheet.peaks, self._look
        title = self._fonts.shortened(one_line(self._sheet.title), _TITLE_PX, look.right - LEFT - _LEGEND_PX)
        self._canvas.text((LEFT, _TITLE_Y), title, look.text, _TITLE_PX)
        green = sum(peak.color == "green" for peak in peaks)
        began = f"began {info.started_at:%Y-%m-%d %H:%M:%S %z}"
        parts = (began, f"{green} green (HEM)", f"{len(peaks) - green} red (no HEM)")
        self._canvas.text((LEFT, _SUBTITLE_Y), " \N{MIDDLE DOT} ".join(parts), look.muted, _WORD_PX)
        invented = is_invented(info)
        source = f"{info.source.upper()}: SIMULATED, NO MEASUREMENT" if invented else f"source: {info.source}"
        colour = look.warning if invented else look.muted
        self._canvas.text((look.right, _SUBTITLE_Y), source, colour, _WORD_PX, "end")

    def _draw_legend(self) -> None:
        look = self._look
        right, y = look.right, _TITLE_Y - 6
        lines = (("threshold", look.threshold), ("baseline", look.baseline), ("gray value", look.text))
        for word, colour in (("mark", look.mark), *lines) if self._sheet.marks else lines:
            self._canvas.text((right, y + 5), word, colour, _WORD_PX, "end")
            right -= self._fonts.width(word, _WORD_PX) + 10
            self._canvas.line(((right - 30, y), (right, y)), colour, 3, dashed=word == "mark")
            right -= 30 + 24

    def _tint(self, peak: Peak) -> Tint:
        return self._look.green if peak.color == "green" else self._look.red


def _told(peak: Peak) -> str:
    span = f"{peak.start_s:.2f} s to {peak.end_s:.2f} s"
    return f"peak {peak.peak_index}: {verdict_word(peak.color)}, {span}, difference {peak.difference:+z.2f}"


def _runs(stretches: Iterable[Stretch], longest_s: float) -> list[list[Stretch]]:
    """Split where nothing was measured, so that no line is drawn over it."""
    runs: list[list[Stretch]] = [[]]
    for one in stretches:
        if one.low is None or (runs[-1] and one.first_s - runs[-1][-1].last_s > longest_s):
            runs.append([])
        if one.low is not None:
            runs[-1].append(one)
    return runs
