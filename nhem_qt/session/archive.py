"""Kept sessions, read back."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from typing import TYPE_CHECKING, Self

from nhem_qt.session.info import SessionInfo
from nhem_qt.session.store import FILE_SUFFIX, StoreError
from nhem_qt.session.table import STORED_PEAK_COLUMNS, STORED_SAMPLE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nhem_qt.session.table import Row


class KeptSession:
    """A session's file, opened for reading; also while it is still being written: all is read as of one moment.

    A context manager. Raises StoreError if the file is no session.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
            self._connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise self._unreadable() from error
        try:
            self.info = self._read_info()
        except StoreError:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def sample_cells(self) -> Iterator[Row]:
        """Yield the stored cells of every sample, in time order."""
        return self._rows("sample", STORED_SAMPLE_COLUMNS)

    def peak_cells(self) -> Iterator[Row]:
        """Yield the stored cells of every peak, in time order."""
        return self._rows("peak", STORED_PEAK_COLUMNS)

    def _read_info(self) -> SessionInfo:
        rows = list(self._rows("session", ("key", "value")))
        try:
            values = {str(key): json.loads(str(value)) for key, value in rows}
            started_at = dt.datetime.fromisoformat(values.pop("started_at"))
            return SessionInfo(started_at=started_at, **values)
        except (KeyError, TypeError, ValueError) as error:
            raise self._unreadable() from error

    def _rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        try:
            # The names are constants of this package, never a user's text.
            yield from self._connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1")  # noqa: S608
        except sqlite3.Error as error:
            raise self._unreadable() from error

    def _unreadable(self) -> StoreError:
        return StoreError(f"{self._path.name} is no session of this program or is damaged: choose another one")


def session_paths(folder: Path) -> list[Path]:
    """Files of all kept sessions, oldest first."""
    return sorted(folder.glob(f"*{FILE_SUFFIX}"))
