"""Words about a session that stand in drawings and reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nhem_qt.frame import SourceKind

if TYPE_CHECKING:
    from nhem_qt.session.info import SessionInfo, Span

_INVENTED = (SourceKind.DEMO, SourceKind.SINE, SourceKind.SIMULATED)

# What no XML may hold, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def session_title(info: SessionInfo, name: str, span: Span | None = None) -> str:
    """Return what a session, or a span of it, is called."""
    whole = f"{name} ({info.session_id})" if name else info.session_id
    return whole if span is None else f"{whole}, {span.begin_s:.2f} s to {span.end_s:.2f} s"


def verdict_word(color: str) -> str:
    """Return what the colour of a peak, green or red, says."""
    return "HEM" if color == "green" else "no HEM"


def is_invented(info: SessionInfo) -> bool:
    """Whether what a session shows was made up by the program, for tests and demonstrations."""
    return info.source in _INVENTED


def one_line(words: str) -> str:
    """Return a user's words so that every format can hold them in one line."""
    return readable(" ".join(words.split()))


def readable(words: str) -> str:
    """Return a user's words without what neither XML nor HTML nor any encoding can hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", words)
