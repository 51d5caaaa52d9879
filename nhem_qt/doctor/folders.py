"""The folders that the program writes to, and how long their room lasts."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

from nhem_qt.config import own_config_path
from nhem_qt.doctor.finding import Finding, Level
from nhem_qt.errors import NhemError
from nhem_qt.session import KeptSession, session_paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nhem_qt.doctor.finding import Machine

BYTES_PER_SAMPLE = 800.0
"""What a sample takes on the disk where there is an emission with its pictures every four seconds; measured."""

# In shorter sessions chance decides how many emissions there are.
_FEWEST_SAMPLES = 2000
_SESSIONS_LOOKED_AT = 5
_LITTLE_H, _TOO_LITTLE_H = 10.0, 1.0


def folder_findings(machine: Machine, rate_hz: float) -> Iterator[Finding]:
    """Tell of each folder whether it can be written to, and how many hours of monitoring fit on the disk."""
    data = machine.data_folder
    config = (machine.config_path or own_config_path()).absolute().parent
    yield _folder("Sessions folder", data, "Sessions would not be kept: choose another folder with --data-dir")
    yield _folder("Configuration folder", config, "Settings could not be saved: see that you may write there")
    yield _folder("Log folder", machine.log_file.parent, "There would be no log: see that you may write there")
    yield from _room(data, rate_hz)


def bytes_per_sample(folder: Path) -> float:
    """Return what a sample takes on the disk, by the newest long session; without any by experience."""
    for path in session_paths(folder)[: -_SESSIONS_LOOKED_AT - 1 : -1]:
        try:
            with KeptSession(path) as kept:
                count = kept.sample_count if kept.finished else 0
            size = path.stat().st_size
        except (NhemError, OSError):
            continue
        if count >= _FEWEST_SAMPLES:
            return size / count
    return BYTES_PER_SAMPLE


def _folder(title: str, folder: Path, advice: str) -> Finding:
    there = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        return Finding(Level.PROBLEM, title, f"{folder} cannot be written to ({error.strerror})", advice)
    return Finding(Level.OK, title, str(folder) if there == folder else f"{folder}, made when it is needed")


def _nearest(folder: Path) -> Path:
    """Return the folder, or what there is of the way to it."""
    return next((place for place in (folder, *folder.parents) if _is_there(place)), folder)


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:
        return False


def _room(folder: Path, rate_hz: float) -> Iterator[Finding]:
    try:
        free = shutil.disk_usage(_nearest(folder)).free
    except OSError as error:
        yield Finding(Level.NOTICE, "Disk", f"how much room there is cannot be told ({error.strerror})")
        return
    hours = free / (bytes_per_sample(folder) * rate_hz * 3600)
    found = f"{_size(free)} are free for sessions, {_duration(hours)} at {rate_hz:g} Hz"
    if hours >= _LITTLE_H:
        yield Finding(Level.OK, "Disk", found)
    else:
        level = Level.PROBLEM if hours < _TOO_LITTLE_H else Level.NOTICE
        yield Finding(level, "Disk", found, "Delete what is no longer needed, or choose another folder with --data-dir")


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"  # noqa: PLR2004 - a billion is one GB


def _duration(hours: float) -> str:
    if hours >= 48:  # noqa: PLR2004 - two days
        return f"about {hours / 24:.0f} days"
    return f"about {hours:.0f} hours" if hours >= _LITTLE_H else f"about {hours:.1f} hours"
