"""What a curve is drawn on: a PNG or an SVG, both with the same coordinates."""

from __future__ import annotations

import bisect
import contextlib
import io
import itertools
import math
from html import escape
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from PIL import Image, ImageDraw, ImageFont

from nhem_qt.session.words import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Point: TypeAlias = tuple[float, float]
Anchor: TypeAlias = Literal["start", "middle", "end"]

# A PNG is drawn twice as large and then reduced: that smooths the lines.
_REDUCTION = 2
_DASH_PX, _GAP_PX = 7.0, 5.0

_PILLOW_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
# Common fonts are wider than the one that Pillow brings by so much.
_ROOM = 1.15
# The font that Pillow brings ends here; then fonts follow that have more, where the system has one of them.
_LAST_OF_OWN_FONT = "\N{LATIN SMALL LETTER LONG S}"
_WIDER_FONTS = ("wqy-microhei.ttc", "NotoSansCJK-Regular.ttc", "msyh.ttc", "PingFang.ttc", "DejaVuSans.ttf")


class Canvas(Protocol):
    """A sheet of `width` x `height` px to draw on; y grows downwards, colours are #rrggbb."""

    def line(self, points: Sequence[Point], colour: str, width: float, *, dashed: bool = False) -> None:
        """Draw a line through the points; only a line of two points can be dashed."""

    def rectangle(self, corner: Point, opposite: Point, fill: str) -> None:
        """Fill a rectangle."""

    def polygon(self, points: Sequence[Point], fill: str) -> None:
        """Fill a polygon."""

    def circle(self, centre: Point, radius: float, fill: str) -> None:
        """Fill a circle."""

    def text(self, place: Point, words: str, colour: str, size_px: int, anchor: Anchor = "start") -> None:
        """Write one line; `place` lies on its base line, at its `anchor`."""

    def part(self, kind: str, words: str) -> contextlib.AbstractContextManager[None]:
        """Draw what belongs together, such as a peak; the words tell what it is, where the format can hold them."""


