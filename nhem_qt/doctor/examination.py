"""The whole examination, one thing after the other."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nhem_qt.doctor.configured import config_findings, load
from nhem_qt.doctor.finding import Finding, Level
from nhem_qt.doctor.folders import folder_findings
from nhem_qt.doctor.kept import session_findings
from nhem_qt.doctor.logged import log_findings
from nhem_qt.doctor.screens import display_findings, screen_findings, try_ways
from nhem_qt.doctor.system import library_findings, system_findings
from nhem_qt.errors import Cancelled, NhemError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nhem_qt.config import LoadedConfig
    from nhem_qt.doctor.finding import Machine


def _without_asking() -> None:
    """Go on."""


def examine(machine: Machine, go_on: Callable[[], None] = _without_asking) -> Iterator[Finding]:
    """Yield what is found, one thing after the other; takes some seconds.

    Nothing is changed, and nothing secret is told: the user's home folder stands as `~`. `go_on` is called again and
    again, and may raise Cancelled. Whatever goes wrong in one part is a finding itself.
    """
    for title, part in _parts(machine, go_on):
        go_on()
        for finding in _guarded(title, part):
            yield _discreet(finding)


def can_monitor(findings: Iterable[Finding]) -> bool:
    """Whether nothing that was found prevents monitoring."""
    return not any(finding.prevents_monitoring for finding in findings)


def _parts(machine: Machine, go_on: Callable[[], None]) -> Iterator[tuple[str, Callable[[], Iterable[Finding]]]]:
    loaded = load(machine)
    yield "System", system_findings
    yield "Libraries", library_findings
    yield "Display", partial(display_findings, machine, go_on)
    yield "Screen", partial(_screen_and_config, machine, loaded, go_on)
    rate_hz = loaded.config.data_processing.fps
    yield "Folders", partial(folder_findings, machine, rate_hz)
    yield "Sessions", partial(session_findings, machine.data_folder, go_on)
    yield "Log", partial(log_findings, machine.log_file, dt.datetime.now())  # noqa: DTZ005 - as the log has it
    yield "Bottlenecks", partial(_bottlenecks, machine)


def _screen_and_config(machine: Machine, loaded: LoadedConfig, go_on: Callable[[], None]) -> Iterator[Finding]:
    region = loaded.config.roi_capture.active_roi
    trials = try_ways(machine, region.roi if region else None, go_on)
    yield from screen_findings(machine, trials, loaded.config.data_processing.fps)
    monitors = next((trial.monitors for trial in trials if trial.failure is None), ())
    yield from config_findings(machine, loaded, monitors)


def _bottlenecks(machine: Machine) -> Iterator[Finding]:
    for words in machine.bottlenecks:
        yield Finding(Level.NOTICE, "Monitoring", words)


def _guarded(title: str, part: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield the findings of a part; an error in it is one as well."""
    try:
        yield from part()
    except Cancelled:
        raise
    except (NhemError, OSError) as error:
        yield Finding(Level.PROBLEM, title, f"this cannot be looked at ({error})", "See that you may read there")
    except Exception as unexpected:
        logging.getLogger(__name__).exception("an examination failed")
        words = f"this could not be examined for an error in the program ({type(unexpected).__name__})"
        yield Finding(Level.PROBLEM, title, words, "Tell whoever maintains the program")


def _discreet(finding: Finding) -> Finding:
    found, advice = (" ".join(_without_home(text).split()) for text in (finding.found, finding.advice))
    return dataclasses.replace(finding, found=found, advice=advice)


def _without_home(text: str) -> str:
    """Write `~` where a path begins with the home folder: that of al is no part of /home/alice, nor of /mnt/home/al."""
    home = Path.home()
    if home == home.parent:
        # The root is in every path, and tells of nobody.
        return text
    return re.sub(rf"(?<![\w.~-]){re.escape(str(home))}(?![\w-]|\.\w)", "~", text)
