"""When a recording was made."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from nhem_qt.capture.source import CaptureError

if TYPE_CHECKING:
    from pathlib import Path

# Near the first and the last date there is no room for a time zone, or for the time of a later frame.
_YEARS = range(1900, 9000)

# Some file systems keep times that are no dates.
_LATEST_S = 2.0**33

_US_PER_MS = 1000


def recorded_at(path: Path, told: dt.datetime | None) -> dt.datetime:
    """Return the wall clock at the begin of a recording: what it says itself, else when its file was changed last.

    It is never now, so that whoever measures a file gives its samples the same timestamps. Those are written in whole
    milliseconds, and so is this, in local time. Raises CaptureError if the file is gone.
    """
    moment = told if told is not None and told.year in _YEARS else _changed_at(path)
    return moment.astimezone().replace(microsecond=moment.microsecond // _US_PER_MS * _US_PER_MS)


def _changed_at(path: Path) -> dt.datetime:
    try:
        changed_s = path.stat().st_mtime
    except OSError as error:
        raise CaptureError(f"{path} cannot be read ({error.strerror}): check the path") from error
    return dt.datetime.fromtimestamp(min(max(changed_s, 0.0), _LATEST_S), dt.UTC)
