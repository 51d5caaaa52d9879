"""A session on disk: one SQLite file, written by a thread of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import itertools
import json
import logging
import os
import queue
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any, TypeAlias

from nhem_qt.detection import Rejection
from nhem_qt.errors import NhemError
from nhem_qt.monitor import Sample
from nhem_qt.session.info import Change, KeptNotice, Mark
from nhem_qt.session.pictures import TakenPicture
from nhem_qt.session.schema import COLUMNS, create_tables
from nhem_qt.session.table import Row, peak_cells, sample_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from nhem_qt.monitor import Transition
    from nhem_qt.session.info import SessionInfo

FILE_SUFFIX = ".sqlite"

_BATCH_S = 0.25
_RETRY_S = 2.0
# About an hour at 45 Hz.
_MOST_WAITING = 160_000
_BUSY_CODES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

# Counted once at the end: to count a long session anew takes as long as to read it.
COUNT_SAMPLES = "INSERT OR REPLACE INTO session SELECT 'sample_count', CAST(count(*) AS TEXT) FROM sample"


class StoreError(NhemError):
    """A session cannot be kept or read."""


Kept: TypeAlias = "Sample | Rejection | Transition | KeptNotice | Mark | Change | TakenPicture"


class SessionStore:
    """Writes all that a running session yields in batches, so that at most the last second can be lost.

    Raises StoreError if the file cannot be made. `failure` says why nothing is written just now: what comes meanwhile
    waits, for about an hour, and is written once that is possible again. If it never can be, `failure` stays.
    """

    def __init__(self, folder: Path, info: SessionInfo) -> None:
        self.path = folder / f"{info.session_id}{FILE_SUFFIX}"
        self.failure: str | None = None
        self._queue: queue.SimpleQueue[Kept | threading.Event] = queue.SimpleQueue()
        self._waiting: list[Kept] = []
        self._given_up = False
        self._retry_at_s = 0.0
        self._end = threading.Event()
        self._closed = False
        self._ending: dict[str, Any] = {}
        self._closing = threading.Lock()
        self._connection = self._create(info)
        self._thread = threading.Thread(target=self._run, name=f"store {info.session_id}", daemon=True)
        self._thread.start()

    def put(self, item: Kept) -> bool:
        """Hand over what is to be kept; returns at once, False if the session is closed already."""
        with self._closing:
            if not self._closed:
                self._queue.put(item)
            return not self._closed

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was handed over so far is on disk; returns whether it is."""
        with self._closing:
            written = self._end if self._closed else threading.Event()
            if not self._closed:
                self._queue.put(written)
        return written.wait(timeout_s) and self.failure is None

    def close(
        self, timeout_s: float = 5.0, dropped_ticks: int | None = None, health: Mapping[str, Any] | None = None
    ) -> bool:
        """Write what is left, how it ended, and end the thread; returns whether everything is on disk.

        `health` is the last HealthReport of the session.
        """
        with self._closing:
            if not self._closed:
                self._ending = {"dropped_ticks": dropped_ticks} | ({} if health is None else {"health": health})
                self._queue.put(self._end)
            self._closed = True
        flushed = self.flush(timeout_s)
        self._thread.join(timeout_s)
        return flushed

    def _create(self, info: SessionInfo) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise self._not_kept(error) from error
        try:
            _begin(connection, info)
            self._made = self.path.stat()
        except (OSError, sqlite3.Error) as error:
            connection.close()
            raise self._not_kept(error) from error
        return connection

    def _not_kept(self, error: Exception) -> StoreError:
        return StoreError(
            f"The session cannot be kept in {self.path.parent} ({error}): choose another folder with --data-dir"
        )

    def _run(self) -> None:
        mark = None
        while mark is not self._end:
            items, mark = self._next_batch()
            if not self._given_up:
                self._waiting += items
                self._write_waiting(at_once=mark is not None)
            if mark is self._end:
                self._conclude()
            if mark is not None:
                mark.set()
        _leave(self._connection)

    def _next_batch(self) -> tuple[list[Kept], threading.Event | None]:
        """Return what comes in the next quarter second, or what comes before a mark together with it."""
        items: list[Kept] = []
        deadline_s = time.monotonic() + _BATCH_S
        with contextlib.suppress(queue.Empty):
            while True:
                item = self._queue.get(timeout=max(0.0, deadline_s - time.monotonic()))
                if isinstance(item, threading.Event):
                    return items, item
                items.append(item)
        return items, None

    def _write_waiting(self, *, at_once: bool) -> None:
        """Write what waits; while that fails, not more often than every other second unless somebody waits for it."""
        if not self._waiting or (time.monotonic() < self._retry_at_s and not at_once):
            return
        due, later = (self._waiting, []) if at_once else _portion(self._waiting)
        with self._guarded():
            tables: dict[str, list[Row]] = {}
            for table, row in itertools.chain.from_iterable(map(_rows, due)):
                tables.setdefault(table, []).append(row)
            for table, rows in tables.items():
                self._insert(table, rows)
        if self.failure is None:
            self._waiting = later
        elif len(self._waiting) > _MOST_WAITING:
            self._give_up(f"{self.failure}; too much has come meanwhile: start anew")

    def _conclude(self) -> None:
        """Note the end: a file without it was interrupted."""
        if self.failure is None:
            with self._guarded():
                self._connection.execute(COUNT_SAMPLES)
                ending = {"ended_at": dt.datetime.now().astimezone().isoformat(), **self._ending}
                self._insert("session", [(key, json.dumps(value)) for key, value in ending.items()])

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Write all or nothing of what is done inside; a failure is kept, and is over with the next success."""
        try:
            with self._connection:
                yield
                self._require_place()
        except sqlite3.OperationalError as error:
            self._retry_at_s = time.monotonic() + _RETRY_S
            self.failure = f"The session is not being kept in {self.path.parent} ({error}): {_remedy(error)}"
        except OSError as error:
            words = f"The session is no longer kept in {self.path.parent} ({error.strerror}): "
            self._give_up(words + "see that the folder is there, then start anew")
        except Exception as unexpected:
            logging.getLogger(__name__).exception("the store ended")
            words = f"The session is no longer kept in {self.path.parent} ({type(unexpected).__name__}: {unexpected})"
            self._give_up(f"{words}: start anew")
        else:
            self.failure = None

    def _give_up(self, failure: str) -> None:
        self.failure = failure
        self._given_up = True
        self._waiting.clear()

    def _require_place(self) -> None:
        """Raise OSError if the file is no longer where it was made: writing to a removed one would not fail."""
        if not os.path.samestat(self.path.stat(), self._made):
            raise FileNotFoundError(errno.ENOENT, "another file is in its place")

    def _insert(self, table: str, rows: list[Row]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        # A row comes again when the end of the stream decides a peak on the last sample.
        self._connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)  # noqa: S608


def keep_mark(path: Path, mark: Mark) -> None:
    """Write a mark, or another note for it, into the file of a session that has ended; raises StoreError."""
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as connection,
            connection,
        ):
            connection.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", dataclasses.astuple(mark))
    except sqlite3.Error as error:
        raise StoreError(f"The note cannot be kept in {path.name} ({error}): see that the file is there") from error


def _remedy(error: sqlite3.OperationalError) -> str:
    # The lower byte is the kind of the error, the rest tells details.
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _BUSY_CODES:
        return "close the program that has the file open"
    return "make room there"


def _portion(waiting: list[Kept]) -> tuple[list[Kept], list[Kept]]:
    """Return what is written now, and what later: to compress many pictures at once would hold up the next tick."""
    due: list[Kept] = []
    later: list[Kept] = []
    has_picture = False
    for item in waiting:
        is_picture = isinstance(item, TakenPicture)
        (later if is_picture and has_picture else due).append(item)
        has_picture = has_picture or is_picture
    return due, later


def _rows(item: Kept) -> list[tuple[str, Row]]:
    """Return the rows of what is kept, each with its table."""
    if isinstance(item, Sample):
        return _sample_rows(item)
    if isinstance(item, Rejection):
        return [_rejection_row(item)]
    if isinstance(item, TakenPicture):
        kept = item.kept()
        return [
            ("picture", tuple(str(kept.roi) if name == "roi" else getattr(kept, name) for name in COLUMNS["picture"]))
        ]
    if isinstance(item, Change):
        return [("change", (item.t_s, item.key, json.dumps(item.value)))]
    table = {KeptNotice: "notice", Mark: "mark"}.get(type(item), "transition")
    return [(table, dataclasses.astuple(item))]


def _sample_rows(sample: Sample) -> list[tuple[str, Row]]:
    rows = [("sample", sample_cells(sample))]
    if sample.peak is not None:
        rows.append(("peak", peak_cells(sample.peak)))
    if sample.rejection is not None:
        rows.append(_rejection_row(sample.rejection))
    return rows


def _rejection_row(rejection: Rejection) -> tuple[str, Row]:
    return "rejection", tuple(getattr(rejection, name) for name in COLUMNS["rejection"])


def _begin(connection: sqlite3.Connection, info: SessionInfo) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    create_tables(connection)
    values = dataclasses.asdict(info)
    rows = [(key, json.dumps(value, default=dt.datetime.isoformat)) for key, value in values.items()]
    connection.executemany("INSERT INTO session VALUES (?, ?)", rows)
    connection.commit()


def _leave(connection: sqlite3.Connection) -> None:
    """Close an ended session as one plain file; with a log it could not be read where writing is forbidden."""
    with contextlib.closing(connection), contextlib.suppress(sqlite3.Error):
        # Whoever reads just now is not waited for: then the log stays, and does no harm.
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")
