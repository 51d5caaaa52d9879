"""What is done to kept sessions: naming, deleting, bringing interrupted ones to an end."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING

from nhem_qt.session.archive import KeptSession, session_paths
from nhem_qt.session.store import COUNT_SAMPLES, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A running session writes for some milliseconds, four times a second.
_PATIENCE_S = 5.0
# A reader is soon done; whoever records stays for hours, and is not waited for.
_PATIENCE_ALONE_S = 0.5

_NOTE = "INSERT OR REPLACE INTO session VALUES (?, ?)"
# Where nobody may write, SQLite begins to read instead, and says nothing before somebody tries to write.
_TRY_TO_WRITE = "DELETE FROM session WHERE FALSE"
_IS_NOTED = "SELECT count(*) FROM session WHERE key = 'interrupted'"

# The file itself first: what lies beside it is worth nothing alone, but belongs to it as long as it is there.
_PARTS = ("", "-wal", "-shm", "-journal")


class SessionInUseError(StoreError):
    """Somebody, perhaps another program, has the session open."""


def rename_session(path: Path, name: str) -> None:
    """Give a session a name of one line, or none; also while it runs. Raises StoreError."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    _describe(path, "name", " ".join(printable.split()))


def note_session(path: Path, note: str) -> None:
    """Give a session a note, or none; also while it runs. Raises StoreError."""
    _describe(path, "note", note.strip())


def delete_session(path: Path) -> None:
    """Delete a session for good; raises StoreError if it is open anywhere, or cannot be deleted."""
    if is_in_use(path):
        raise SessionInUseError(f"{path.name} is open, here or in another program: close it, then delete it")
    try:
        for part in _PARTS:
            path.with_name(path.name + part).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path.name} cannot be deleted ({error.strerror}): see that you may write there") from error


def interrupted_sessions(folder: Path) -> list[Path]:
    """Return the sessions that broke off and were not concluded yet, oldest first.

    Nobody has them open, they are whole and may be written to: each of them can be concluded.
    """
    return [path for path in session_paths(folder) if _can_be_concluded(path)]


def conclude_interrupted(path: Path) -> None:
    """Take in what SQLite's log holds of an interrupted session, and note how much that is and that it broke off.

    One plain file is left, which never claims to have come to its end. Raises StoreError if it is damaged, cannot be
    written to, or is open anywhere; then nothing is changed, and nothing is in the way of whoever records it.
    """
    if _is_finished(path):
        return
    with _alone(path) as connection:
        if not _is_whole(connection):
            raise StoreError(f"{path.name} is damaged and is left as it is: a copy of it may be repaired")
        connection.execute(COUNT_SAMPLES)
        connection.execute(_NOTE, ("interrupted", json.dumps(obj=True)))
        connection.execute("COMMIT")
        # Of the first version a file without log is one that came to its end.
        if connection.execute("PRAGMA user_version").fetchone()[0] > 1:
            connection.execute("PRAGMA journal_mode = DELETE")


def is_in_use(path: Path) -> bool:
    """Whether anybody has the session open, here or in another program; False where that cannot be told."""
    try:
        with _alone(path):
            return False
    except SessionInUseError:
        return True
    except StoreError:
        return False


def _describe(path: Path, key: str, text: str) -> None:
    _is_finished(path)
    with _writable(path, _PATIENCE_S) as connection:
        connection.execute(_NOTE, (key, json.dumps(text)))


def _is_finished(path: Path) -> bool:
    """Whether a session came to its end; raises StoreError if it is none."""
    with KeptSession(path) as kept:
        return kept.finished


def _can_be_concluded(path: Path) -> bool:
    try:
        if _is_finished(path):
            return False
        with _alone(path) as connection:
            return not connection.execute(_IS_NOTED).fetchone()[0] and _is_whole(connection)
    except StoreError:
        return False


def _is_whole(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a session for writing, in a transaction, while nobody else has it open."""
    with _writable(path, _PATIENCE_ALONE_S) as connection:
        # The log is opened in the ordinary way first: had for oneself from the start, its index would be left behind.
        connection.execute("PRAGMA user_version").fetchone()
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute(_TRY_TO_WRITE)
        yield connection


@contextlib.contextmanager
def _writable(path: Path, patience_s: float) -> Iterator[sqlite3.Connection]:
    """Open a file that is there for writing; raises StoreError for whatever goes wrong inside."""
    try:
        uri = f"{path.resolve().as_uri()}?mode=rw"
        with contextlib.closing(sqlite3.connect(uri, patience_s, uri=True, isolation_level=None)) as connection:
            yield connection
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise SessionInUseError(f"{path.name} is in use, perhaps by another program: try again later") from error
        raise StoreError(f"{path.name} cannot be changed ({error}): see that you may write there") from error
