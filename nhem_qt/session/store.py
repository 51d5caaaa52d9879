"""A session on disk: one SQLite file, written by a thread of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import queue
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

from nhem_qt.errors import NhemError
from nhem_qt.session.table import STORED_PEAK_COLUMNS, STORED_SAMPLE_COLUMNS, Row, peak_cells, sample_cells

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.monitor import Sample
    from nhem_qt.session.info import SessionInfo

SCHEMA_VERSION = 1
FILE_SUFFIX = ".sqlite"

_BATCH_S = 0.25

_SCHEMA = f"""
CREATE TABLE session (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sample (frame_index INTEGER PRIMARY KEY, {", ".join(STORED_SAMPLE_COLUMNS[1:])});
CREATE TABLE peak (peak_index INTEGER PRIMARY KEY, {", ".join(STORED_PEAK_COLUMNS[1:])});
PRAGMA user_version = {SCHEMA_VERSION};
"""


class StoreError(NhemError):
    """A session cannot be kept or read."""


class SessionStore:
    """Writes every sample of a running session in batches, so that at most the last second can be lost.

    Raises StoreError if the file cannot be made. A failure while writing is kept in `failure`; the session goes on
    without being kept from there.
    """

    def __init__(self, folder: Path, info: SessionInfo) -> None:
        self.path = folder / f"{info.session_id}{FILE_SUFFIX}"
        self.failure: str | None = None
        self._queue: queue.SimpleQueue[Sample | threading.Event] = queue.SimpleQueue()
        self._end = threading.Event()
        self._closed = False
        self._closing = threading.Lock()
        self._connection = self._create(info)
        self._thread = threading.Thread(target=self._run, name=f"store {info.session_id}", daemon=True)
        self._thread.start()

    def put(self, sample: Sample) -> None:
        """Hand over a sample; returns at once."""
        self._queue.put(sample)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was handed over so far is on disk; returns whether it is."""
        with self._closing:
            written = self._end if self._closed else threading.Event()
            if not self._closed:
                self._queue.put(written)
        return written.wait(timeout_s) and self.failure is None

    def close(self, timeout_s: float = 5.0) -> bool:
        """Write what is left and end the thread; returns whether everything is on disk."""
        with self._closing:
            if not self._closed:
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
        except sqlite3.Error as error:
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
            samples, mark = self._next_batch()
            self._write(samples)
            if mark is not None:
                mark.set()
        _leave(self._connection)

    def _next_batch(self) -> tuple[list[Sample], threading.Event | None]:
        """Return the samples of the next quarter second, or those before a mark together with it."""
        samples: list[Sample] = []
        deadline_s = time.monotonic() + _BATCH_S
        with contextlib.suppress(queue.Empty):
            while True:
                item = self._queue.get(timeout=max(0.0, deadline_s - time.monotonic()))
                if isinstance(item, threading.Event):
                    return samples, item
                samples.append(item)
        return samples, None

    def _write(self, samples: list[Sample]) -> None:
        if not samples or self.failure is not None:
            return
        peaks = [sample.peak for sample in samples if sample.peak is not None]
        try:
            with self._connection:
                self._insert("sample", [sample_cells(sample) for sample in samples])
                self._insert("peak", [peak_cells(peak) for peak in peaks])
        except sqlite3.Error as error:
            self.failure = f"The session is no longer kept in {self.path.parent} ({error}): make room there"

    def _insert(self, table: str, rows: list[Row]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            # A row comes again when the end of the stream decides a peak on the last sample.
            self._connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)  # noqa: S608


def _begin(connection: sqlite3.Connection, info: SessionInfo) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(_SCHEMA)
    values = dataclasses.asdict(info) | {"started_at": info.started_at.isoformat()}
    rows = [(key, json.dumps(value)) for key, value in values.items()]
    connection.executemany("INSERT INTO session VALUES (?, ?)", rows)
    connection.commit()


def _leave(connection: sqlite3.Connection) -> None:
    """Close an ended session as one plain file; with a log it could not be read where writing is forbidden."""
    with contextlib.closing(connection), contextlib.suppress(sqlite3.Error):
        # Whoever reads just now is not waited for: then the log stays, and does no harm.
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")
