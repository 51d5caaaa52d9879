"""The curve of a kept session as a picture, drawn without a window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nhem_qt.detection import Peak
    from nhem_qt.session.archive import KeptSession, Stretch

# All is drawn twice as large and then reduced: that smooths the lines.
_REDUCTION = 2
_WIDTH, _HEIGHT = 3200, 1400
_LEFT, _TOP, _RIGHT, _BOTTOM = 150, 270, _WIDTH - 60, _HEIGHT - 130
_COLUMNS = (_RIGHT - _LEFT) // _REDUCTION

_BACKGROUND = "#14171a"
_GRID = "#2a3139"
_TEXT = "#e6e9ec"
_MUTED = "#9aa4ad"
_BASELINE = "#4cc2ff"
_THRESHOLD = "#e3b341"
# Line and shade of a verdict.
_GREEN = ("#3fb950", "#1d3f27")
_RED = ("#f85149", "#4f2424")

_TITLE_PX, _WORD_PX = 44, 32
_SHAPE_PX = 18
_WORD_ROWS = 3
_TICKS = 8
_STEPS = (1, 2, 5, 10)

# A longer pause between two samples is left open in the line.
_GAP_S = 0.5
_GAP_SAMPLES = 2.5


def curve_picture(kept: KeptSession) -> Image.Image:
    """Draw gray value, baseline and threshold over time, with the span and the verdict of every peak.

    A column of the picture shows the lowest and the highest value of its time, so that no peak is too short to be seen.
    """
    stretches = kept.condensed(_COLUMNS)
    picture = Image.new("RGB", (_WIDTH, _HEIGHT), _BACKGROUND)
    draw = ImageDraw.Draw(picture)
    scale = _Scale.over(stretches)
    peaks = kept.peaks()
    _draw_spans(draw, scale, peaks)
    _draw_axes(draw, scale)
    _draw_curves(draw, scale, stretches, max(_GAP_S, _GAP_SAMPLES / kept.info.rate_hz))
    _draw_verdicts(draw, scale, peaks)
    _draw_title(draw, kept, peaks)
    return picture.reduce(_REDUCTION)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a time in s and a gray value lie in the picture."""

    first_s: float
    last_s: float
    low: float
    high: float

    @classmethod
    def over(cls, stretches: Sequence[Stretch]) -> _Scale:
        """Take in all that is drawn, with a margin; something sensible if there is nothing."""
        values = [value for one in stretches for value in one[2:] if value is not None] or [0.0, 255.0]
        margin = max(1.0, (max(values) - min(values)) / 20)
        first_s, last_s = (stretches[0].first_s, stretches[-1].last_s) if stretches else (0.0, 1.0)
        return cls(first_s, max(last_s, first_s + 0.1), min(values) - margin, max(values) + margin)

    def x(self, t_s: float) -> float:
        return _LEFT + (t_s - self.first_s) / (self.last_s - self.first_s) * (_RIGHT - _LEFT)

    def y(self, gray: float) -> float:
        return _BOTTOM - (gray - self.low) / (self.high - self.low) * (_BOTTOM - _TOP)


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)


def _draw_spans(draw: ImageDraw.ImageDraw, scale: _Scale, peaks: Iterable[Peak]) -> None:
    for peak in peaks:
        line, shade = _look(peak)
        left, right = scale.x(peak.start_s), scale.x(peak.end_s)
        right = max(right, left + _REDUCTION)
        draw.rectangle((left, _TOP, right, _BOTTOM), fill=shade)
        draw.line((left, _TOP, right, _TOP), fill=line, width=6)


def _draw_axes(draw: ImageDraw.ImageDraw, scale: _Scale) -> None:
    font = _font(_WORD_PX)
    for t_s in _ticks(scale.first_s, scale.last_s):
        draw.line((scale.x(t_s), _TOP, scale.x(t_s), _BOTTOM + 10), fill=_GRID, width=2)
        draw.text((scale.x(t_s), _BOTTOM + 18), f"{t_s:g}", _MUTED, font, "ma")
    for gray in _ticks(scale.low, scale.high):
        draw.line((_LEFT - 10, scale.y(gray), _RIGHT, scale.y(gray)), fill=_GRID, width=2)
        draw.text((_LEFT - 22, scale.y(gray)), f"{gray:g}", _MUTED, font, "rm")
    draw.line((_LEFT, _TOP, _LEFT, _BOTTOM, _RIGHT, _BOTTOM), fill=_MUTED, width=3)
    draw.text(((_LEFT + _RIGHT) / 2, _HEIGHT - 20), "time since the session started, s", _MUTED, font, "md")
    draw.text((20, _TOP - 20), "gray", _MUTED, font, "ld")


