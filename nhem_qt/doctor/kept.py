"""The kept sessions: whether the newest of them are whole, and which broke off."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING, NamedTuple

from nhem_qt.doctor.finding import Finding, Level, counted
from nhem_qt.session import SessionState, session_paths, summary_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
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
    looks: list[_Look] = []
    for path in reversed(looked_at):
        go_on()
        looks.append(_look(path))
    of_all = f"all {len(paths)}" if len(looked_at) == len(paths) else f"the newest {len(looked_at)} of {len(paths)}"
    yield Finding(Level.OK, "Sessions", _overall(of_all, looks))
    yield from (look.complaint for look in looks if look.complaint)


class _Look(NamedTuple):
    """What came of looking at one session: what is wrong with it, and why it was not looked through, if so."""

    complaint: Finding | None = None
    unchecked: str | None = None


def _overall(of_all: str, looks: Sequence[_Look]) -> str:
    complaints = sum(look.complaint is not None for look in looks)
    unchecked = [look.unchecked for look in looks if look.unchecked]
    if complaints:
        found = f"{counted(complaints, 'complaint')} about {of_all}"
    else:
        found = f"no damage was found in {of_all}" if unchecked else f"{of_all} are whole"
    return "; ".join((found, *unchecked))


def _look(path: Path) -> _Look:
    summary = summary_of(path)
    if summary is None:
        return _Look()
    if summary.state is SessionState.RUNNING:
        return _Look(unchecked=f"{summary.session_id} is not checked, for it is just being recorded")
    if summary.state is SessionState.DAMAGED:
        return _Look(_damaged(summary, "cannot be read"))
    try:
        damage = _damage(path)
    except sqlite3.OperationalError as error:
        is_too_long = error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
        reason = f"for that takes more than {_PATIENCE_S:g} s" if is_too_long else f"for it cannot be read ({error})"
        return _Look(_broken_off(summary), f"{summary.session_id} is not checked, {reason}")
    return _Look(_damaged(summary, damage) if damage else _broken_off(summary))


def _broken_off(summary: KeptSummary) -> Finding | None:
    if summary.state is not SessionState.INTERRUPTED:
        return None
    words = f"{summary.session_id} broke off after {summary.length_s:.0f} s; all up to then is kept"
    return Finding(Level.NOTICE, "Sessions", words, "File > Open session... (Ctrl+O) shows it")


def _damaged(summary: KeptSummary, words: str) -> Finding:
    advice = "Keep a copy of the file before anything else: parts of it may be saved"
    return Finding(Level.PROBLEM, "Sessions", f"{summary.session_id} is damaged: {words}", advice)


def _damage(path: Path) -> str | None:
    """Return what is wrong inside a file, or None; raises OperationalError if it takes too long to find out."""
    end_s = time.monotonic() + _PATIENCE_S
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > end_s, _STEPS_PER_LOOK)
            verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError:
        raise
    except sqlite3.Error as error:
        return str(error)
    return None if verdict == "ok" else verdict.splitlines()[-1]
