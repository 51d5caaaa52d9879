"""How a session's file is opened to be read, and what of it counts as measured."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from nhem_qt.frame import SourceKind

if TYPE_CHECKING:
    from pathlib import Path

MEASURED_GRAY = f"CASE WHEN source = '{SourceKind.SIMULATED}' THEN NULL ELSE gray END"
"""The gray value of a row of the table `sample`, in SQL; an invented one is none."""


def open_to_read(path: Path, patience_s: float = 5.0) -> sqlite3.Connection:
    """Return a connection that cannot write and begins no transaction of its own; raises sqlite3.Error or OSError.

    It waits as long as `patience_s` for somebody else who has locked the file.
    """
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", patience_s, uri=True, isolation_level=None)
