"""Many recordings and curves, one after the other."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.analysis.analyse import PEAKS_SUFFIX, SAMPLES_SUFFIX, analyse
from nhem_qt.analysis.curve_file import TABLE_SUFFIXES
from nhem_qt.capture import VIDEO_SUFFIXES
from nhem_qt.errors import Cancelled, NhemError
from nhem_qt.session import ExportError, make_folder
from nhem_qt.session.staging import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from nhem_qt.analysis.analyse import Analysis, Request

SUMMARY_NAME = "summary.csv"

_SUMMARY_COLUMNS = ("file", "length_s", "rate_hz", "samples", "green", "red", "mean_difference", "error")

# What this program itself writes, and what is no curve.
_OWN_NAMES = frozenset({SUMMARY_NAME, "peaks.csv", "marks.csv"})
_OWN_SUFFIXES = (SAMPLES_SUFFIX, PEAKS_SUFFIX)


class NoRecordingError(NhemError):
    """A folder holds nothing that could be analysed."""


class ClashError(NhemError):
    """Results would replace each other, or a file that is to be analysed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: what was found in it, and why not all of it or nothing."""

    file: Path
    found: Analysis | None
    error: str | None


def recordings(paths: Iterable[Path]) -> list[Path]:
    """Replace every folder by the videos and tables in it, sorted by name; results of an analysis are left out.

    A file that is named twice is taken once. A folder without any, or one that cannot be read, stays as it is:
    `analyse_all` says what is wrong with it.
    """
    return list(dict.fromkeys(file for path in paths for file in _recordings_in(path) or [path]))


def require_room(files: Sequence[Path], folder: Path) -> None:
    """Raise ClashError where the results of one file, in `folder`, would take the place of others or of a file."""
    of_stem: dict[str, Path] = {}
    for file in files:
        other = of_stem.setdefault(file.stem.casefold(), file)
        if other != file:
            raise ClashError(f"results of {other} and {file} would have the same names: give each an --out of its own")
    names = {file.stem + suffix for file in files for suffix in _OWN_SUFFIXES}
    results = {(folder / name).resolve() for name in (*names, *([SUMMARY_NAME] if len(files) > 1 else []))}
    for file in files:
        if file.resolve() in results:
            raise ClashError(f"{file} would be replaced by results: choose another --out")


def analyse_all(files: Iterable[Path], request: Request) -> Iterator[Outcome]:
    """Analyse one file after the other; one that fails does not stop the others.

    Raises ExportError where no results can be written.
    """
    for file in files:
        try:
            if file.is_dir():
                raise NoRecordingError(f"{file} holds no video and no CSV that can be read: name another folder")
            found = analyse(file, request)
            yield Outcome(file, found, "; ".join(found.flaws) or None)
        except (Cancelled, ExportError):
            raise
        except NhemError as error:
            yield Outcome(file, None, str(error))


def write_summary(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Write summary.csv, one row per file; raises ExportError."""
    make_folder(folder)
    with whole_file(folder / SUMMARY_NAME) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_SUMMARY_COLUMNS)
        writer.writerows(_summary_row(outcome) for outcome in outcomes)


def _recordings_in(path: Path) -> list[Path]:
    try:
        return sorted(file for file in path.iterdir() if _is_recording(file)) if path.is_dir() else []
    except OSError:
        return []


def _is_recording(file: Path) -> bool:
    name, suffix = file.name.casefold(), file.suffix.casefold()
    if name.startswith(".") or not file.is_file():
        return False
    if suffix in TABLE_SUFFIXES:
        return name not in _OWN_NAMES and not name.endswith(_OWN_SUFFIXES)
    return suffix in VIDEO_SUFFIXES


def _summary_row(outcome: Outcome) -> tuple[object, ...]:
    found = outcome.found
    if found is None:
        return (outcome.file, *[None] * (len(_SUMMARY_COLUMNS) - 2), outcome.error)
    rate_hz, length_s, counts = found.info.rate_hz, f"{found.length_s:.6f}", (found.frames, found.green, found.red)
    return (outcome.file, length_s, rate_hz, *counts, found.mean_difference, outcome.error)
