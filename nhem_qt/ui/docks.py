"""What stands beside the picture and the curves: lists, settings and health; each can be shown or hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from nhem_qt.ui.events_table import EventsModel, EventsTable, event_columns, notice_event
from nhem_qt.ui.health_panel import HealthPanel
from nhem_qt.ui.peaks_table import peak_columns, rejection_columns
from nhem_qt.ui.rows_table import RowsModel, RowsTable
from nhem_qt.ui.settings_panel import SettingsPanel
from nhem_qt.ui.window_parts import add_dock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QDockWidget, QMainWindow

    from nhem_qt.config import LoadedConfig
    from nhem_qt.detection import Peak, Rejection
    from nhem_qt.session import KeptNotice

_WIDTH_PX = 474


class Docks(QObject):
    """The docks of the main window, at first with the peaks alone; the commands that show them are its methods."""

    def __init__(self, window: QMainWindow, loaded: LoadedConfig) -> None:
        super().__init__(window)
        self.peaks: RowsModel[Peak] = RowsModel(peak_columns(self.tr), window)
        self.rejections: RowsModel[Rejection] = RowsModel(rejection_columns(self.tr), window)
        self.events = EventsModel(event_columns(self.tr), window)
        self.settings = SettingsPanel(loaded, window)
        self.health = HealthPanel(window)
        self._peaks = add_dock(window, "peaksDock", self.tr("Peaks"), RowsTable(self.peaks, window))
        rejections = RowsTable(self.rejections, window)
        self._rejections = add_dock(window, "rejectionsDock", self.tr("Rejected candidates"), rejections)
        self._events = add_dock(window, "eventsDock", self.tr("Marks and notices"), EventsTable(self.events, window))
        self._settings = add_dock(window, "settingsDock", self.tr("Settings"), self.settings)
        self._health = add_dock(window, "healthDock", self.tr("Health"), self.health)
        for dock in (self._rejections, self._events, self._settings, self._health):
            dock.hide()
        # As high as the window: one at a time, by tabs.
        window.tabifyDockWidget(self._peaks, self._settings)
        window.tabifyDockWidget(self._peaks, self._health)
        window.resizeDocks([self._peaks], [_WIDTH_PX], Qt.Orientation.Horizontal)

    def bind(self, actions: Mapping[str, QAction]) -> None:
        """Let the commands be checked while their docks are seen."""
        docks = {
            "show_peaks": self._peaks,
            "show_rejections": self._rejections,
            "show_events": self._events,
            "show_settings": self._settings,
            "show_health": self._health,
        }
        for name, dock in docks.items():
            dock.visibilityChanged.connect(actions[name].setChecked)

    def clear(self) -> None:
        """Show nothing of the session before."""
        self.peaks.clear()
        self.rejections.clear()
        self.events.clear()
        self.health.clear()

    def list_notice(self, notice: KeptNotice) -> None:
        """List what the operator was told among what happened."""
        self.events.put(notice_event(notice))
        self.health.add_notice(notice)

    def show_peaks(self, wanted: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Show or hide the list of peaks."""
        _show(self._peaks, wanted=wanted)

    def show_rejections(self, wanted: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Show or hide the list of candidates that are no peaks."""
        _show(self._rejections, wanted=wanted)

    def show_events(self, wanted: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Show or hide the list of marks and notices."""
        _show(self._events, wanted=wanted)

    def show_settings(self, wanted: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Show or hide the settings."""
        _show(self._settings, wanted=wanted)

    def show_health(self, wanted: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Show or hide how well it goes."""
        _show(self._health, wanted=wanted)


def _show(dock: QDockWidget, *, wanted: bool) -> None:
    dock.setVisible(wanted)
    if wanted:
        # Of those that share a place one is seen.
        dock.raise_()
