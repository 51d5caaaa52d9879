"""A kept session, or a part of one, looked at again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget

from nhem_qt.analysis import what_if
from nhem_qt.session import KeptSession, Span, is_invented
from nhem_qt.ui.background import Jobs
from nhem_qt.ui.banner import Banner, Level
from nhem_qt.ui.closing import Closing
from nhem_qt.ui.commands import build_menus, review_commands
from nhem_qt.ui.curves import CurvesView
from nhem_qt.ui.events_table import EventsModel, EventsTable, event_columns, events_of
from nhem_qt.ui.exporting import Exporting
from nhem_qt.ui.peak_pictures import PeakPictures
from nhem_qt.ui.peaks_table import peak_columns, rejection_columns
from nhem_qt.ui.rows_table import RowsModel, RowsTable
from nhem_qt.ui.session_facts import SessionFacts
from nhem_qt.ui.what_if_panel import WhatIfPanel
from nhem_qt.ui.window_parts import add_dock, central_area

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent

    from nhem_qt.analysis import Comparison, Pair
    from nhem_qt.detection import DetectorConfig, Peak, Rejection
    from nhem_qt.session import Digest, KeptPicture, LongCurve, Statistics
    from nhem_qt.ui.events_table import Event

_REDRAW_MS = 33
_DOCKS_WIDTH_PX = 430
# So much is shown around what is gone to.
_AROUND_S = 10.0
_MOST_OF_NAME = 60


class ReviewWindow(QMainWindow):
    """The curve with its peaks, their pictures, what else happened, and what other parameters would have found.

    Nothing is measured here, and nothing in the file is changed. `cut_requested` tells of a span that should be looked
    at by itself.
    """

    cut_requested = Signal(object)
    left = Signal()
    """The window is about to close for good; nothing is under way any more."""

    def __init__(self, digest: Digest, curve: LongCurve, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.digest = digest
        self._jobs = Jobs(self)
        self.closing = Closing(self, self._jobs, lambda: self.long_titles)
        self._chosen: Peak | None = None
        self._is_reading = False
        self.exporting = Exporting(self, self._jobs)
        self.banner = Banner(self)
        self.pictures = PeakPictures(self)
        self.facts = SessionFacts(digest, self)
        self.curves = CurvesView(self)
        self.peaks: RowsModel[Peak] = RowsModel(peak_columns(self.tr), self)
        self.rejections: RowsModel[Rejection] = RowsModel(rejection_columns(self.tr), self)
        self.events = EventsModel(event_columns(self.tr), self)
        self._peaks_table = RowsTable(self.peaks, self)
        self._rejections_table = RowsTable(self.rejections, self)
        self._events_table = EventsTable(self.events, self)
        self.what_if_panel = WhatIfPanel(digest.detector, self)
        self._kind = QLabel(self._kind_words(), self)
        self._kind.setObjectName("reviewBadge")
        self._actions = build_menus(self, review_commands(self.tr), self)
        self._lay_out()
        self._connect()
        self._fill(curve)
        # A list that gets the focus goes to its first row.
        self.curves.setFocus()
        self._redraw_timer = QTimer(self, interval=_REDRAW_MS)
        self._redraw_timer.timeout.connect(self.curves.refresh)
        self._redraw_timer.start()

    @property
    def long_titles(self) -> tuple[str, ...]:
        """The titles of what would be cancelled if the window closed now."""
        return self._jobs.long_titles

    def export(self) -> None:
        """Ask for a folder and write tables, curve and picture into it."""
        self.exporting.ask_kept(self.digest.path, self.digest.span, self.digest.info.session_id)

    def report(self) -> None:
        """Ask for a file and write the report."""
        self.exporting.ask_report(self.digest.path, self.digest.span, self.digest.info.session_id)

    def previous_peak(self) -> None:
        """Go to the peak before the one that is shown."""
        self._go_to_row(max(0, self._peaks_table.currentIndex().row() - 1))

    def next_peak(self) -> None:
        """Go to the peak after the one that is shown."""
        self._go_to_row(self._peaks_table.currentIndex().row() + 1)

    def cut(self) -> None:
        """Look at the selected span by itself."""
        if self.curves.span is None:
            self.banner.tell(self.tr("Drag over a part of the curve with Shift held, then cut it"), Level.NOTICE)
            return
        self.banner.take_back()
        self.cut_requested.emit(self.curves.span)

    def what_if(self) -> None:
        """Show the parameters with which the detection can be run again."""
        self._what_if_dock.show()
        self._what_if_dock.raise_()

    def show_whole(self) -> None:
        """Show the curve from its beginning to its end."""
        self.curves.show_all()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close once nothing is under way any more; before anything is cancelled, that is asked."""
        if not self.closing.allows():
            event.ignore()
            return
        self._redraw_timer.stop()
        if self._jobs.are_under_way:
            self.hide()
            event.ignore()
            return
        self.left.emit()
        self._jobs.end()
        super().closeEvent(event)

    def _on_peaks_table_row_chosen(self, peak: Peak) -> None:
        self._show_around(peak.start_s, peak.end_s)
        self._chosen = peak
        self.curves.choose(peak)
        # One at a time: with a key held down the choices come faster than a busy file is read.
        if not self._is_reading:
            self._read_pictures(peak)

    def _on_rejections_table_row_chosen(self, rejection: Rejection) -> None:
        self._show_around(rejection.start_s, rejection.end_s)

    def _on_events_table_row_chosen(self, event: Event) -> None:
        self._show_around(event.t_s, event.t_s)

    def _on_curves_span_selected(self, span: Span) -> None:
        self._jobs.begin(
            partial(_statistics, self.digest.path, span), partial(self._show_selected, span), self._on_failed
        )

    def _on_what_if_panel_run_requested(self, config: DetectorConfig) -> None:
        self.what_if_panel.set_busy(True)
        run = partial(what_if, self.digest.path, config, self.digest.span)
        title, ended = self.tr("Running the detection again"), partial(self.what_if_panel.set_busy, busy=False)
        self._jobs.begin_long(title, run, self._show_comparison, self._on_failed, ended)

    def _on_what_if_panel_pair_selected(self, pair: Pair) -> None:
        peak = pair.kept or pair.again
        if peak is not None:
            self._show_around(peak.start_s, peak.end_s)

    def _on_exporting_written(self, target: Path) -> None:
        self.statusBar().showMessage(self.tr("Written to {0}").format(target), 10_000)

    def _on_failed(self, message: str) -> None:
        self.banner.tell(message, Level.ERROR)

    def _on_jobs_finished(self) -> None:
        if self.isHidden():
            self.close()

    def _connect(self) -> None:
        self._peaks_table.row_chosen.connect(self._on_peaks_table_row_chosen)
        self._rejections_table.row_chosen.connect(self._on_rejections_table_row_chosen)
        self._events_table.row_chosen.connect(self._on_events_table_row_chosen)
        self.curves.peak_clicked.connect(self._peaks_table.choose)
        self.curves.span_selected.connect(self._on_curves_span_selected)
        self.what_if_panel.run_requested.connect(self._on_what_if_panel_run_requested)
        self.what_if_panel.pair_selected.connect(self._on_what_if_panel_pair_selected)
        self.exporting.written.connect(self._on_exporting_written)
        self.exporting.failed.connect(self._on_failed)
        self._jobs.finished.connect(self._on_jobs_finished)

    def _fill(self, curve: LongCurve) -> None:
        digest = self.digest
        self.setWindowTitle(self._title())
        self.peaks.show_rows(digest.peaks)
        if not digest.peaks:
            self.pictures.show_none_found()
        self.rejections.show_rows(digest.rejections)
        self.events.show_rows(events_of(digest, self.tr))
        self.curves.show_curve(curve)
        self.curves.set_peaks(digest.peaks)
        self.curves.set_marks(digest.marks)
        self.curves.show_all()

    def _kind_words(self) -> str:
        words = self.tr("REVIEW: kept, not live")
        return self.tr("{0}   SIMULATED, NO MEASUREMENT").format(words) if is_invented(self.digest.info) else words

    def _title(self) -> str:
        info = self.digest.info
        name = _shortened(self.digest.name) or f"{info.started_at:%Y-%m-%d %H:%M:%S}"
        kind = self.tr("review") if self.digest.span is None else self.tr("cut")
        return f"{name} \N{EM DASH} {kind} \N{EM DASH} NHEM-Qt"

    def _lay_out(self) -> None:
        self.resize(1500, 880)
        bar = self.addToolBar(self.tr("Review"))
        bar.setMovable(False)
        for name in ("previous_peak", "next_peak", "cut", "what_if", "export", "report"):
            bar.addAction(self._actions[name])
        bar.addWidget(self._kind)
        self.setCentralWidget(central_area(self.banner, self.pictures, self.facts, self.curves))
        peaks = add_dock(self, "peaksDock", self.tr("Peaks"), self._peaks_table)
        self._what_if_dock = add_dock(self, "whatIfDock", self.tr("What if"), self.what_if_panel)
        events = add_dock(self, "eventsDock", self.tr("Marks and notices"), self._events_table)
        rejections = add_dock(self, "rejectionsDock", self.tr("Rejected"), self._rejections_table)
        for dock in (self._what_if_dock, events, rejections):
            self.tabifyDockWidget(peaks, dock)
        peaks.raise_()
        self.resizeDocks([peaks], [_DOCKS_WIDTH_PX], Qt.Orientation.Horizontal)

    def _go_to_row(self, row: int) -> None:
        if row < self.peaks.rowCount():
            self._peaks_table.selectRow(row)

    def _show_around(self, begin_s: float, end_s: float) -> None:
        self.curves.show_span(begin_s - _AROUND_S, end_s + _AROUND_S)

    def _read_pictures(self, peak: Peak) -> None:
        self._is_reading = True
        self._jobs.begin(
            partial(_pictures_of, self.digest.path, peak),
            partial(self._show_pictures, peak),
            partial(self._go_without_pictures, peak),
        )

    def _show_pictures(self, peak: Peak, pictures: object) -> None:
        self._is_reading = False
        if peak is self._chosen:
            self.pictures.show_peak(peak, cast("tuple[KeptPicture, ...]", pictures))
        elif self._chosen is not None:
            self._read_pictures(self._chosen)

    def _go_without_pictures(self, peak: Peak, reason: str) -> None:
        self._is_reading = False
        self._on_failed(reason)
        if peak is not self._chosen and self._chosen is not None:
            self._read_pictures(self._chosen)

    def _show_selected(self, span: Span, statistics: object) -> None:
        self.facts.show_selected(span, cast("Statistics", statistics))

    def _show_comparison(self, found: object) -> None:
        comparison = cast("Comparison", found)
        self.what_if_panel.show_comparison(comparison)
        self.curves.show_preview(comparison.again)


def _shortened(name: str) -> str:
    return name if len(name) <= _MOST_OF_NAME else f"{name[:_MOST_OF_NAME]}\N{HORIZONTAL ELLIPSIS}"


def _pictures_of(path: Path, peak: Peak) -> tuple[KeptPicture, ...]:
    with KeptSession(path) as kept:
        return kept.pictures_of(peak.peak_index)


def _statistics(path: Path, span: Span) -> Statistics:
    with KeptSession(path, span) as kept:
        return kept.statistics()
