"""A curve in a CSV file, such as a samples.csv, as measurements."""

from __future__ import annotations

import csv
import itertools
import math
import statistics
from typing import TYPE_CHECKING

from nhem_qt.errors import NhemError
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

_DEFAULT_RATE_HZ = 45.0
_RATE_DECIMALS = 3
_SLOWEST_HZ, _FASTEST_HZ = 1.0, 1000.0
_LONGEST_S = 1e8


class CurveError(NhemError):
    """A CSV file holds no curve."""


def read_curve(path: Path, rate_hz: float | None) -> list[Measurement]:
    """Read the columns `t_s` and `gray`; without `t_s`, the rows are taken at `rate_hz`.

    Rows without gray value or with source `simulated` are left out, for nothing was measured there. The frame index is
    the number of the data row, from 0. Raises CurveError, naming the line, for what is no number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            measurements = list(_measurements(path.name, file, rate_hz))
    except OSError as error:
        raise CurveError(f"{path} cannot be read ({error.strerror}): check the path") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CurveError(f"{path.name} is no CSV text in UTF-8: export it again") from error
    _check_times(path.name, measurements)
    return measurements


def curve_rate_hz(measurements: list[Measurement]) -> float:
    """Return the rate of a curve from the usual steps between its samples; 45 Hz if there are fewer than two."""
    steps = [b.t_s - a.t_s for a, b in itertools.pairwise(measurements) if b.t_s > a.t_s]
    if not steps:
        return _DEFAULT_RATE_HZ
    # Times are rounded to microseconds: the mean is exact where a single step is not. A dropped tick makes a long one.
    longest_s = 1.5 * statistics.median(steps)
    return round(1 / statistics.fmean(step for step in steps if step < longest_s), _RATE_DECIMALS)


def _check_times(name: str, measurements: list[Measurement]) -> None:
    """Refuse times that are no seconds in ascending order: nothing could be found in them."""
    if not measurements:
        raise CurveError(f"{name} holds no measured row: choose another file")
    for before, after in itertools.pairwise(measurements):
        if after.t_s < before.t_s:
            raise CurveError(f"{name}, data row {after.frame_index}: t_s runs backwards, sort the rows by time")
    last_s = max(abs(measurements[0].t_s), abs(measurements[-1].t_s))
    if last_s > _LONGEST_S or not _SLOWEST_HZ <= curve_rate_hz(measurements) <= _FASTEST_HZ:
        raise CurveError(f"{name}: t_s must be seconds since the start, with 1 to 1000 samples in each")


def _measurements(name: str, file: TextIO, rate_hz: float | None) -> Iterator[Measurement]:
    reader = csv.DictReader(file)
    columns = reader.fieldnames or []
    if "gray" not in columns:
        raise CurveError(f"{name} has no column gray: the first line must name the columns, such as t_s,gray")
    if "t_s" not in columns and rate_hz is None:
        raise CurveError(f"{name} has no column t_s: give the rate of its rows with --rate")
    for index, row in enumerate(reader):
        if row["gray"] in {None, ""} or row.get("source") == SourceKind.SIMULATED:
            continue
        gray = _number(name, reader.line_num, "gray", row["gray"])
        t_s = _number(name, reader.line_num, "t_s", row["t_s"]) if "t_s" in columns else index / (rate_hz or 1)
        yield Measurement(index, t_s, gray, None, SourceKind.CSV, Status.SUCCESS)


def _number(name: str, line: int, column: str, text: str | None) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CurveError(f"{name}, line {line}: {column} is {text!r}, which is no number: correct the line")
    return number
