"""Kept sessions, read back."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import math
import sqlite3
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from nhem_qt.detection import Reason, Rejection
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import CoordinationState, Transition
from nhem_qt.session.info import Change, KeptNotice, KeptPicture, Mark, Moment, SessionInfo, Span
from nhem_qt.session.reading import MEASURED_GRAY, open_to_read
from nhem_qt.session.schema import COLUMNS, SCHEMA_VERSION, complete_tables, quoted
from nhem_qt.session.soundness import require_sound, sound_row
from nhem_qt.session.store import FILE_SUFFIX, StoreError
from nhem_qt.session.table import peak_of, sample_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.session.table import Row

# What a file with other content than was written causes.
_DAMAGE = (sqlite3.Error, KeyError, TypeError, ValueError, ArithmeticError, RecursionError)

_INFO_FIELDS = {field.name for field in dataclasses.fields(SessionInfo)}
_MOMENTS = ("started_at", "recorded_at")


# What of a table belongs to a span; of changes all up to its end, for they still count there.
_WITHIN = "t_s BETWEEN :begin_s AND :end_s"
_OVERLAPPING = "start_s <= :end_s AND end_s >= :begin_s"
_OF_SPAN = {
    "sample": _WITHIN,
    "peak": _OVERLAPPING,
    "rejection": _OVERLAPPING,
    "transition": "t_s <= :end_s",
    "notice": _WITHIN,
    "mark": _WITHIN,
    "change": "t_s <= :end_s",
    "picture": "peak_index IN (SELECT peak_index FROM peak WHERE start_s <= :end_s AND end_s >= :begin_s)"
    " OR (peak_index = 0 AND t_s BETWEEN :begin_s AND :end_s)",
}
_ORDER = {"mark": "t_s", "picture": "peak_index, t_s"}

# From this version on, a file tells when the session paused.
_TELLS_PAUSES = 3

_GRAYS = f"""
SELECT count(gray), avg(gray), min(gray), max(gray), count(*) FILTER (WHERE typeof(gray) IN ('text', 'blob'))
FROM (SELECT {MEASURED_GRAY} AS gray, t_s FROM sample)
"""  # noqa: S608 - an expression of this package
_VARIANCE = f"SELECT avg(({MEASURED_GRAY} - :mean) * ({MEASURED_GRAY} - :mean)) FROM sample"  # noqa: S608 - the same
_AROUND = """
SELECT max(frame_index) FILTER (WHERE t_s <= :t_s), min(frame_index) FILTER (WHERE t_s > :t_s) FROM sample
"""


class Statistics(NamedTuple):
    """Gray values of the measured samples: how many, mean, standard deviation of all, extremes; None without any."""

    measured: int
    mean: float | None
    deviation: float | None
    low: float | None
    high: float | None


class KeptSession:
    """A session's file, opened for reading; also while it is still being written: all is read as of one moment.

    With a span, all that it gives is restricted to that: what overlaps it, and what lies in it. `ended_at` is the wall
    clock at the end; None if the session still runs, was interrupted, or is older than that being noted. `name` and
    `note` are the user's, empty if there are none. A context manager. Raises StoreError if the file is no session, as
    whatever reads from it does where it holds what no session can.
    """

    def __init__(self, path: Path, span: Span | None = None) -> None:
        self._path = path
        self._whole = span is None
        self._span = {} if span is None else dataclasses.asdict(span)
        self._sound: set[str] = set()
        with contextlib.ExitStack() as stack:
            self._connection = stack.enter_context(contextlib.closing(self._opened()))
            with self._readable():
                self._begin()
                self.info, ending = self._read_info()
                ended_at: str | None = ending.get("ended_at")
                self.ended_at = None if ended_at is None else dt.datetime.fromisoformat(ended_at)
                self._sample_count: int | None = ending.get("sample_count")
                self._dropped_ticks: int | None = ending.get("dropped_ticks")
                self._health: dict[str, Any] | None = ending.get("health")
                self.name: str = ending.get("name", "")
                self.note: str = ending.get("note", "")
            stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def finished(self) -> bool:
        """Whether the session came to its end in order; False if it was interrupted or still runs."""
        return self.ended_at is not None or (self._version == 1 and not self._has_log)

    @property
    def sample_count(self) -> int:
        """Number of samples; counted anew where the session did not come to its end."""
        if self._whole and self._sample_count is not None:
            return self._sample_count
        return int(self._value("SELECT count(*) FROM sample"))

    @property
    def dropped_ticks(self) -> int:
        """Ticks that came too late; counted where the session did not come to its end, and in a span.

        Those that were left out on purpose are none, and those of a pause, where that can be told: see
        `knows_dropped_ticks`.
        """
        if self._whole and self._dropped_ticks is not None:
            return self._dropped_ticks
        first, last = self._row("SELECT min(frame_index), max(frame_index) FROM sample")
        if last is None:
            return 0
        begin = 0 if self._begins_at_zero else first
        strides = self._strides(begin)
        paused = sum(_wanted(strides, *ticks) for ticks in self._pauses(begin))
        return _wanted(strides, begin, int(last)) - self.sample_count - paused

    @property
    def health(self) -> dict[str, Any] | None:
        """The last HealthReport by its fields; None in a span, and where the session did not come to its end."""
        return self._health if self._whole else None

    @property
    def knows_dropped_ticks(self) -> bool:
        """Whether `dropped_ticks` holds none of a pause: older files tell that of sessions that came to their end."""
        return self._version >= _TELLS_PAUSES or (self._whole and self._dropped_ticks is not None)

    @property
    def failed_samples(self) -> int:
        """Number of samples without gray value for a failed capture."""
        return int(self._value("SELECT count(*) FILTER (WHERE status = 'failed') FROM sample"))

    @property
    def length_s(self) -> float:
        """Time of the last sample, seconds since the session started, or since the first sample of the span.

        A recording may have been measured from its middle on: its length counts from the first sample, too.
        """
        last_s = self._time_s("DESC")
        return last_s if self._begins_at_zero else last_s - self._time_s()

    def statistics(self) -> Statistics:
        """Return what can be said of all measured gray values; the standard deviation is that of a population."""
        count, mean, low, high, texts = self._row(_GRAYS)
        if texts:
            raise self._unreadable()
        (variance,) = self._row(_VARIANCE, mean=mean)
        return Statistics(count, mean, None if variance is None else math.sqrt(variance), low, high)

    def sample_cells(self) -> Iterator[Row]:
        """Yield the stored cells of every sample, in time order."""
        return self._rows("sample")

    def peak_cells(self) -> Iterator[Row]:
        """Yield the stored cells of every peak, in time order."""
        return self._rows("peak")

    def samples(self) -> Iterator[Sample]:
        """Yield every sample, in time order; what was rejected stands in `rejections`."""
        return self._samples(self._rows("sample"))

    def newest_samples(self, count: int) -> list[Sample]:
        """Return the last `count` samples, oldest first."""
        return list(self._samples(iter(list(self._rows("sample", f"DESC LIMIT {count:d}"))[::-1])))

    def peaks(self) -> tuple[Peak, ...]:
        """Return every peak, in time order."""
        with self._readable():
            return tuple(peak_of(cells) for cells in self._rows("peak"))

    def rejections(self) -> tuple[Rejection, ...]:
        """Return every candidate that was no peak, in the order of the verdicts."""
        with self._readable():
            rows: list[dict[str, Any]] = [self._named("rejection", cells) for cells in self._rows("rejection")]
            return tuple(Rejection(**row | {"reason": Reason(row["reason"])}) for row in rows)

    def transitions(self) -> tuple[Transition, ...]:
        """Return every change of state, in time order."""
        with self._readable():
            rows: list[Any] = list(self._rows("transition"))
            return tuple(
                Transition(t_s, CoordinationState(old), CoordinationState(new), reason)
                for t_s, old, new, reason in rows
            )

    def notices(self) -> tuple[KeptNotice, ...]:
        """Return what was noticed, in time order."""
        rows: list[Any] = list(self._rows("notice"))
        return tuple(KeptNotice(t_s, text, bool(shown)) for t_s, text, shown in rows)

    def marks(self) -> tuple[Mark, ...]:
        """Return the moments that the operator marked, in time order."""
        rows: list[Any] = list(self._rows("mark"))
        return tuple(Mark(*row) for row in rows)

    def changes(self) -> tuple[Change, ...]:
        """Return what was changed while the session ran, in time order."""
        with self._readable():
            rows: list[Any] = list(self._rows("change"))
            changes = tuple(Change(t_s, key, json.loads(value)) for t_s, key, value in rows)
            for change in changes:
                require_sound({change.key: change.value})
            return changes

    def pictures(self) -> tuple[KeptPicture, ...]:
        """Return every picture kept, emission by emission; the last of all, if there are any, at the beginning."""
        return self._pictures(self._rows("picture"))

    def pictures_of(self, peak_index: int) -> tuple[KeptPicture, ...]:
        """Return the pictures of one emission, in time order."""
        return self._pictures(self._rows("picture", condition=f"peak_index = {peak_index:d}"))

    def _opened(self) -> sqlite3.Connection:
        try:
            return open_to_read(self._path)
        except (sqlite3.Error, OSError) as error:
            raise self._unreadable() from error

    def _begin(self) -> None:
        self._version = complete_tables(self._connection)
        if self._version > SCHEMA_VERSION:
            raise StoreError(f"{self._path.name} was written by a newer version of this program: update the program")
        if self._version < 1:
            raise self._unreadable()
        # The first version noted no end, but left no log behind where it came to one.
        self._has_log = self._connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        self._connection.execute("BEGIN")

    def _read_info(self) -> tuple[SessionInfo, dict[str, Any]]:
        values = {str(key): json.loads(str(value)) for key, value in self._rows("session")}
        require_sound(values)
        described: dict[str, Any] = {key: values.pop(key) for key in _INFO_FIELDS & values.keys()}
        described |= {key: dt.datetime.fromisoformat(described[key]) for key in _MOMENTS if described.get(key)}
        return SessionInfo(**described), values

    def _samples(self, rows: Iterator[Row]) -> Iterator[Sample]:
        decided = {peak.decided_frame: peak for peak in self.peaks()}
        try:
            for cells in rows:
                yield sample_of(cells, decided.get(int(cells[0] or 0)))
        except _DAMAGE as error:
            raise self._unreadable() from error

    def _pictures(self, rows: Iterator[Row]) -> tuple[KeptPicture, ...]:
        with self._readable():
            cells: list[Any] = list(rows)
            return tuple(
                KeptPicture(index, Moment(moment), bool(small), t_s, Roi.parse(roi), gray, bytes(png))
                for index, moment, small, t_s, roi, gray, png in cells
            )

    @property
    def _begins_at_zero(self) -> bool:
        return self._whole and self.info.source != SourceKind.VIDEO

    def _condition(self, table: str) -> str:
        return "TRUE" if self._whole else _OF_SPAN.get(table, "TRUE")

    def _time_s(self, order: str = "") -> float:
        """Return the time of the first sample, or with `DESC` of the last; 0 if there is none."""
        edge = f"WHERE {self._condition('sample')} ORDER BY frame_index {order} LIMIT 1"
        with self._readable():
            statement = f"SELECT t_s, {sound_row('sample')} FROM sample {edge}"  # noqa: S608 - as in `_rows`
            t_s, is_sound = self._connection.execute(statement, self._span).fetchone() or (0.0, True)
        if not is_sound:
            raise self._unreadable()
        return float(t_s)

    def _strides(self, begin: int) -> list[tuple[int, int]]:
        """Return from which frame index on every how many-th tick was to be taken, one after the other."""
        changes = [change for change in self.changes() if change.key == "stride"]
        return [(begin, 1), *((self._first_after(change.t_s, begin), change.value) for change in changes)]

    def _pauses(self, begin: int) -> Iterator[tuple[int, int]]:
        """Yield the first and the last of the ticks that have no sample because the session paused."""
        changes = [change for change in self.changes() if change.key == "paused"]
        for one, other in pairwise(changes):
            _, after = self._row(_AROUND, t_s=one.t_s)
            if one.value and after is not None:
                last = min(math.floor(other.t_s * self.info.rate_hz), after - 1)
                yield self._first_after(one.t_s, begin), last

    def _first_after(self, t_s: float, begin: int) -> int:
        """Return the frame index that follows that of the last sample at this time."""
        before: int | None
        before, _ = self._row(_AROUND, t_s=t_s)
        return begin if before is None else before + 1

    def _rows(self, table: str, order: str = "", condition: str = "TRUE") -> Iterator[Row]:
        self._require_sound(table)
        # The names are constants of this package, never a user's text.
        where = f"({self._condition(table)}) AND {condition} ORDER BY {_ORDER.get(table, 'rowid')} {order}"
        statement = f"SELECT {quoted(COLUMNS[table])} FROM {table} WHERE {where}"  # noqa: S608
        try:
            # Not `yield from`: left half-way, that would close the cursor, which must not outlive the connection.
            for row in self._connection.execute(statement, self._span):  # noqa: UP028
                yield row
        except sqlite3.Error as error:
            raise self._unreadable() from error

    def _require_sound(self, table: str) -> None:
        """See once that all rows of a table hold what belongs there; what is told of the session is seen to apart."""
        if table in self._sound or table == "session":
            return
        statement = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE NOT ({sound_row(table)}))"  # noqa: S608 - as above
        with self._readable():
            (is_damaged,) = self._connection.execute(statement).fetchone()
        if is_damaged:
            raise self._unreadable()
        self._sound.add(table)

    def _named(self, table: str, cells: Row) -> dict[str, Any]:
        return dict(zip(COLUMNS[table], cells, strict=True))

    def _value(self, statement: str) -> Any:
        return self._row(statement)[0]

    def _row(self, statement: str, **values: Any) -> tuple[Any, ...]:
        """Return the one row of a statement that ends with the table `sample`."""
        with self._readable():
            within = f"{statement} WHERE {self._condition('sample')}"
            row: tuple[Any, ...] = self._connection.execute(within, self._span | values).fetchone()
            return row

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn whatever a damaged file causes inside into StoreError."""
        try:
            yield
        except _DAMAGE as error:
            raise self._unreadable() from error

    def _unreadable(self) -> StoreError:
        if _is_gone(self._path):
            return StoreError(f"{self._path.name} is gone, it was deleted or moved: choose another one")
        return StoreError(f"{self._path.name} is no session of this program or is damaged: choose another one")


def _wanted(strides: list[tuple[int, int]], first: int, last: int) -> int:
    """Return how many of these ticks were to be taken; `strides` as KeptSession has them."""
    ends = [*(begin - 1 for begin, _ in strides[1:]), last]
    stretches = ((max(begin, first), min(end, last), of) for (begin, of), end in zip(strides, ends, strict=True))
    return sum(max(0, high // of - (low - 1) // of) for low, high, of in stretches)


def _is_gone(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def session_paths(folder: Path) -> list[Path]:
    """Files of all kept sessions, oldest first."""
    return sorted(folder.glob(f"*{FILE_SUFFIX}"))
