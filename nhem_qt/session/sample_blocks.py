"""The samples of a session's file, read a block at a time as they are looked at."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from nhem_qt.session.history import CURVE_COLUMNS, Curve
from nhem_qt.session.reading import MEASURED_GRAY, open_to_read
from nhem_qt.session.schema import quoted

if TYPE_CHECKING:
    from pathlib import Path

BLOCK_TICKS = 4096

_HELD = 16
# The window waits meanwhile, and can draw something else instead.
_PATIENCE_S = 0.05

_COLUMNS = quoted(CURVE_COLUMNS).replace(quoted(["gray"]), MEASURED_GRAY)
_SAMPLES = f"SELECT {_COLUMNS} FROM sample WHERE frame_index BETWEEN ? AND ? ORDER BY 1"  # noqa: S608
_REACH = "SELECT max(frame_index) FROM sample"


class SampleBlocks:
    """Reads blocks of BLOCK_TICKS ticks and holds the last ones; the file may be growing, and is never kept open.

    One thread may use it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: OrderedDict[int, tuple[float, Curve]] = OrderedDict()

    def held(self, number: int, last_frame: float) -> Curve | None:
        """Return a block if it is held and reaches to this frame index."""
        reach, curve = self._held.get(number, (-1.0, None))
        if curve is None or reach < last_frame:
            return None
        self._held.move_to_end(number)
        return curve

    def read(self, number: int, last_frame: float) -> Curve | None:
        """Read a block and hold it; None if the file cannot be read, or does not reach to this frame index (yet)."""
        try:
            with contextlib.closing(open_to_read(self._path, _PATIENCE_S)) as connection:
                # First how far the file reaches: more may be written while the samples are read, never less.
                reach = float(connection.execute(_REACH).fetchone()[0])
                if reach < last_frame:
                    return None
                rows = connection.execute(_SAMPLES, _frames(number)).fetchall()
            curve = Curve(*np.array(rows, dtype=np.float64).reshape(-1, len(CURVE_COLUMNS)).T.copy())
        except (sqlite3.Error, OSError, TypeError, ValueError):
            return None
        self._hold(number, reach, curve)
        return curve

    def _hold(self, number: int, reach: float, curve: Curve) -> None:
        self._held[number] = (reach, curve)
        self._held.move_to_end(number)
        if len(self._held) > _HELD:
            self._held.popitem(last=False)


def _frames(number: int) -> tuple[int, int]:
    return number * BLOCK_TICKS, (number + 1) * BLOCK_TICKS - 1
