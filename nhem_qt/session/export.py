"""What is exported of a session: tables, snapshot, curve."""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from nhem_qt.errors import NhemError
from nhem_qt.session.archive import KeptSession
from nhem_qt.session.curve_picture import curve_picture
from nhem_qt.session.kept_state import kept_state
from nhem_qt.session.snapshot import snapshot
from nhem_qt.session.store import StoreError
from nhem_qt.session.table import PEAK_COLUMNS, SAMPLE_COLUMNS, Row, peak_row, sample_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nhem_qt.session.info import SessionInfo
    from nhem_qt.session.live import LiveSession

SAMPLES_NAME = "samples.csv"
PEAKS_NAME = "peaks.csv"
SNAPSHOT_NAME = "snapshot.json"
CURVE_NAME = "curve.png"

_FLUSH_TIMEOUT_S = 10.0


class ExportError(NhemError):
    """Files cannot be written where they are wanted."""


def export_names() -> tuple[str, ...]:
    """Return the names of the files that an export writes."""
    return SAMPLES_NAME, PEAKS_NAME, SNAPSHOT_NAME


def export_live(folder: Path, session: LiveSession) -> None:
    """Write samples.csv, peaks.csv and snapshot.json of a running or just ended session; raises ExportError.

    Where the session is not kept on disk, or not to its end, memory gives what it holds.
    """
    make_folder(folder)
    session.flush(_FLUSH_TIMEOUT_S)
    with _kept_cells(session) as (kept_samples, kept_peaks):
        samples, peaks = session.held_cells()
        _write_tables(folder, _continued(kept_samples, samples), _continued(kept_peaks, peaks), session.info)
    write_text(folder / SNAPSHOT_NAME, json.dumps(snapshot(session.state()), allow_nan=False))


@contextlib.contextmanager
def _kept_cells(session: LiveSession) -> Iterator[tuple[Iterable[Row], Iterable[Row]]]:
    """Give samples and peaks that the session's file has; none if it has no file or lost it."""
    with contextlib.ExitStack() as stack:
        kept = None
        if session.kept_path is not None:
            with contextlib.suppress(StoreError):
                kept = stack.enter_context(KeptSession(session.kept_path))
        yield ((), ()) if kept is None else (kept.sample_cells(), kept.peak_cells())


def _continued(kept: Iterable[Row], held: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows of the file up to those in memory, then these: memory has to the end what it has at all."""
    first = float(held[0][0] or 0) if held else math.inf
    return itertools.chain(itertools.takewhile(lambda row: float(row[0] or 0) < first, kept), held)


def export_kept(path: Path, folder: Path) -> None:
    """Write samples.csv, peaks.csv, snapshot.json and curve.png of a kept session, all of them anew or none.

    Raises StoreError if the session cannot be read, ExportError if the files cannot be written.
    """
    with KeptSession(path) as kept:
        make_folder(folder)
        with _staged(folder) as stage:
            _write_tables(stage, kept.sample_cells(), kept.peak_cells(), kept.info)
            write_text(stage / SNAPSHOT_NAME, json.dumps(snapshot(kept_state(kept)), allow_nan=False))
            curve_picture(kept).save(stage / CURVE_NAME)


@contextlib.contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """Give a folder whose files move into `folder` once all are whole; what fails or is cancelled leaves nothing."""
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as stage:
            yield Path(stage)
            targets = {part: folder / part.name for part in Path(stage).iterdir()}
            in_the_way = next((target for target in targets.values() if target.is_dir()), None)
            if in_the_way is not None:
                raise ExportError(f"{in_the_way} is a folder, so that no file can be written there: choose another one")
            for part, target in targets.items():
                part.replace(target)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _write_tables(folder: Path, samples: Iterable[Row], peaks: Iterable[Row], info: SessionInfo) -> None:
    write_samples_csv(folder / SAMPLES_NAME, samples, info)
    write_peaks_csv(folder / PEAKS_NAME, peaks, info)


def write_samples_csv(path: Path, cells: Iterable[Row], info: SessionInfo) -> None:
    """Write samples.csv from stored cells; raises ExportError."""
    _write_csv(path, SAMPLE_COLUMNS, (sample_row(row, info) for row in cells))


def write_peaks_csv(path: Path, cells: Iterable[Row], info: SessionInfo) -> None:
    """Write peaks.csv from stored cells; raises ExportError."""
    _write_csv(path, PEAK_COLUMNS, (peak_row(row, info) for row in cells))


def make_folder(folder: Path) -> None:
    """Make the folder of an export, before anything is measured for it; raises ExportError if it cannot hold files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(f"{folder} cannot be written to: choose another folder")


def write_text(path: Path, text: str) -> None:
    """Write a whole text file or none; raises ExportError."""
    with _whole_file(path) as file:
        file.write(text)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
    with _whole_file(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


@contextlib.contextmanager
def _whole_file(path: Path) -> Iterator[TextIO]:
    """Open a file beside `path` that takes its place when it is whole; what fails or is cancelled leaves nothing."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> ExportError:
    return ExportError(f"{path} cannot be written ({error.strerror}): choose another folder, or make room")
