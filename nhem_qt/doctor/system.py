"""The machine, its Python and its libraries."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import sqlite3
import statistics
import sys
import time
from importlib import metadata
from typing import TYPE_CHECKING

from nhem_qt.doctor.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAP_S = 0.002
_NAPS = 25
_MAX_LATE_MS = 5.0
# Nobody had this program before: a clock that says so has lost its battery.
_FIRST_YEAR = 2025

_VIDEO = "av"
_QT = "pyside6-essentials"
# It releases None and bools once too often: the process aborts after some hundred updates of a curve.
_BAD_QT = (6, 12)
_BAD_BELOW_PYTHON = (3, 12)


def system_findings() -> Iterator[Finding]:
    """Tell of the machine, its clock and its Python."""
    processors = f"{os.cpu_count() or 1} processors"
    yield Finding(Level.OK, "System", f"{platform.system()} {platform.release()} on {platform.machine()}, {processors}")
    yield Finding(Level.OK, "Python", f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    yield _wall_clock(dt.datetime.now().astimezone())
    yield _timer()


def library_findings() -> Iterator[Finding]:
    """Tell of the libraries that the program needs, and of those that do not work together."""
    versions = installed_versions()
    found = ", ".join(f"{name} {version}" for name, version in versions.items() if version is not None)
    yield Finding(Level.OK, "Libraries", found or "none")
    for name, version in versions.items():
        if version is None:
            yield _missing(name)
    yield from _bad_combinations(versions, sys.version_info[:2])


def installed_versions() -> dict[str, str | None]:
    """Return the version of every library that the program needs or can use; None for one that is not installed."""
    return {name: _version(name) for name in _wanted()}


def _wanted() -> list[str]:
    try:
        requirements = metadata.requires("nhem-qt") or []
    except metadata.PackageNotFoundError:
        requirements = [_QT]
    names = [
        re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()
        for requirement in requirements
        if "extra" not in requirement
    ]
    return [*names, _VIDEO]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _missing(name: str) -> Finding:
    if name == _VIDEO:
        words = "PyAV is not installed: videos can be neither monitored nor analysed, all else works"
        return Finding(Level.NOTICE, "Videos", words, 'pip install "nhem-qt[video]", if you want that')
    return Finding(
        Level.PROBLEM, "Libraries", f"{name} is not installed", "pip install nhem-qt", prevents_monitoring=True
    )


def _bad_combinations(versions: Mapping[str, str | None], python: tuple[int, int]) -> Iterator[Finding]:
    version = versions.get(_QT)
    if version is not None and python < _BAD_BELOW_PYTHON and _major_minor(version) == _BAD_QT:
        yield Finding(
            Level.PROBLEM,
            "Libraries",
            f"PySide6 {version} with Python {python[0]}.{python[1]} aborts after some hundred updates of a curve",
            'pip install "PySide6-Essentials<6.12", or use Python 3.12 or newer',
            prevents_monitoring=True,
        )


def _major_minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _wall_clock(now: dt.datetime) -> Finding:
    found = f"{now:%Y-%m-%d %H:%M:%S %z}"
    if now.year < _FIRST_YEAR:
        return Finding(Level.PROBLEM, "Clock", found, "Set the clock: sessions would carry a wrong date")
    return Finding(Level.OK, "Clock", found)


def _timer() -> Finding:
    """Tell how late a short sleep ends: ticks are waited for that way."""
    late_ms = statistics.median(_late_s() for _ in range(_NAPS)) * 1000
    found = f"a short wait ends {late_ms:.1f} ms late"
    if late_ms <= _MAX_LATE_MS:
        return Finding(Level.OK, "Timer", found)
    return Finding(Level.NOTICE, "Timer", found, "Close other programs: ticks would come late, or be dropped")


def _late_s() -> float:
    begin_s = time.perf_counter()
    time.sleep(_NAP_S)
    return time.perf_counter() - begin_s - _NAP_S
