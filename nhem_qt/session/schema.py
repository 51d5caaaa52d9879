"""The tables of a session's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhem_qt.session.table import STORED_PEAK_COLUMNS, STORED_SAMPLE_COLUMNS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

SCHEMA_VERSION = 3

COLUMNS = {
    "session": ("key", "value"),
    "sample": STORED_SAMPLE_COLUMNS,
    "peak": STORED_PEAK_COLUMNS,
    "rejection": ("start_frame", "end_frame", "reason", "start_s", "end_s", "measured", "limit"),
    "transition": ("t_s", "old_state", "new_state", "reason"),
    "notice": ("t_s", "text", "shown"),
    "mark": ("t_s", "note"),
    "change": ("t_s", "key", "value"),
    "picture": ("peak_index", "moment", "small", "t_s", "roi", "gray", "png"),
}

_FIRST_COLUMNS = {
    "session": "key TEXT PRIMARY KEY",
    "sample": "frame_index INTEGER PRIMARY KEY",
    "peak": "peak_index INTEGER PRIMARY KEY",
    "mark": "t_s REAL PRIMARY KEY",
}
# The end of the stream hands the last sample over once more, with all that it carries.
_CONSTRAINTS = {
    "rejection": ", UNIQUE (start_frame, end_frame, reason)",
    "picture": ", UNIQUE (peak_index, moment, small)",
}

# By version, what its files lack.
_ADDED_LATER = {1: ("rejection", "transition", "notice", "mark", "change", "picture"), 2: ("picture",)}
_CHANGED_LATER = {1: "", 2: "CREATE TEMP TABLE notice AS SELECT t_s, text, 1 AS shown FROM main.notice;"}


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file."""
    connection.executescript(_script(COLUMNS) + f"PRAGMA user_version = {SCHEMA_VERSION};")


def complete_tables(connection: sqlite3.Connection) -> int:
    """Let an older file be read like a new one, without writing to it; returns its version."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version in _ADDED_LATER:
        missing = _script(_ADDED_LATER[version], "TEMP") + _CHANGED_LATER[version]
        connection.executescript("PRAGMA temp_store = MEMORY;" + missing)
    return version


def quoted(columns: Iterable[str]) -> str:
    """Return the columns for a statement: `limit` is a word of SQL, and in "" a missing column would be a text."""
    return ", ".join(f"[{name}]" for name in columns)


def _script(tables: Iterable[str], kind: str = "") -> str:
    return "".join(f"CREATE {kind} TABLE {table} ({_definition(table)});" for table in tables)


def _definition(table: str) -> str:
    first, *others = COLUMNS[table]
    return ", ".join([_FIRST_COLUMNS.get(table, quoted([first])), quoted(others)]) + _CONSTRAINTS.get(table, "")