class Fonts:
    """The fonts of one drawing, by size."""

    def __init__(self) -> None:
        self._own: dict[int, ImageFont.FreeTypeFont | ImageFont.ImageFont] = {}
        self._wider: dict[int, ImageFont.FreeTypeFont | ImageFont.ImageFont] = {}

    def of(self, words: str, size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        """Return a font that has all letters, if there is one."""
        if max(words, default=" ") <= _LAST_OF_OWN_FONT:
            return self._own.setdefault(size_px, ImageFont.load_default(size_px))
        return self._wider.setdefault(size_px, _wider_font(size_px))

    def width(self, words: str, size_px: int) -> float:
        """Return the room that a line needs in px, whatever font an SVG is shown with."""
        return _ROOM * self.of(words, size_px).getlength(words)

    def shortened(self, words: str, size_px: int, limit_px: float) -> str:
        """Return as much as fits, with dots where something was left out."""
        # No letter is narrower than a pixel: of a whole book only the beginning is looked at.
        words = words[: max(0, int(limit_px)) + 1]
        if self.width(words, size_px) <= limit_px:
            return words
        fitting = bisect.bisect_right(
            range(1, len(words)), limit_px, key=lambda length: self.width(f"{words[:length]}...", size_px)
        )
        return f"{words[:fitting].rstrip()}..." if fitting else ""


class PngCanvas:
    """Draws pixels."""

    def __init__(self, width: int, height: int, background: str) -> None:
        self._image = Image.new("RGB", (width * _REDUCTION, height * _REDUCTION), background)
        self._draw = ImageDraw.Draw(self._image)
        self._fonts = Fonts()

    def line(self, points: Sequence[Point], colour: str, width: float, *, dashed: bool = False) -> None:
        """Draw a line through the points; only a line of two points can be dashed."""
        for run in _dashes(points[0], points[1]) if dashed else (points,):
            self._draw.line(_larger(run), colour, round(width * _REDUCTION), joint="curve")

    def rectangle(self, corner: Point, opposite: Point, fill: str) -> None:
        """Fill a rectangle."""
        self._draw.rectangle(_larger((corner, opposite)), fill)

    def polygon(self, points: Sequence[Point], fill: str) -> None:
        """Fill a polygon."""
        self._draw.polygon(_larger(points), fill)

    def circle(self, centre: Point, radius: float, fill: str) -> None:
        """Fill a circle."""
        (x, y), reach = centre, radius
        self._draw.ellipse(_larger(((x - reach, y - reach), (x + reach, y + reach))), fill)

    def text(self, place: Point, words: str, colour: str, size_px: int, anchor: Anchor = "start") -> None:
        """Write one line; `place` lies on its base line, at its `anchor`."""
        font = self._fonts.of(words, size_px * _REDUCTION)
        self._draw.text(_larger((place,))[0], words, colour, font, _PILLOW_ANCHORS[anchor])

    def part(self, kind: str, words: str) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002 - pixels hold none
        """Draw what belongs together."""
        return contextlib.nullcontext()

    def png(self) -> bytes:
        """Return what was drawn as a file."""
        buffer = io.BytesIO()
        self._image.reduce(_REDUCTION).save(buffer, "png")
        return buffer.getvalue()


class SvgCanvas:
    """Writes an SVG 1.1 without scripts, links and fonts of its own."""

    def __init__(self, width: int, height: int, background: str) -> None:
        self._size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        self._elements: list[str] = []
        self.rectangle((0, 0), (width, height), background)

    def line(self, points: Sequence[Point], colour: str, width: float, *, dashed: bool = False) -> None:
        """Draw a line through the points; only a line of two points can be dashed."""
        dashes = f' stroke-dasharray="{_DASH_PX:g} {_GAP_PX:g}"' if dashed else ""
        look = f'fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linejoin="round"{dashes}'
        self._elements.append(f'<polyline points="{_points(points)}" {look}/>')

    def rectangle(self, corner: Point, opposite: Point, fill: str) -> None:
        """Fill a rectangle."""
        (left, top), (right, bottom) = corner, opposite
        size = f'width="{_number(right - left)}" height="{_number(bottom - top)}"'
        self._elements.append(f'<rect x="{_number(left)}" y="{_number(top)}" {size} fill="{fill}"/>')

    def polygon(self, points: Sequence[Point], fill: str) -> None:
        """Fill a polygon."""
        self._elements.append(f'<polygon points="{_points(points)}" fill="{fill}"/>')

    def circle(self, centre: Point, radius: float, fill: str) -> None:
        """Fill a circle."""
        x, y = map(_number, centre)
        self._elements.append(f'<circle cx="{x}" cy="{y}" r="{_number(radius)}" fill="{fill}"/>')

    def text(self, place: Point, words: str, colour: str, size_px: int, anchor: Anchor = "start") -> None:
        """Write one line; `place` lies on its base line, at its `anchor`."""
        x, y = map(_number, place)
        look = f'fill="{colour}" font-size="{size_px}" text-anchor="{anchor}"'
        self._elements.append(f'<text x="{x}" y="{y}" {look}>{_escaped(words)}</text>')

    @contextlib.contextmanager
    def part(self, kind: str, words: str) -> Iterator[None]:
        """Put what is drawn inside into a group that tells what it is."""
        self._elements.append(f'<g class="{kind}"><title>{_escaped(words)}</title>')
        yield
        self._elements.append("</g>")

    def svg(self) -> str:
        """Return what was drawn as a file."""
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {self._size} font-family="sans-serif">'
        return "\n".join([head, *self._elements, "</svg>\n"])


def _wider_font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in _WIDER_FONTS:
        with contextlib.suppress(OSError):
            return ImageFont.truetype(name, size_px)
    return ImageFont.load_default(size_px)


def _larger(points: Sequence[Point]) -> list[Point]:
    return [(x * _REDUCTION, y * _REDUCTION) for x, y in points]


def _dashes(begin: Point, end: Point) -> Iterator[tuple[Point, Point]]:
    length = math.dist(begin, end)
    for first in itertools.takewhile(lambda at: at < length, itertools.count(0.0, _DASH_PX + _GAP_PX)):
        yield _between(begin, end, first / length), _between(begin, end, min(first + _DASH_PX, length) / length)


def _between(begin: Point, end: Point, share: float) -> Point:
    return begin[0] + share * (end[0] - begin[0]), begin[1] + share * (end[1] - begin[1])


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _escaped(words: str) -> str:
    return escape(one_line(words))
