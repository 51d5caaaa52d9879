"""What went wrong lately, as the log tells it."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from nhem_qt.doctor.finding import Finding, Level, counted
from nhem_qt.monitor import ErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_DAYS = 7
_MOST_SHOWN = 3
_MOST_CHARACTERS = 160

_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ (WARNING|ERROR|CRITICAL|INFO|DEBUG) [\w.]+: (.*)")
_CRASH = "Fatal Python error"
_FAULT = re.compile(rf"({'|'.join(ErrorKind)}) fault ")
_VARYING = re.compile(r"[-+]?\d+(?:[.,:]\d+)*")


class _Trouble(NamedTuple):
    """A kind of trouble: its level, and its words without what varies from time to time."""

    level: str
    pattern: str


def log_findings(log_file: Path, now: dt.datetime) -> Iterator[Finding]:
    """Tell how often something went wrong in the last days, and what most; `now` is the local time without zone."""
    lines = list(_lines(log_file))
    troubles, crashes = _counted(lines, now - dt.timedelta(days=_DAYS))
    if not lines:
        yield Finding(Level.OK, "Log", f"there is none at {log_file} yet")
        return
    errors = sum(count for trouble, count in troubles.items() if trouble.level != "WARNING")
    warnings = troubles.total() - errors
    found = f"{counted(errors, 'error')} and {counted(warnings, 'warning')} in the last {_DAYS} days, in {log_file}"
    yield Finding(Level.NOTICE if errors else Level.OK, "Log", found, "Help > Open log tells more" if errors else "")
    if crashes:
        words = f"the program crashed {_times(crashes)} in the last {_DAYS} days"
        yield Finding(Level.PROBLEM, "Log", words, "Send the log to whoever maintains the program")
    faults = _faults(troubles)
    if faults:
        kinds = ", ".join(f"{count} of {kind}" for kind, count in faults.most_common())
        yield Finding(Level.NOTICE, "Log", f"faults while monitoring in the last {_DAYS} days: {kinds}")
    for trouble, count in troubles.most_common(_MOST_SHOWN):
        level = Level.OK if trouble.level == "WARNING" else Level.NOTICE
        yield Finding(level, "Log", f"{_times(count)}: {trouble.pattern}")


def _counted(lines: Iterable[str], since: dt.datetime) -> tuple[Counter[_Trouble], int]:
    """Return how often each trouble was logged since a moment, and how often the process crashed."""
    troubles: Counter[_Trouble] = Counter()
    crashes = 0
    recent = False
    for line in lines:
        match = _LINE.match(line)
        if match:
            recent = dt.datetime.fromisoformat(match[1]) >= since
            if recent and match[2] not in {"INFO", "DEBUG"}:
                troubles[_Trouble(match[2], _pattern(match[3]))] += 1
        # A crash carries no time: it came after the line before it.
        elif recent and line.startswith(_CRASH):
            crashes += 1
    return troubles, crashes


def _faults(troubles: Counter[_Trouble]) -> Counter[str]:
    """Return how often the monitor told of a fault, by its kind."""
    kinds: Counter[str] = Counter()
    for trouble, count in troubles.items():
        match = _FAULT.match(trouble.pattern)
        if match:
            kinds[match[1]] += count
    return kinds


def _pattern(message: str) -> str:
    return _VARYING.sub("#", message)[:_MOST_CHARACTERS]


def _lines(log_file: Path) -> Iterator[str]:
    """Yield the lines of the log and of those before it, oldest first."""
    for path in [log_file.with_name(f"{log_file.name}.{number}") for number in (3, 2, 1)] + [log_file]:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        yield from text.splitlines()


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
