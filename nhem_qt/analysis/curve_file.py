"""A curve in a CSV file, such as a samples.csv, as measurements."""

from __future__ import annotations

import codecs
import contextlib
import csv
import datetime as dt
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.capture.usual_rate import RATE_FRAMES, usual_rate_hz
from nhem_qt.errors import NhemError
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, PictureNotice, Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

SLOWEST_HZ, FASTEST_HZ = 1.0, 1000.0
"""The rate of a curve lies between these."""

TABLE_SUFFIXES = (".csv", ".tsv")
"""A file in a folder is taken for a curve if its name ends so."""

# Spreadsheets call a table with tabs so too, but a folder often holds notes as well. No video is called so.
CURVE_SUFFIXES = (*TABLE_SUFFIXES, ".txt")
"""A file that is named is taken for a curve if its name ends so."""

_DEFAULT_RATE_HZ = 45.0
_TIME_DECIMALS = 6
_LONGEST_S = 1e8
_HIGHEST_GRAY = 255.0

# What the picture of a row showed decides what the detector is shown: so the same is found as when it was measured.
_NOTICES = {notice.value: notice for notice in PictureNotice}

# No column has this name: it would end the line.
_MORE = "\n"


class CurveError(NhemError):
    """A CSV file holds no curve."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The measurements of a CSV file, read as they are asked for: that raises CurveError where a row is none.

    `began_at` is the wall clock at t_s = 0, where the rows have timestamps.
    """

    rate_hz: float
    began_at: dt.datetime | None
    measurements: Iterator[Measurement]


