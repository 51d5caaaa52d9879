"""The few forms of HTML that a report is made of; browsers and Qt's rich text show them alike."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from nhem_qt.session.words import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Larger pictures are compressed with loss, which the eye does not see: a long session has hundreds of them.
_LOSSLESS_PX = 10_000
_JPEG_QUALITY = 88


class Html(str):
    """Text that is HTML already; any other text is escaped where it is put in."""

    __slots__ = ()


class Drawing(NamedTuple):
    """A part of a report that is an SVG."""

    svg: str


class Box(NamedTuple):
    """The size in px within which a picture is shown."""

    width: int
    height: int


def markup(words: object) -> Html:
    """Return what shows these words, lines as lines."""
    if isinstance(words, Html):
        return words
    return Html("<br>".join(escape(readable(line)) for line in str(words).splitlines()))


def element(tag: str, words: object, kind: str = "") -> Html:
    """Return an element of class `kind`."""
    named = f' class="{kind}"' if kind else ""
    return Html(f"<{tag}{named}>{markup(words)}</{tag}>")


def joined(*parts: object) -> Html:
    """Return the parts one after the other."""
    return Html("".join(map(markup, parts)))


def facts(rows: Iterable[tuple[str, object]]) -> Html:
    """Return a table of names and values."""
    lines = (
        f'<tr><th align="left" width="22%">{markup(name)}</th><td>{markup(value)}</td></tr>' for name, value in rows
    )
    return Html(f'<table class="facts" width="100%" cellspacing="0">{"".join(lines)}</table>')


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[int], numbers: str = "") -> Html:
    """Return a table; `widths` in per cent, the columns whose letter in `numbers` is `n` stand to the right."""
    sides = ["right" if letter == "n" else "left" for letter in numbers.ljust(len(heads))]
    top = "".join(
        f'<th align="{side}" width="{width}%">{markup(head)}</th>'
        for head, side, width in zip(heads, sides, widths, strict=True)
    )
    lines = (
        "".join(f'<td align="{side}">{markup(cell)}</td>' for cell, side in zip(row, sides, strict=True))
        for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return Html(f'<table width="100%" cellspacing="0"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')


def box(words: object, kind: str) -> Html:
    """Return words in a frame."""
    return Html(f'<table class="{kind}" width="100%" cellspacing="0"><tr><td>{markup(words)}</td></tr></table>')


def image(raw: bytes, told: str, within: Box) -> Html:
    """Return a picture, given as a file of any kind, as large as it fits; raises OSError if it is no picture."""
    with Image.open(io.BytesIO(raw)) as opened:
        scale = min(within.width / opened.width, within.height / opened.height)
        width, height = max(1, round(opened.width * scale)), max(1, round(opened.height * scale))
        source = _source(raw, opened)
    kind = ' class="exact"' if scale > 1 else ""
    return Html(f'<img{kind} width="{width}" height="{height}" alt="{markup(told)}" src="{source}">')


def _source(raw: bytes, opened: Image.Image) -> str:
    if opened.width * opened.height <= _LOSSLESS_PX:
        return _data("png", raw)
    buffer = io.BytesIO()
    opened.convert("RGB").save(buffer, "jpeg", quality=_JPEG_QUALITY)
    return _data("jpeg", buffer.getvalue())


def _data(kind: str, raw: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(raw).decode('ascii')}"