def _draw_curves(draw: ImageDraw.ImageDraw, scale: _Scale, stretches: Sequence[Stretch], gap_s: float) -> None:
    for run in _runs(stretches, gap_s):
        for name, colour in (("baseline", _BASELINE), ("threshold", _THRESHOLD)):
            levels = [
                (scale.x(one.middle_s), scale.y(value)) for one in run if (value := getattr(one, name)) is not None
            ]
            _draw_line(draw, levels, colour, 4)
        grays = [
            (scale.x(one.middle_s), scale.y(value)) for one in run for value in (one.low, one.high) if value is not None
        ]
        _draw_line(draw, grays, _TEXT, 3)


def _draw_line(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], colour: str, width: int) -> None:
    if points:
        # A line of one point would not be seen.
        draw.line([*points, (points[-1][0] + 1, points[-1][1])], fill=colour, width=width, joint="curve")


def _draw_verdicts(draw: ImageDraw.ImageDraw, scale: _Scale, peaks: Iterable[Peak]) -> None:
    """Draw a shape over every span, and its word where there is room."""
    font = _font(_WORD_PX)
    ends = [0.0] * _WORD_ROWS
    for peak in peaks:
        middle = (scale.x(peak.start_s) + scale.x(peak.end_s)) / 2
        _draw_shape(draw, middle, peak)
        half = font.getlength(_word(peak)) / 2
        row = next((row for row in range(_WORD_ROWS) if ends[row] < middle - half), None)
        if row is not None:
            ends[row] = middle + half + _SHAPE_PX
            draw.text((middle, _TOP - 40 - row * (_WORD_PX + 6)), _word(peak), _look(peak)[0], font, "md")


def _draw_shape(draw: ImageDraw.ImageDraw, middle: float, peak: Peak) -> None:
    left, right, top, bottom = middle - _SHAPE_PX / 2, middle + _SHAPE_PX / 2, _TOP - 12 - _SHAPE_PX, _TOP - 12
    if peak.color == "green":
        draw.polygon(((left, bottom), (middle, top), (right, bottom)), fill=_GREEN[0])
    else:
        draw.ellipse((left, top, right, bottom), fill=_RED[0])


def _draw_title(draw: ImageDraw.ImageDraw, kept: KeptSession, peaks: Sequence[Peak]) -> None:
    green = sum(peak.color == "green" for peak in peaks)
    words = f"{kept.info.session_id}    {green} green (HEM), {len(peaks) - green} red (no HEM)"
    draw.text((_LEFT, 20), words, _TEXT, _font(_TITLE_PX), "la")
    right, font = float(_RIGHT), _font(_WORD_PX)
    for word, colour in (("threshold", _THRESHOLD), ("baseline", _BASELINE), ("gray value", _TEXT)):
        draw.text((right, 26), word, colour, font, "ra")
        right -= font.getlength(word) + 110
        draw.line((right + 30, 44, right + 90, 44), fill=colour, width=6)


def _look(peak: Peak) -> tuple[str, str]:
    return _GREEN if peak.color == "green" else _RED


def _word(peak: Peak) -> str:
    return "HEM" if peak.color == "green" else "no HEM"


def _runs(stretches: Iterable[Stretch], gap_s: float) -> list[list[Stretch]]:
    """Split where nothing was measured, so that no line is drawn over it."""
    runs: list[list[Stretch]] = [[]]
    for one in stretches:
        if one.low is None or (runs[-1] and one.first_s - runs[-1][-1].last_s > gap_s):
            runs.append([])
        if one.low is not None:
            runs[-1].append(one)
    return runs


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers between low and high, about eight."""
    rough = (high - low) / _TICKS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(step * magnitude for step in _STEPS if step * magnitude >= rough)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
