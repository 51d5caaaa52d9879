"""How a kept session is spoken of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhem_qt.session import SessionState

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from nhem_qt.session import KeptSummary

_MINUTE_S = 60
_HOUR_S = 3600


def date_words(started_at: dt.datetime) -> str:
    """Return a date and time as the clock showed it there, to the second."""
    return f"{started_at:%Y-%m-%d %H:%M:%S}"


def length_words(length_s: float, tr: Callable[[str], str]) -> str:
    """Return a length in the two largest units that it has."""
    seconds = round(length_s)
    if seconds < _MINUTE_S:
        return tr("{0:.1f} s").format(min(length_s, _MINUTE_S - 0.1))
    if seconds < _HOUR_S:
        return tr("{0} min {1} s").format(*divmod(seconds, _MINUTE_S))
    return tr("{0} h {1} min").format(*divmod(seconds // _MINUTE_S, 60))


def content_words(summary: KeptSummary, tr: Callable[[str], str]) -> str:
    """Return how long a session is and what was found in it."""
    length = length_words(summary.length_s, tr)
    return tr("{0}, {1} green, {2} red").format(length, summary.green, summary.red)


def state_word(state: SessionState, tr: Callable[[str], str]) -> str:
    """Return how a session came to its end."""
    return {
        SessionState.FINISHED: tr("finished"),
        SessionState.RUNNING: tr("running"),
        SessionState.INTERRUPTED: tr("interrupted"),
        SessionState.DAMAGED: tr("damaged"),
    }[state]
