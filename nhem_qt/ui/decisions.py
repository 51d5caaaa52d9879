"""What the detector decides while it is measured, until the window has time to list it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from nhem_qt.detection import Peak, Rejection
    from nhem_qt.ui.curves import CurvesView
    from nhem_qt.ui.docks import Docks
    from nhem_qt.ui.readout import Readout


class Decisions(QObject):
    """Holds new peaks and rejected candidates until `list_new` is called, for a list is painted anew with each."""

    def __init__(self, docks: Docks, curves: CurvesView, readout: Readout) -> None:
        super().__init__(docks)
        self._docks = docks
        self._curves = curves
        self._readout = readout
        self._peaks: list[Peak] = []
        self._rejections: list[Rejection] = []

    def add_peak(self, peak: Peak) -> None:
        """Have a peak listed."""
        self._peaks.append(peak)

    def add_rejection(self, rejection: Rejection) -> None:
        """Have a rejected candidate listed."""
        self._rejections.append(rejection)

    def forget(self) -> None:
        """List nothing of what came so far."""
        self._peaks, self._rejections = [], []

    def list_new(self) -> None:
        """List what came since the last time, peaks also in curve and readout."""
        peaks, rejections = self._peaks, self._rejections
        self.forget()
        for peak in peaks:
            self._docks.peaks.append(peak)
        for rejection in rejections:
            self._docks.rejections.append(rejection)
        if peaks:
            self._curves.set_peaks(self._docks.peaks.rows)
            self._readout.show_peaks(self._docks.peaks.rows)
