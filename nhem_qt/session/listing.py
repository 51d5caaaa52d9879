"""What sessions are kept in a folder."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.session.archive import KeptSession, session_paths
from nhem_qt.session.store import StoreError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class KeptSummary:
    """One kept session in a line; `error` says why a damaged one cannot be read, all else is empty then.

    `finished` is False for a session that was interrupted, and for one that still runs.
    """

    session_id: str
    started_at: dt.datetime
    length_s: float = 0.0
    source: str = ""
    samples: int = 0
    green: int = 0
    red: int = 0
    finished: bool = False
    error: str | None = None


def list_sessions(folder: Path) -> list[KeptSummary]:
    """Return all sessions kept in `folder`, oldest first; without such a folder there are none."""
    return sorted(
        map(_summary, session_paths(folder)), key=lambda summary: (summary.started_at.timestamp(), summary.session_id)
    )


def find_session(folder: Path, session_id: str) -> Path:
    """Return the file of a session; raises StoreError if there is none of that name."""
    path = next((path for path in session_paths(folder) if path.stem == session_id), None)
    if path is None:
        raise StoreError(f"There is no session {session_id!r} in {folder}: `nhem-qt sessions` lists those that are")
    return path


def _summary(path: Path) -> KeptSummary:
    try:
        with KeptSession(path) as kept:
            return _summary_of(path.stem, kept)
    except StoreError as error:
        # A damaged file does not tell when it began: it stands where it was last written.
        written_at = dt.datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        return KeptSummary(path.stem, written_at, error=str(error))


def _summary_of(session_id: str, kept: KeptSession) -> KeptSummary:
    colors = Counter(peak.color for peak in kept.peaks())
    return KeptSummary(
        session_id,
        kept.info.started_at,
        kept.length_s,
        kept.info.source,
        kept.sample_count,
        colors["green"],
        colors["red"],
        kept.finished,
    )
