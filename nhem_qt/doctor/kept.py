"""The kept sessions: whether the newest of them are whole, and which broke off."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

from nhem_qt.doctor.finding import Finding, Level, counted
from nhem_qt.session import SessionState, session_paths, summary_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nhem_qt.session import KeptSummary

_NEWEST = 5
_PATIENCE_S = 2.0
_STEPS_PER_LOOK = 20_000


def session_findings(folder: Path, go_on: Callable[[], None]) -> Iterator[Finding]:
    """Tell of the newest sessions whether they can be read and are whole."""
    paths = session_paths(folder)
    if not paths:
        yield Finding(Level.OK, "Sessions", "none are kept yet")
        return
    looked_at = paths[-_NEWEST:]
    complaints: list[Finding] = []
    for path in reversed(looked_at):
        go_on()
        complaints.extend(_complaints(path))
    of_all = f"all {len(paths)}" if len(looked_at) == len(paths) else f"the newest {len(looked_at)} of {len(paths)}"
    found = f"{counted(len(complaints), 'complaint')} about {of_all}" if complaints else f"{of_all} are whole"
    yield Finding(Level.OK, "Sessions", found)
    yield from complaints


def _complaints(path: Path) -> Iterator[Finding]:
    summary = summary_of(path)
    if summary is None or summary.state is SessionState.RUNNING:
        # What is just being written is left in peace.
        return
    if summary.state is SessionState.DAMAGED:
        yield _damaged(summary, "cannot be read")
        return
    damage = _damage(path)
    if damage is not None:
        yield _damaged(summary, damage)
    elif summary.state is SessionState.INTERRUPTED:
        words = f"{summary.session_id} broke off after {summary.length_s:.0f} s; all up to then is kept"
        yield Finding(Level.NOTICE, "Sessions", words, "File > Open session... (Ctrl+O) shows it")


def _damaged(summary: KeptSummary, words: str) -> Finding:
    advice = "Keep a copy of the file before anything else: parts of it may be saved"
    return Finding(Level.PROBLEM, "Sessions", f"{summary.session_id} is damaged: {words}", advice)


def _damage(path: Path) -> str | None:
    """Return what is wrong inside a file; None if nothing is, or if it takes too long to find out."""
    end_s = time.monotonic() + _PATIENCE_S
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > end_s, _STEPS_PER_LOOK)
            verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError:
        return None
    except sqlite3.Error as error:
        return str(error)
    return None if verdict == "ok" else verdict.splitlines()[-1]
