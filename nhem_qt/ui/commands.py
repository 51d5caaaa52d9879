"""The menus as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from PySide6.QtWidgets import QMainWindow, QMenu


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One entry of a menu: `name` is the method that carries it out, of the window or a part of it."""

    menu: str
    name: str
    text: str
    shortcut: str
    checkable: bool = False


def monitoring_commands(tr: Callable[[str], str]) -> tuple[CommandSpec, ...]:
    """Return all commands of the main window, in the order of the menus."""
    file, monitoring, region, view = tr("&File"), tr("&Monitoring"), tr("&Region"), tr("&View")
    detection, tools, help_ = tr("&Detection"), tr("&Tools"), tr("&Help")
    return (
        CommandSpec(file, "open_session", tr("&Open session..."), "Ctrl+O"),
        CommandSpec(file, "open_video", tr("Open &video..."), "Ctrl+Shift+O"),
        CommandSpec(file, "watch_screen", tr("&Watch the screen"), "Ctrl+Shift+W"),
        CommandSpec(file, "export_csv", tr("&Export..."), "Ctrl+E"),
        CommandSpec(file, "quit", tr("&Quit"), "Ctrl+Q"),
        CommandSpec(monitoring, "start", tr("&Start"), "F5"),
        CommandSpec(monitoring, "pause_or_resume", tr("&Pause"), "F6"),
        CommandSpec(monitoring, "step", tr("St&ep one frame"), "."),
        CommandSpec(monitoring, "stop", tr("S&top"), "F7"),
        CommandSpec(monitoring, "mark", tr("&Mark"), "M"),
        CommandSpec(monitoring, "mark_with_note", tr("Mark with &note..."), "Shift+M"),
        CommandSpec(monitoring, "cut", tr("&Cut"), "C"),
        CommandSpec(region, "select_region", tr("Select &region..."), "Ctrl+R"),
        CommandSpec(region, "select_in_picture", tr("Select in the &picture"), "Ctrl+Shift+R"),
        CommandSpec(region, "use_dual", tr("&Dual mode: measure the centre"), "Ctrl+D", checkable=True),
        CommandSpec(region, "use_single", tr("S&ingle mode: measure all"), "Ctrl+Shift+D", checkable=True),
        CommandSpec(detection, "use_adaptive", tr("&Adaptive threshold"), "Ctrl+1", checkable=True),
        CommandSpec(detection, "use_fixed", tr("&Fixed threshold"), "Ctrl+2", checkable=True),
        CommandSpec(detection, "set_threshold_from_picture", tr("Set threshold from &picture"), "Ctrl+T"),
        CommandSpec(detection, "analyse_video", tr("Analyse the whole &video"), "Ctrl+Shift+A"),
        CommandSpec(tools, "diagnose", tr("&Diagnostics..."), "Ctrl+Shift+I"),
        CommandSpec(tools, "set_password", tr("Set &password..."), "Ctrl+Shift+P"),
        CommandSpec(tools, "lock_or_unlock", tr("&Unlock..."), "Ctrl+L"),
        CommandSpec(tools, "migrate", tr("&Migrate to dual mode"), "Ctrl+Shift+M"),
        CommandSpec(tools, "revert_migration", tr("&Revert the migration"), "Ctrl+Shift+Z"),
        CommandSpec(view, "show_settings", tr("&Settings"), "Ctrl+,", checkable=True),
        CommandSpec(view, "follow", tr("&Follow the newest samples"), "F", checkable=True),
        CommandSpec(view, "show_peaks", tr("&Peaks"), "Ctrl+P", checkable=True),
        CommandSpec(view, "show_rejections", tr("&Rejected candidates"), "Ctrl+J", checkable=True),
        CommandSpec(view, "show_events", tr("&Marks and notices"), "Ctrl+M", checkable=True),
        CommandSpec(view, "show_health", tr("&Health"), "Ctrl+H", checkable=True),
        CommandSpec(view, "show_whole", tr("&Whole session"), "Home"),
        CommandSpec(help_, "open_log", tr("Open &log"), "Ctrl+Shift+L"),
        CommandSpec(help_, "about", tr("&About"), "F1"),
    )


def review_commands(tr: Callable[[str], str]) -> tuple[CommandSpec, ...]:
    """Return all commands of a review, in the order of the menus."""
    file, session, view = tr("&File"), tr("&Session"), tr("&View")
    return (
        CommandSpec(file, "export", tr("&Export..."), "Ctrl+E"),
        CommandSpec(file, "report", tr("&Report..."), "Ctrl+Shift+E"),
        CommandSpec(file, "close", tr("&Close"), "Ctrl+W"),
        CommandSpec(session, "previous_peak", tr("&Previous peak"), "Ctrl+Left"),
        CommandSpec(session, "next_peak", tr("&Next peak"), "Ctrl+Right"),
        CommandSpec(session, "cut", tr("&Cut"), "C"),
        CommandSpec(session, "what_if", tr("&What if..."), "Ctrl+I"),
        CommandSpec(view, "show_whole", tr("&Whole session"), "Home"),
    )


def build_menus(window: QMainWindow, commands: Iterable[CommandSpec], *parts: object) -> Mapping[str, QAction]:
    """Make the menus of `window`; returns the actions by name, each connected to the first part with such a method."""
    menus: dict[str, QMenu] = {}
    actions: dict[str, QAction] = {}
    for command in commands:
        if command.menu not in menus:
            menus[command.menu] = window.menuBar().addMenu(command.menu)
        action = QAction(command.text, window, checkable=command.checkable)
        action.setShortcut(QKeySequence(command.shortcut))
        part = next(part for part in parts if hasattr(part, command.name))
        action.triggered.connect(getattr(part, command.name))
        menus[command.menu].addAction(action)
        actions[command.name] = action
    return actions
