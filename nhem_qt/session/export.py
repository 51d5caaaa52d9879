"""What is exported of a session: tables, snapshot, curve, picture."""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nhem_qt.session.archive import KeptSession
from nhem_qt.session.curve_condensed import CondensedCurve, ends_s
from nhem_qt.session.curve_look import DARK
from nhem_qt.session.curve_picture import CurveSheet, curve_png, curve_svg
from nhem_qt.session.kept_state import kept_state
from nhem_qt.session.pictures import png_of
from nhem_qt.session.progress import no_progress, part_of, watched
from nhem_qt.session.report import report_html
from nhem_qt.session.snapshot import snapshot
from nhem_qt.session.staging import staged, whole_file
from nhem_qt.session.store import StoreError
from nhem_qt.session.table import PEAK_COLUMNS, SAMPLE_COLUMNS, Row, peak_of, peak_row, sample_row
from nhem_qt.session.words import session_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

    from nhem_qt.session.info import Mark, SessionInfo, Span
    from nhem_qt.session.live import LiveSession
    from nhem_qt.session.progress import Progress
    from nhem_qt.session.snapshot import LiveState

SAMPLES_NAME = "samples.csv"
PEAKS_NAME = "peaks.csv"
SNAPSHOT_NAME = "snapshot.json"
MARKS_NAME = "marks.csv"
CURVE_NAMES = ("curve.png", "curve.svg")
PICTURE_NAME = "picture.png"
REPORT_NAME = "report.html"

_MARK_COLUMNS = ("t_s", "timestamp", "note")
_TABLES = (SAMPLES_NAME, PEAKS_NAME, SNAPSHOT_NAME, MARKS_NAME)
_FLUSH_TIMEOUT_S = 10.0

# The share of the work that is done with the tables, and with the curve as SVG.
_OF_TABLES, _OF_SVG = 0.95, 0.97
# The share that is done with all files where a report follows.
_OF_FILES = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class _Content:
    """What is exported: `count` samples from `first_s` to `last_s`, which can be read once, and all else of them."""

    info: SessionInfo
    title: str
    samples: Iterable[Row]
    count: int
    first_s: float
    last_s: float
    peaks: Sequence[Row]
    marks: Sequence[Mark]
    state: LiveState


def export_names() -> tuple[str, ...]:
    """Return the names of all files that an export may write."""
    return (*_TABLES, *CURVE_NAMES, PICTURE_NAME)


def export_live(folder: Path, session: LiveSession) -> int:
    """Write samples.csv, peaks.csv, snapshot.json, and marks.csv if there are marks, of a running or ended session.

    All of them anew or none. Where the session is not kept on disk, or not to its end, memory gives what it holds;
    returns how many samples are missing. Raises ExportError.
    """
    measured, written = session.history.count, itertools.count()
    with _live_content(session) as content, staged(folder, _TABLES) as stage:
        _write_tables(stage, content, _counted(content.samples, written))
    return max(0, measured - next(written))


def export_session(folder: Path, session: LiveSession, progress: Progress = no_progress) -> int:
    """Write all files of a running or just ended session, all of them anew or none.

    Returns how many samples are missing, as neither the file nor memory has them. Raises ExportError.
    """
    measured, written = session.history.count, itertools.count()
    with _live_content(session) as content, staged(folder, export_names()) as stage:
        samples = _counted(content.samples, written)
        _write_all(stage, replace(content, samples=samples), progress)
    return max(0, measured - next(written))


def export_kept(
    path: Path, folder: Path, span: Span | None = None, progress: Progress = no_progress, *, report: bool = False
) -> None:
    """Write all files of a kept session, or of a span of it, and a report if wanted, all of them anew or none.

    Raises StoreError if the session cannot be read, ExportError if the files cannot be written.
    """
    names = (*export_names(), REPORT_NAME) if report else export_names()
    of_files = _OF_FILES if report else 1.0
    with KeptSession(path, span) as kept, staged(folder, names) as stage:
        _write_all(stage, _kept_content(kept, span), part_of(progress, 0.0, of_files))
        if report:
            with _text_file(stage / REPORT_NAME) as file:
                file.writelines(report_html(kept, span, part_of(progress, of_files, 1.0)))
            progress(1.0)


def write_samples_csv(path: Path, cells: Iterable[Row], info: SessionInfo) -> None:
    """Write samples.csv from stored cells; raises ExportError."""
    with whole_file(path) as file:
        _write_samples(file, cells, info)


def write_peaks_csv(path: Path, cells: Iterable[Row], info: SessionInfo) -> None:
    """Write peaks.csv from stored cells; raises ExportError."""
    with whole_file(path) as file:
        _write_peaks(file, cells, info)


