"""The display, and the ways to its pixels."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhem_qt.capture import NO_PERMISSION, is_wayland, screen_ways
from nhem_qt.doctor.finding import Finding, Level
from nhem_qt.doctor.trial import try_out
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nhem_qt.doctor.finding import Machine

_DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
_SCREEN_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY")
_SESSION_VARIABLES = (*_DISPLAY_VARIABLES, "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP")
_LIBRARIES = ("mss", "Pillow")
_PATIENCE_S = 8.0

# Qt aborts the process where it cannot show windows: only another process can try that.
_QT_TRIAL = """
from PySide6.QtGui import QGuiApplication
import PySide6.QtWidgets
app = QGuiApplication([])
print(app.platformName(), *(f"{s.size().width()}x{s.size().height()}@{s.devicePixelRatio():g}" for s in app.screens()))
"""

_NO_DISPLAY = "Start the program in a desktop session, or under a virtual one with xvfb-run"
_QT_ADVICE = "Install what the message names; on Debian and Ubuntu `make run` of the checkout does that"


@dataclass(frozen=True, slots=True)
class WayTrial:
    """What came of trying one way to the screen: its monitors and grabs per second, or why it failed.

    `large_px` are width and height of the large region that was grabbed.
    """

    name: str
    failure: str | None = None
    monitors: tuple[Roi, ...] = ()
    small_hz: float = 0.0
    large_hz: float = 0.0
    large_px: tuple[int, int] = (0, 0)
    sees_windows: bool = True


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether a window can be shown, as far as that can be known without Qt, which aborts where it cannot."""
    return not sys.platform.startswith("linux") or any(environment.get(name) for name in _DISPLAY_VARIABLES)


def display_findings(machine: Machine, go_on: Callable[[], None]) -> Iterator[Finding]:
    """Tell whether there is a display, and whether Qt can show windows there."""
    environment = machine.environment
    if has_display(environment):
        yield Finding(Level.OK, "Display", _session(environment))
    else:
        names = " nor ".join(_DISPLAY_VARIABLES)
        yield Finding(Level.PROBLEM, "Display", f"none: neither {names} is set", _NO_DISPLAY, prevents_monitoring=True)
    yield _windows(environment, go_on)


def try_ways(machine: Machine, large: Roi | None, go_on: Callable[[], None]) -> tuple[WayTrial, ...]:
    """Try the ways to the screen, each in a process of its own, with grabs of `large` and of a small region.

    Screenshot programs are tried only where nothing else works: they are slow, and some let the screen flash.
    """
    environment = machine.environment
    if sys.platform.startswith("linux") and not any(environment.get(name) for name in _SCREEN_VARIABLES):
        return ()
    trials: list[WayTrial] = []
    for way in screen_ways():
        if way.name in _LIBRARIES or not any(trial.failure is None for trial in trials):
            trials.append(_trial(way.name, large, environment, go_on))
    return tuple(trials)


def screen_findings(machine: Machine, trials: Sequence[WayTrial], wanted_hz: float) -> Iterator[Finding]:
    """Tell what came of the trials, for a monitoring at `wanted_hz`."""
    working = [trial for trial in trials if trial.failure is None]
    if working:
        monitors = working[0].monitors
        words = " and ".join(f"{one.width}x{one.height} px at {one.x1},{one.y1}" for one in monitors)
        yield Finding(Level.OK, "Monitors", words or "not told apart")
    for trial in trials:
        yield _way_finding(trial, working[:1], wanted_hz)
    if not trials:
        yield Finding(Level.PROBLEM, "Screen", "there is none without a display", _NO_DISPLAY, prevents_monitoring=True)
    elif not working:
        yield _nothing_works(machine.environment)
    elif not working[0].sees_windows:
        yield Finding(Level.PROBLEM, "Permission", NO_PERMISSION, prevents_monitoring=True)


def _session(environment: Mapping[str, str]) -> str:
    """Return what kind of session this is, and how that is known."""
    given = ", ".join(f"{name}={environment[name]}" for name in _SESSION_VARIABLES if environment.get(name))
    if is_wayland(environment):
        return f"Wayland session ({given})"
    if environment.get("DISPLAY"):
        return f"X11 session ({given})"
    return given or "the desktop of this system"


def _trial(name: str, large: Roi | None, environment: Mapping[str, str], go_on: Callable[[], None]) -> WayTrial:
    arguments = ["-m", "nhem_qt.doctor.screen_trial", name, *([str(large)] if large else [])]
    outcome = try_out(arguments, environment, _PATIENCE_S, go_on)
    if outcome.failure is not None:
        return WayTrial(name, outcome.failure)
    found: dict[str, Any] = json.loads(outcome.output)
    if "failure" in found:
        return WayTrial(name, found["failure"])
    width, height = found["large"]
    monitors = tuple(Roi.parse(text) for text in found["monitors"])
    return WayTrial(name, None, monitors, found["small_hz"], found["large_hz"], (width, height), found["sees_windows"])


def _way_finding(trial: WayTrial, used: Iterable[WayTrial], wanted_hz: float) -> Finding:
    title = f"Screen by {trial.name}"
    if trial.failure is not None:
        return Finding(Level.NOTICE, title, f"does not work: {trial.failure}")
    width, height = trial.large_px
    found = f"{_rate(trial.small_hz)} grabs per second of 50x50 px, {_rate(trial.large_hz)} of {width}x{height} px"
    if trial not in used:
        return Finding(Level.OK, title, f"{found}; in reserve")
    if trial.small_hz >= wanted_hz:
        return Finding(Level.OK, title, f"{found}; this is used")
    advice = (
        f"{wanted_hz:g} per second are wanted: lower data_processing.fps, or log in to an X11 session if this is none"
    )
    return Finding(Level.NOTICE, title, f"{found}; this is used", advice)


def _nothing_works(environment: Mapping[str, str]) -> Finding:
    if is_wayland(environment):
        found = "Wayland lets no program look at it, and no screenshot program helps"
        advice = "Log in to an X11 session, or install gnome-screenshot (GNOME), spectacle (KDE) or grim (others)"
    else:
        found, advice = (
            "it cannot be grabbed in any way",
            "Start the program in a desktop session (X11, Windows or macOS)",
        )
    return Finding(Level.PROBLEM, "Screen", found, advice, prevents_monitoring=True)


def _windows(environment: Mapping[str, str], go_on: Callable[[], None]) -> Finding:
    """Tell whether Qt can be loaded and shows windows; without a display only the first."""
    shown = has_display(environment)
    tried = environment if shown else {**environment, "QT_QPA_PLATFORM": "offscreen"}
    outcome = try_out(["-c", _QT_TRIAL], tried, _PATIENCE_S, go_on)
    if outcome.failure is not None:
        return Finding(Level.PROBLEM, "Windows", outcome.failure, _QT_ADVICE, prevents_monitoring=True)
    platform, *screens = outcome.output.split()
    sizes = ", ".join(screens)
    return Finding(Level.OK, "Windows", f"Qt shows them by {platform}, {sizes}" if shown else "Qt can be loaded")


def _rate(hz: float) -> str:
    return f"{hz:.1f}" if hz < 100 else f"{hz:.0f}"  # noqa: PLR2004 - more digits than that say nothing
