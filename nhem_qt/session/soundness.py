"""What the file of a session may hold: anything else is damage, and is found before it is used."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any

from nhem_qt.detection import Reason
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import CoordinationState, PictureNotice, RoiMode, Status
from nhem_qt.session.info import Moment
from nhem_qt.session.schema import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# No time in s, gray value or frame index comes near it; beyond it there are no dates.
_LARGEST = 1e9
_MOST_HZ = 1e6
_MOST_SHOWN = 100_000
_YEARS = range(1900, 9000)

# Text and bytes are larger than any number.
_NUMBER = f"ifnull([{{0}}] BETWEEN -{_LARGEST} AND {_LARGEST}, 0)"
_NUMBER_OR_NOTHING = f"ifnull([{{0}}] BETWEEN -{_LARGEST} AND {_LARGEST}, 1)"
_TEXT = "typeof([{0}]) = 'text'"
_BYTES = "typeof([{0}]) = 'blob'"


def _word(words: Iterable[str], without: int = 0) -> str:
    """Return the condition for one of these words; `without`: whether there may be none."""
    return f"ifnull([{{0}}] IN ({', '.join(map(repr, map(str, words)))}), {without:d})"


_COLOR = ("green", "red")
# What is not named is a number.
_CONDITIONS: Mapping[str, Mapping[str, str]] = {
    "sample": {
        **dict.fromkeys(
            ("gray", "gray_large", "baseline", "threshold", "peak_signal", "peak_confidence"), _NUMBER_OR_NOTHING
        ),
        "peak_color": _word(_COLOR, without=True),
        "source": _word(SourceKind),
        "status": _word(Status),
        "notice": _word(PictureNotice, without=True),
    },
    "peak": {"color": _word(_COLOR), "mode": _TEXT},
    "rejection": {"reason": _word(Reason)},
    "transition": {"old_state": _word(CoordinationState), "new_state": _word(CoordinationState), "reason": _TEXT},
    "notice": {"text": _TEXT},
    "mark": {"note": _TEXT},
    "change": {"key": _TEXT, "value": _TEXT},
    "picture": {"moment": _word(Moment), "roi": _TEXT, "png": _BYTES},
}


def sound_row(table: str) -> str:
    """Return the condition, in SQL and never NULL, that a row of any table but `session` holds what belongs there."""
    conditions = _CONDITIONS[table]
    return " AND ".join(conditions.get(name, _NUMBER).format(name) for name in COLUMNS[table])


def require_sound(values: Mapping[str, Any]) -> None:
    """See that what is told of a session, or changed in it, can be so; raises ValueError or TypeError.

    Names that are not known are none of this program's concern.
    """
    for name, value in values.items():
        if name in _CHECKS and not _CHECKS[name](value):
            raise ValueError(f"{name} cannot be {value!r}")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: object) -> bool:
    return value is None or (isinstance(value, int) and value >= 0)


def _is_rate(value: Any) -> bool:
    return _is_number(value) and 0 < value <= _MOST_HZ


def _is_moment(value: str) -> bool:
    moment = dt.datetime.fromisoformat(value)
    return moment.tzinfo is not None and moment.year in _YEARS


def _is_health(value: object) -> bool:
    # It is written out again as it is, where nothing but numbers may stand for numbers.
    return isinstance(value, dict) and bool(json.dumps(value, allow_nan=False))


def _is_roi(value: object) -> bool:
    return isinstance(value, str) and bool(Roi.parse(value))


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("session_id", "program_version", "file", "checksum", "name", "note"), _is_text),
    "started_at": _is_moment,
    **dict.fromkeys(("ended_at", "recorded_at"), lambda value: value is None or _is_moment(value)),
    "source": lambda value: value in {*SourceKind},
    "mode": lambda value: value in {*RoiMode},
    "roi": _is_roi,
    # Older files do not tell it.
    "small_roi": lambda value: value == "" or _is_roi(value),
    "rate_hz": _is_rate,
    "detector": lambda value: isinstance(value, dict),
    "buffer_size": lambda value: isinstance(value, int) and 0 < value <= _MOST_SHOWN,
    "monotonic_s": lambda value: value is None or _is_number(value),
    "sample_count": _is_count,
    "dropped_ticks": _is_count,
    "health": _is_health,
    "paused": lambda value: isinstance(value, bool),
    "stride": lambda value: isinstance(value, int) and 0 < value <= _MOST_SHOWN,
}