@contextlib.contextmanager
def open_curve(path: Path, rate_hz: float | None) -> Iterator[Curve]:
    """Open a CSV with the columns `t_s` and `gray`; without `t_s`, the rows are taken at `rate_hz`.

    Comma, semicolon or tab separate; with the latter two there may be decimal commas. Rows without gray value or with
    source `simulated` are left out, for nothing was measured there; a `notice` that samples.csv knows is heeded. The
    frame index is the number of the data row, from 0. Raises CurveError.
    """
    with _opened(path) as file:
        rows = _Rows(path.name, file, rate_hz)
        measurements = _ascending(rows)
        first = list(itertools.islice(measurements, RATE_FRAMES))
        if not first:
            raise CurveError(f"{path.name} holds no measured row: choose another file")
        yield Curve(rows.rate_hz or _rate_hz(path.name, first), rows.began_at, itertools.chain(first, measurements))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Open a text in UTF-8 or, if it is marked so, UTF-16; other bytes may stand wherever no number is."""
    try:
        with path.open("rb") as raw:
            marked = raw.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
        with path.open(encoding="utf-16" if marked else "utf-8-sig", errors="surrogateescape", newline="") as file:
            yield file
    except OSError as error:
        raise CurveError(f"{path} cannot be read ({error.strerror}): check the path") from error
    except UnicodeError as error:
        raise CurveError(f"{path.name} is no whole text in UTF-16: export it again") from error


class _Rows:
    """The data rows of a CSV text as measurements; raises CurveError, naming the line, for what is none."""

    def __init__(self, name: str, file: TextIO, rate_hz: float | None) -> None:
        self.name = name
        self.began_at: dt.datetime | None = None
        self._lines_before, header = _header(file)
        try:
            delimiter = next((one for one in ";\t" if "gray" in _cells(header, one)), ",")
            columns = _cells(header, delimiter)
        except csv.Error as error:
            raise _no_csv(f"{name}, line {self._lines_before}", error) from error
        self._has_decimal_commas = delimiter != ","
        self.rate_hz = None if "t_s" in columns else rate_hz
        """The rate at which the rows are taken; None if they have times."""
        self._require(columns)
        self._reader = csv.DictReader(
            file, columns, restkey=_MORE, restval="", delimiter=delimiter, skipinitialspace=True
        )

    @property
    def line(self) -> int:
        """The number of the line that was read last, from 1."""
        return self._lines_before + self._reader.reader.line_num

    def __iter__(self) -> Iterator[Measurement]:
        try:
            for index, row in enumerate(self._reader):
                if _cell(row, "gray") and _cell(row, "source") != SourceKind.SIMULATED:
                    self._require_no_more(row)
                    yield self._measurement(index, row)
        except csv.Error as error:
            raise _no_csv(f"{self.name}, line {self.line}", error) from error
        except OSError as error:
            raise CurveError(f"{self.name}, line {self.line}: cannot be read on ({error.strerror})") from error

    def _require(self, columns: list[str]) -> None:
        if "gray" not in columns:
            raise CurveError(f"{self.name} has no column gray: the first line must name the columns, such as t_s,gray")
        if "t_s" not in columns and self.rate_hz is None:
            raise CurveError(f"{self.name} has no column t_s: give the rate of its rows with --rate")

    def _require_no_more(self, row: dict[str, str]) -> None:
        """Refuse a row with more cells than columns: its numbers may have commas of their own."""
        if any(row.get(_MORE, ())):
            raise CurveError(f"{self.name}, line {self.line}: more cells than the first line has columns: correct it")

    def _measurement(self, index: int, row: dict[str, str]) -> Measurement:
        t_s = index / self.rate_hz if self.rate_hz else self._number("t_s", row["t_s"])
        t_s = round(t_s, _TIME_DECIMALS)
        if self.began_at is None:
            self.began_at = _began_at(_cell(row, "timestamp"), t_s)
        notice = _NOTICES.get(_cell(row, "notice"))
        return Measurement(index, t_s, self._gray(row["gray"]), None, SourceKind.CSV, Status.SUCCESS, notice)

    def _gray(self, text: str) -> float:
        gray = self._number("gray", text)
        if not 0 <= gray <= _HIGHEST_GRAY:
            raise CurveError(
                f"{self.name}, line {self.line}: gray is {text!r:.80}, gray values are 0 to 255: correct it"
            )
        return gray

    def _number(self, column: str, text: str) -> float:
        try:
            # Python itself would read 1_000 as a number.
            number = float((text.replace(",", ".") if self._has_decimal_commas else text).replace("_", "?"))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise CurveError(f"{self.name}, line {self.line}: {column} is {text!r:.80}, which is no number: correct it")
        return number


def _header(file: TextIO) -> tuple[int, str]:
    """Read up to the line that names the columns; returns its number, from 1, and what it says."""
    number, line = 1, file.readline()
    # Blank lines are no rows, and a spreadsheet may say first what separates its cells.
    while line and (not line.strip() or line.startswith("sep=")):
        number, line = number + 1, file.readline()
    return number, line


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]


def _cell(row: dict[str, str], column: str) -> str:
    return row.get(column, "").strip()


def _began_at(timestamp: str, t_s: float) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(timestamp)
        began_at = moment - dt.timedelta(seconds=t_s)
    except (ValueError, OverflowError):
        return None
    return None if moment.tzinfo is None else began_at


def _ascending(rows: _Rows) -> Iterator[Measurement]:
    """Refuse times that are no seconds in ascending order: nothing could be found in them."""
    last_s = -math.inf
    for measurement in rows:
        t_s = measurement.t_s
        if t_s < last_s:
            raise CurveError(f"{rows.name}, line {rows.line}: t_s runs backwards, sort the rows by time")
        if abs(t_s) > _LONGEST_S:
            raise _no_seconds(f"{rows.name}, line {rows.line}")
        last_s = t_s
        yield measurement


def _rate_hz(name: str, first: list[Measurement]) -> float:
    times_s = [measurement.t_s for measurement in first]
    # Rounded times may be alike now and then; where all are, nothing is known of the rate.
    if len(times_s) > 1 and times_s[0] == times_s[-1]:
        raise CurveError(f"{name}: t_s is the same in all of its rows, give each its own time")
    rate_hz = usual_rate_hz(times_s) or _DEFAULT_RATE_HZ
    if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
        raise _no_seconds(name)
    return rate_hz


def _no_csv(place: str, error: csv.Error) -> CurveError:
    return CurveError(f"{place}: this is no CSV text ({error}), export it again")


def _no_seconds(place: str) -> CurveError:
    return CurveError(f"{place}: t_s must be seconds since the start, with 1 to 1000 samples in each")