def _counted(rows: Iterable[Row], number: itertools.count[int]) -> Iterator[Row]:
    return (row for row, _ in zip(rows, number, strict=False))


@contextlib.contextmanager
def _live_content(session: LiveSession) -> Iterator[_Content]:
    session.flush(_FLUSH_TIMEOUT_S)
    with _kept(session) as kept:
        samples, peaks = session.held_cells()
        state = session.state()
        first = next(itertools.chain(() if kept is None else kept.sample_cells(), samples), None)
        yield _Content(
            info=session.info,
            title=session_title(session.info, "" if kept is None else kept.name),
            samples=_continued(() if kept is None else kept.sample_cells(), samples),
            count=state.sample_count,
            first_s=_time_s(first),
            last_s=_time_s(samples[-1] if samples else None),
            peaks=list(_continued(() if kept is None else kept.peak_cells(), peaks)),
            marks=session.marks,
            state=state,
        )


@contextlib.contextmanager
def _kept(session: LiveSession) -> Iterator[KeptSession | None]:
    """Give the session's file; None if it has no file or lost it."""
    with contextlib.ExitStack() as stack:
        kept = None
        if session.kept_path is not None:
            with contextlib.suppress(StoreError):
                kept = stack.enter_context(KeptSession(session.kept_path))
        yield kept


def _continued(kept: Iterable[Row], held: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows of the file up to those in memory, then these: memory has to the end what it has at all."""
    first = float(held[0][0] or 0) if held else math.inf
    return itertools.chain(itertools.takewhile(lambda row: float(row[0] or 0) < first, kept), held)


def _kept_content(kept: KeptSession, span: Span | None) -> _Content:
    state = kept_state(kept)
    first_s, last_s = ends_s(kept)
    return _Content(
        info=kept.info,
        title=session_title(kept.info, kept.name, span),
        samples=kept.sample_cells(),
        count=state.sample_count,
        first_s=first_s,
        last_s=last_s,
        peaks=list(kept.peak_cells()),
        marks=kept.marks(),
        state=state,
    )


def _time_s(cells: Row | None) -> float:
    return 0.0 if cells is None else float(cells[SAMPLE_COLUMNS.index("t_s")] or 0.0)


def _write_all(stage: Path, content: _Content, progress: Progress) -> None:
    curve = CondensedCurve(content.first_s, content.last_s, DARK.columns)
    of_tables = part_of(progress, 0.0, _OF_TABLES)
    _write_tables(stage, content, watched(content.samples, content.count, of_tables, curve.add))
    progress(_OF_TABLES)
    peaks = [peak_of(cells) for cells in content.peaks]
    sheet = CurveSheet(content.info, content.title, curve.stretches(), peaks, content.marks)
    (stage / CURVE_NAMES[1]).write_text(curve_svg(sheet), encoding="utf-8")
    progress(_OF_SVG)
    (stage / CURVE_NAMES[0]).write_bytes(curve_png(sheet))
    if content.state.large_roi is not None:
        (stage / PICTURE_NAME).write_bytes(png_of(content.state.large_roi.frame.pixels))
    progress(1.0)


def _write_tables(stage: Path, content: _Content, samples: Iterable[Row]) -> None:
    with _text_file(stage / SAMPLES_NAME) as file:
        _write_samples(file, samples, content.info)
    with _text_file(stage / PEAKS_NAME) as file:
        _write_peaks(file, content.peaks, content.info)
    if content.marks:
        with _text_file(stage / MARKS_NAME) as file:
            _write_marks(file, content.marks, content.info)
    with _text_file(stage / SNAPSHOT_NAME) as file:
        file.write(json.dumps(snapshot(content.state), allow_nan=False))


def _text_file(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _write_samples(file: TextIO, cells: Iterable[Row], info: SessionInfo) -> None:
    _write_rows(file, SAMPLE_COLUMNS, (sample_row(row, info) for row in cells))


def _write_peaks(file: TextIO, cells: Iterable[Row], info: SessionInfo) -> None:
    _write_rows(file, PEAK_COLUMNS, (peak_row(row, info) for row in cells))


def _write_marks(file: TextIO, marks: Iterable[Mark], info: SessionInfo) -> None:
    rows = ((f"{mark.t_s:.6f}", info.timestamp(mark.t_s), mark.note) for mark in marks)
    _write_rows(file, _MARK_COLUMNS, rows)


def _write_rows(file: TextIO, header: Sequence[str], rows: Iterable[Row]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
