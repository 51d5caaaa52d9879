"""What sessions are kept in a folder."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nhem_qt.session.archive import KeptSession, session_paths
from nhem_qt.session.manage import is_in_use
from nhem_qt.session.store import StoreError
from nhem_qt.session.table import STORED_PEAK_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

# Who records writes four times a second.
_QUIET_AFTER_S = 5.0
_COLOR = STORED_PEAK_COLUMNS.index("color")


class SessionState(StrEnum):
    """How a session came to its end, if it did."""

    FINISHED = "finished"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class KeptSummary:
    """One kept session in a line; `error` says why a damaged one cannot be read, all else is empty then.

    `name` and `note` are the user's. A session that broke off within the last seconds may still count as running.
    """

    path: Path
    started_at: dt.datetime
    state: SessionState
    length_s: float = 0.0
    source: str = ""
    samples: int = 0
    green: int = 0
    red: int = 0
    name: str = ""
    note: str = ""
    error: str | None = None

    @property
    def session_id(self) -> str:
        """What the session is called on the command line."""
        return self.path.stem


def list_sessions(folder: Path) -> list[KeptSummary]:
    """Return all sessions kept in `folder`, oldest first; without such a folder there are none.

    Raises StoreError if the folder may not be read.
    """
    _require_readable(folder)
    summaries = [summary for path in session_paths(folder) if (summary := summary_of(path)) is not None]
    return sorted(summaries, key=lambda summary: (summary.started_at.timestamp(), summary.session_id))


def summary_of(path: Path) -> KeptSummary | None:
    """Return the line of one session; None if there is no such file."""
    try:
        with KeptSession(path) as kept:
            summary = _read_summary(path, kept)
    except StoreError as error:
        return _damaged_summary(path, str(error))
    # Asked when the file is closed again, for its own reader would count.
    running = summary.state is SessionState.INTERRUPTED and _is_recorded(path)
    return dataclasses.replace(summary, state=SessionState.RUNNING) if running else summary


def find_session(folder: Path, session_id: str) -> Path:
    """Return the file of a session; raises StoreError if there is none of that name."""
    path = next((path for path in session_paths(folder) if path.stem == session_id), None)
    if path is None:
        raise StoreError(f"There is no session {session_id!r} in {folder}: `nhem-qt sessions` lists those that are")
    return path


def _require_readable(folder: Path) -> None:
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder):
            pass
    except OSError as error:
        raise StoreError(f"{folder} cannot be read ({error.strerror}): see that you may read there") from error


def _read_summary(path: Path, kept: KeptSession) -> KeptSummary:
    colors = Counter(cells[_COLOR] for cells in kept.peak_cells())
    return KeptSummary(
        path,
        kept.info.started_at,
        SessionState.FINISHED if kept.finished else SessionState.INTERRUPTED,
        kept.length_s,
        kept.info.source,
        kept.sample_count,
        colors["green"],
        colors["red"],
        kept.name,
        kept.note,
    )


def _damaged_summary(path: Path, error: str) -> KeptSummary | None:
    try:
        written_s = path.stat().st_mtime
    except OSError:
        return None
    # A damaged file does not tell when it began: it stands where it was last written.
    written_at = dt.datetime.fromtimestamp(written_s).astimezone()
    return KeptSummary(path, written_at, SessionState.DAMAGED, error=error)


def _is_recorded(path: Path) -> bool:
    """Whether somebody writes the session just now, or rests with it open; without a log nobody does."""
    try:
        log = path.with_name(f"{path.name}-wal").stat()
    except OSError:
        return False
    # To look whether it is open would make whoever has just opened it wait.
    return log.st_size > 0 and (abs(time.time() - log.st_mtime) < _QUIET_AFTER_S or is_in_use(path))
