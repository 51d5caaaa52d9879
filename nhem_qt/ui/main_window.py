"""The main window."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QMainWindow,
    QMessageBox,
    QSpinBox,
)

import nhem_qt
from nhem_qt.analysis import judge_again
from nhem_qt.capture import monitors_now
from nhem_qt.doctor import Machine
from nhem_qt.frame import SourceKind
from nhem_qt.logs import set_level
from nhem_qt.monitor import HealthLevel, Regions, RoiMode
from nhem_qt.session import KeptNotice, Span
from nhem_qt.ui.background import Jobs
from nhem_qt.ui.banner import Action, Banner, Level
from nhem_qt.ui.closing import Closing
from nhem_qt.ui.commands import build_menus, monitoring_commands
from nhem_qt.ui.configuring import Configuring
from nhem_qt.ui.courteous_timer import CourteousTimer
from nhem_qt.ui.curves import CurvesView
from nhem_qt.ui.decisions import Decisions
from nhem_qt.ui.diagnostics import DiagnosticsDialog
from nhem_qt.ui.docks import Docks
from nhem_qt.ui.events_table import mark_event
from nhem_qt.ui.exporting import Exporting
from nhem_qt.ui.image_view import ImageView, PictureState
from nhem_qt.ui.log_file import open_log
from nhem_qt.ui.marking import Marking
from nhem_qt.ui.monitoring import Monitoring
from nhem_qt.ui.placement import covers_region, keep_off, read_screens_now
from nhem_qt.ui.plain_words import show_plainly
from nhem_qt.ui.readout import Readout
from nhem_qt.ui.recovery import Recovery
from nhem_qt.ui.region_use import RegionUse
from nhem_qt.ui.reviewing import Reviewing
from nhem_qt.ui.screen_watch import ScreenWatch
from nhem_qt.ui.selecting import Selecting
from nhem_qt.ui.settings_panel import detector_changes
from nhem_qt.ui.shown import Shown
from nhem_qt.ui.status_bar import MonitorStatusBar
from nhem_qt.ui.video_line import TimeLine, time_words
from nhem_qt.ui.video_use import VideoUse
from nhem_qt.ui.watching import health_of, picture_state, source_of, useless_threshold
from nhem_qt.ui.window_parts import central_area
from nhem_qt.worker import RunPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

    from nhem_qt.capture import SourceChoice
    from nhem_qt.config import FemConfig, LoadedConfig
    from nhem_qt.detection import DetectorConfig, Peak
    from nhem_qt.frame import Frame
    from nhem_qt.geometry import Roi
    from nhem_qt.monitor import HealthReport, RegionChoice
    from nhem_qt.session import KeptSummary, LiveSession
    from nhem_qt.ui.screens import Screen

_REDRAW_MS, _LIST_MS, _STATUS_MS = 33, 100, 500
# So long the window works at it. A tick goes first between two pieces of a redraw, but not while a list is painted.
_REDRAW_WORKS_S, _LIST_WORKS_S = 0.014, 0.03
_RISE_FROM_PICTURE_GRAY = 10.0
_USUAL_CUT_S, _LONGEST_CUT_S = 30, 36_000
_MOST_PROBLEMS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class WindowSetup:
    """What the window works with; `roi` overrides the configured regions for this run, `seconds` limits a session.

    `log_file` is where the log is, or would be if that could be written.
    """

    choice: SourceChoice
    roi: Roi | None
    loaded: LoadedConfig
    data_folder: Path
    log_file: Path
    seconds: float | None = None


class MainWindow(QMainWindow):
    """Picture, readout, curves and peaks of one source, and the commands for monitoring it."""

    left = Signal()
    """The window is about to close for good; nothing is running any more."""

    def __init__(self, setup: WindowSetup) -> None:
        super().__init__()
        self._setup = setup
        self._detector = setup.loaded.config.peak_detection
        self._leaving = False
        self._starts_when_open = False
        self._started_with: RegionChoice | None = None
        self._selected_still: Frame | None = None
        self._untold: tuple[str, ...] = ()
        self._screens: list[Screen] = []
        self.last_error: str | None = None
        """Why the last session ended or did not begin where nobody asked for it."""
        self._jobs = Jobs(self)
        self.monitoring = Monitoring(self)
        self.configuring = Configuring(self, setup.loaded)
        self.region_use = RegionUse(self.configuring, setup.choice.kind, setup.roi)
        self.video_use = VideoUse(self, self._jobs, self.monitoring, setup.choice)
        self.exporting = Exporting(self, self._jobs)
        self.selecting = Selecting(self)
        self.reviewing = Reviewing(self, self._jobs)
        self.closing = Closing(self, self._jobs, lambda: self._jobs.long_titles + self.reviewing.long_titles)
        self.recovery = Recovery(setup.data_folder, self._jobs, self)
        self.marking = Marking(self)
        self._screen_watch = ScreenWatch(self)
        self.image_view = ImageView(self)
        self.readout = Readout(self)
        self._shown = Shown(self.image_view, self.readout)
        self.curves = CurvesView(self, self.monitoring.give_way)
        self.time_line = TimeLine(self)
        self.banner = Banner(self)
        self._cut_length = QSpinBox(self)
        self.docks = Docks(self, setup.loaded)
        self._decisions = Decisions(self.docks, self.curves, self.readout)
        self._actions = build_menus(self, monitoring_commands(self.tr), self, self.docks)
        self._lay_out()
        self._status_bar = MonitorStatusBar(str(setup.choice), self)
        self._status_bar.lock_clicked.connect(self.lock_or_unlock)
        self._status_bar.health_clicked.connect(self._actions["show_health"].trigger)
        self.setStatusBar(self._status_bar)
        self._connect()
        self._show_idle()
        self._update_lock()
        self._offer_migration()
        self.recovery.look()
        self.video_use.open_lacking()
        self._redraw_timer = self._courteous_timer(_REDRAW_MS, _REDRAW_WORKS_S, self._on_redraw_timer_due)
        # Not at once and not with a redraw: a list takes as long to paint as all the rest.
        self._list_timer = self._courteous_timer(_LIST_MS, _LIST_WORKS_S, self._decisions.list_new)
        self._status_timer = self._courteous_timer(_STATUS_MS, _REDRAW_WORKS_S, self._on_status_timer_due)

    @property
    def regions(self) -> Regions | None:
        """The regions that are, or will be, measured; None where that is all that the source shows, or nothing yet."""
        return self.region_use.regions

    def tell_problems(self, problems: Sequence[str]) -> None:
        """Tell what of the configuration is not used, until it is dismissed, and keep it with the next session."""
        self._untold = tuple(problems)
        for problem in problems[:_MOST_PROBLEMS_SHOWN]:
            self.banner.warn_while(problem, problem)
        more = len(problems) - _MOST_PROBLEMS_SHOWN
        if more > 0:
            words = self.tr("And {0} more: `nhem-qt config check` lists them all").format(more)
            self.banner.warn_while("more problems", words)

    def start(self) -> None:
        """Begin a session; without a region on the screen, say what is to be done first."""
        if self.monitoring.is_running or self._leaving:
            return
        self.banner.take_back()
        choice = self.video_use.choice
        if choice.kind is SourceKind.SCREEN and self.regions is None:
            self._fail(self.tr("No region is selected: select one with Region > Select, or give --roi"))
            return
        self._starts_when_open = self.video_use.lacks_video
        if self._starts_when_open:
            self.video_use.open_lacking()
            return
        self._clear_session()
        self._keep_off_region()
        setup, video = self._setup, self.video_use.video
        origin = None if video is None else video.origin
        self._started_with, self._selected_still = self.region_use.choice, None
        plan = RunPlan(choice, self._started_with, self._used_config, setup.data_folder, setup.seconds, origin)
        begin_s = self.video_use.begin_s
        if begin_s > 0:
            self._status_bar.showMessage(self.tr("Going to {0}").format(time_words(begin_s)))
        self.monitoring.start(dataclasses.replace(plan, begin_s=begin_s))
        self._update_actions()

    def pause_or_resume(self) -> None:
        """Stop the ticks, or go on."""
        if self.monitoring.is_paused:
            self.monitoring.resume()
        else:
            self.monitoring.pause()

    def step(self) -> None:
        """Measure the next frame of a video in a pause."""
        self.monitoring.step()

    def stop(self) -> None:
        """End the session."""
        self.monitoring.stop()

    def mark(self) -> None:
        """Mark this moment."""
        if self.monitoring.is_running and self.monitoring.session is not None:
            self.marking.mark(self.monitoring.session)

    def mark_with_note(self) -> None:
        """Mark this moment and ask for a note."""
        if self.monitoring.is_running and self.monitoring.session is not None:
            self.marking.mark_with_note(self.monitoring.session)

    def cut(self) -> None:
        """Look at the selected span of the session by itself, or at its last seconds if none is selected."""
        session = self.monitoring.session
        if session is not None:
            end_s = session.curve.last_s
            last = Span(max(0.0, end_s - self._cut_length.value()), end_s)
            self.reviewing.cut(session, self.curves.span or last)

    def open_session(self) -> None:
        """Let a kept session be chosen and looked at."""
        self.reviewing.choose(self._setup.data_folder)

    def open_video(self) -> None:
        """Let a video be chosen, and watch it."""
        if self._may_change_source():
            self.video_use.ask()

    def watch_screen(self) -> None:
        """Watch the screen again."""
        if self._may_change_source():
            self.video_use.watch_screen()
            self.region_use.turn_to(SourceKind.SCREEN)
            self._show_source()

    def analyse_video(self) -> None:
        """Measure the whole video as fast as possible, and look at the session that comes of it."""
        if not self.monitoring.is_running:
            self.video_use.analyse(self.region_use.choice, self._used_config, self._setup.data_folder)

    def select_region(self) -> None:
        """Let the region be selected on a still of all that the source shows; the window hides meanwhile."""
        self.banner.take_back()
        self._actions["select_region"].setEnabled(False)
        video = self.video_use
        self.selecting.begin(video.choice, self.region_use.choice, self.configuring.named_regions, video.position_s)

    def select_in_picture(self) -> None:
        """Let a region be drawn inside the picture that is shown."""
        if self.image_view.roi is not None:
            self.image_view.begin_selection(self.image_view.roi, mode=self.region_use.choice.mode)

    def use_dual(self) -> None:
        """Measure the centre of the region."""
        self.region_use.use_mode(RoiMode.DUAL)
        self._update_ticks()

    def use_single(self) -> None:
        """Measure the region as a whole."""
        self.region_use.use_mode(RoiMode.SINGLE)
        self._update_ticks()

    def export_csv(self) -> None:
        """Ask for a folder and write all that the session holds into it."""
        if self.monitoring.session is not None:
            self.exporting.ask(self.monitoring.session)

    def follow(self, wanted: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Keep the newest samples in view."""
        self.curves.set_follows(wanted)

    def show_whole(self) -> None:
        """Show the curve from the beginning of the session."""
        self.curves.show_all()

    def set_password(self) -> None:
        """Let the password before the configuration be set, changed or removed."""
        self.configuring.locking.ask_for_new_password()

    def lock_or_unlock(self) -> None:
        """Close the lock before the configuration, or open it with the password."""
        locking = self.configuring.locking
        if locking.is_locked:
            locking.allow(self._update_lock)
        else:
            locking.lock_now()

    def migrate(self) -> None:
        """Convert a predecessor's configuration to dual mode."""
        self.configuring.migrate()

    def revert_migration(self) -> None:
        """Put the configuration back as it was before the migration."""
        self.configuring.revert_migration()

    def use_adaptive(self) -> None:
        """Let the threshold follow the baseline."""
        self.configuring.save({"peak_detection.mode": "adaptive"})
        self._update_ticks()

    def use_fixed(self) -> None:
        """Let regions open at the threshold of the configuration."""
        self.configuring.save({"peak_detection.mode": "fixed"})
        self._update_ticks()

    def set_threshold_from_picture(self) -> None:
        """Fix the threshold a little above the baseline of now."""
        session = self.monitoring.session
        baseline = session.history.last.baseline if session and session.history.last else None
        if baseline is None:
            self.banner.tell(self.tr("There is no baseline yet: start monitoring first"), Level.NOTICE)
            return
        self.banner.take_back()
        threshold = min(round(baseline + _RISE_FROM_PICTURE_GRAY, 1), 255.0)
        self.configuring.save({"peak_detection.mode": "fixed", "peak_detection.threshold": threshold})

    def diagnose(self) -> None:
        """Examine what this machine offers, and how the session goes."""
        DiagnosticsDialog(self._machine, self._jobs, self).open()

    def open_log(self) -> None:
        """Show the log."""
        open_log(self)

    def about(self) -> None:
        """Say what this program is."""
        words = self.tr(
            "Watches an ultrasound picture and finds HIFU emissions. Green: the gray value stays higher afterwards "
            "(HEM). Red: it does not. A rule about gray values, no clinical claim."
        )
        self._setup_box(f"NHEM-Qt {nhem_qt.__version__}", words).open()

    def quit(self) -> None:
        """End what is running and close the window."""
        self.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Watch the video that is dropped."""
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if len(files) != 1:
            self.banner.tell(self.tr("Drop one video file of this machine: one is watched at a time"), Level.NOTICE)
        elif self._may_change_source():
            self.video_use.open(files[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop first; the window closes when the session is whole and what is not cancelled is done."""
        if not self.closing.allows():
            event.ignore()
            return
        self._leaving = True
        self.selecting.abandon()
        self.reviewing.close_all()
        if self.monitoring.is_running or self._jobs.are_under_way or self.reviewing.are_open:
            self.monitoring.stop()
            event.ignore()
            return
        self._redraw_timer.stop()
        self._list_timer.stop()
        self._status_timer.stop()
        self.left.emit()
        self._jobs.end()
        # A key that was pressed before must not begin what nobody would wait for any more.
        for action in self._actions.values():
            action.setEnabled(False)
        super().closeEvent(event)

    def _on_monitoring_began(self, session: LiveSession) -> None:
        self.last_error = None
        self._status_bar.clearMessage()
        self.curves.show_curve(session.curve)
        self.reviewing.show_running(session.kept_path)
        self._shown.begin(session.monitor)
        self._update_actions()
        for problem in self._untold:
            session.keep_notice(problem)
            self.docks.list_notice(KeptNotice(session.moment_s, problem))
        self._untold = ()
        if self.region_use.choice != self._started_with:
            self._measure_choice(session)

    def _on_monitoring_ended(self, error: str | None) -> None:
        self._status_bar.clearMessage()
        self._decisions.list_new()
        self._redraw()
        if self.monitoring.session is not None:
            self._shown.show_value(self.monitoring.session)
        self.reviewing.show_running(None)
        self._shown.show_rest(PictureState.IDLE)
        self.image_view.set_source(self.video_use.choice.kind)
        self._update_actions()
        self._update_status()
        if error is not None:
            self._fail(error)
        if self._leaving or self._setup.seconds is not None:
            self.close()

    def _on_video_use_opened(self) -> None:
        video = self.video_use.video
        if video is not None:
            self.region_use.turn_to(SourceKind.VIDEO, video.facts.bounds)
            self._show_source()
            self._show_still(video.first)
        if self._starts_when_open:
            self.start()

    def _on_video_use_failed(self, message: str) -> None:
        if self._starts_when_open:
            self._starts_when_open = False
            self._fail(message)
        else:
            self._on_failed(message)

    def _on_monitoring_paused_changed(self, paused: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._shown.show_rest(PictureState.PAUSED if paused else PictureState.RUNNING)
        self._update_actions()

    def _on_monitoring_regions_changed(self, regions: Regions) -> None:
        self.region_use.follow_worker(regions)
        self._shown.show_mode(regions.mode)
        self._update_ticks()

    def _on_region_use_changed(self) -> None:
        """Measure what is chosen: at once if a session runs or is about to, else from the next start on."""
        if not self.monitoring.is_running:
            self._show_idle()
            if self.video_use.is_open:
                self.video_use.seek(self.video_use.position_s)
            else:
                self._show_selected()
        elif self.monitoring.session is not None:
            self._measure_choice(self.monitoring.session)
        self._keep_off_region()

    def _on_region_use_adjusted(self, words: str) -> None:
        self.banner.tell(words, Level.NOTICE)

    def _on_monitoring_detector_changed(self, config: DetectorConfig) -> None:
        self._detector = config
        self._update_actions()

    def _on_monitoring_notice_given(self, text: str) -> None:
        self.banner.tell(text, Level.NOTICE)
        session = self.monitoring.session
        if session is not None:
            self.docks.list_notice(KeptNotice(session.moment_s, text))

    def _on_marking_marked(self, session: LiveSession) -> None:
        """Show what is new of the marks; a note may also be typed for a session that is no longer shown."""
        if session is self.monitoring.session:
            for event in set(map(mark_event, session.marks)).difference(self.docks.events.rows):
                self.docks.events.put(event)
            self.curves.set_marks(session.marks)

    def _on_recovery_found(self, summaries: tuple[KeptSummary, ...]) -> None:
        settle = partial(self.recovery.settle, summaries)
        look = Action(self.tr("&Open it"), partial(settle, partial(self.reviewing.open, summaries[-1].path)), settle)
        self.banner.tell(self.recovery.words(summaries), Level.NOTICE, look)

    def _on_image_view_selection_applied(self, roi: Roi) -> None:
        self.image_view.end_selection()
        self.region_use.use_region(roi)

    def _on_configuring_changed(self, before: FemConfig) -> None:
        """Put what was saved to use; rates and buffers count from the next start on."""
        now = self.configuring.config
        self.docks.settings.show_config(self.configuring.loaded)
        self.curves.show_preview(())
        self.image_view.show_preview(None)
        if now.peak_detection != before.peak_detection:
            self._use_detector(**now.peak_detection.model_dump())
        self.region_use.follow_saved(before.roi_capture, now.roi_capture)
        set_level(now.logging.level)
        if self.monitoring.is_running and now.data_processing != before.data_processing:
            self._status_bar.showMessage(self.tr("Rates and buffers count from the next start on"), 10_000)
        self._update_lock()

    def _on_configuring_told(self, report: str) -> None:
        self._setup_box(self.tr("Configuration"), report).open()

    def _on_settings_apply_requested(self, changes: Mapping[str, Any]) -> None:
        self.configuring.save(changes)

    def _on_settings_preview_requested(self, changes: Mapping[str, Any]) -> None:
        self._preview_roi()
        session, changed = self.monitoring.session, detector_changes(changes)
        if session is None or not changed:
            self.curves.show_preview(())
            return
        config = self._detector.model_copy(update=changed)
        self._jobs.begin(
            lambda: judge_again(session.history.samples, config, session.info.rate_hz),
            partial(self._on_preview_done, changes),
            self._on_failed,
        )

    def _preview_roi(self) -> None:
        """Outline an edited ROI in the picture, if it lies in it."""
        regions, shown = self.docks.settings.edited_regions, self.image_view.roi
        if regions is not None and shown is not None and shown.contains(regions.large):
            self.image_view.show_preview(regions)
        else:
            self.image_view.show_preview(None)

    def _on_preview_done(self, changes: Mapping[str, Any], peaks: object) -> None:
        """Outline what was found, unless it has been edited on, applied or reverted meanwhile."""
        if changes == self.docks.settings.changes:
            self.curves.show_preview(cast("tuple[Peak, ...]", peaks))

    def _on_screen_watch_changed(self) -> None:
        if self.region_use.screen_roi is not None:
            self._screens = read_screens_now()
            self.region_use.fit_to(monitors_now())

    def _on_curves_follow_changed(self, follows: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._actions["follow"].setChecked(follows)

    def _on_selecting_selected(self, roi: Roi, still: Frame) -> None:
        if not self.monitoring.is_running:
            self._selected_still = still
        self.region_use.use_region(roi)

    def _show_selected(self) -> None:
        """Show the region of now in the still in which one was selected last, until something is measured."""
        still, regions = self._selected_still, self.regions
        if still is not None and regions is not None and still.roi.contains(regions.large):
            self._show_still(still)

    def _on_selecting_ended(self) -> None:
        self._actions["select_region"].setEnabled(True)

    def _on_failed(self, message: str) -> None:
        self.banner.tell(message, Level.ERROR)

    def _on_exporting_written(self, folder: Path) -> None:
        self._status_bar.showMessage(self.tr("Exported to {0}").format(folder), 10_000)

    def _on_reviewing_all_closed(self) -> None:
        if self._leaving:
            self.close()

    def _on_jobs_finished(self) -> None:
        if self._leaving:
            self.close()

    def _on_redraw_timer_due(self) -> None:
        self._redraw()

    def _on_status_timer_due(self) -> None:
        self._update_status()
        self._watch_session()
        self._watch_cover()
        self._update_lock()

    def _connect(self) -> None:
        self.monitoring.began.connect(self._on_monitoring_began)
        self.monitoring.ended.connect(self._on_monitoring_ended)
        self.monitoring.paused_changed.connect(self._on_monitoring_paused_changed)
        self.monitoring.regions_changed.connect(self._on_monitoring_regions_changed)
        self.monitoring.detector_changed.connect(self._on_monitoring_detector_changed)
        self.monitoring.peak_decided.connect(self._decisions.add_peak)
        self.monitoring.candidate_rejected.connect(self._decisions.add_rejection)
        self.monitoring.notice_given.connect(self._on_monitoring_notice_given)
        self.monitoring.state_changed.connect(self.docks.health.add_transition)
        self.monitoring.fault_noted.connect(self.docks.health.add_fault)
        self.selecting.selected.connect(self._on_selecting_selected)
        self.selecting.named_regions_changed.connect(self.configuring.save_named_regions)
        self.selecting.ended.connect(self._on_selecting_ended)
        self.selecting.failed.connect(self._on_failed)
        self.configuring.changed.connect(self._on_configuring_changed)
        self.configuring.told.connect(self._on_configuring_told)
        self.configuring.failed.connect(self._on_failed)
        self.configuring.locking.changed.connect(self._update_lock)
        self.docks.settings.apply_requested.connect(self._on_settings_apply_requested)
        self.docks.settings.preview_requested.connect(self._on_settings_preview_requested)
        self.region_use.changed.connect(self._on_region_use_changed)
        self.region_use.adjusted.connect(self._on_region_use_adjusted)
        self.region_use.lost.connect(self._on_failed)
        self._screen_watch.changed.connect(self._on_screen_watch_changed)
        self.reviewing.all_closed.connect(self._on_reviewing_all_closed)
        self.reviewing.failed.connect(self._on_failed)
        self.video_use.opened.connect(self._on_video_use_opened)
        self.video_use.still_found.connect(self._show_still)
        self.video_use.analysed.connect(self.reviewing.open)
        self.video_use.failed.connect(self._on_video_use_failed)
        self.time_line.sought.connect(self.video_use.seek)
        self.time_line.scrubbed.connect(self.video_use.scrub)
        self.time_line.stepped.connect(self.video_use.step)
        self.recovery.found.connect(self._on_recovery_found)
        self.marking.failed.connect(self._on_failed)
        self.marking.marked.connect(self._on_marking_marked)
        self.exporting.written.connect(self._on_exporting_written)
        self.exporting.failed.connect(self._on_failed)
        self._jobs.finished.connect(self._on_jobs_finished)
        self.image_view.region_requested.connect(self.select_region)
        self.image_view.selection_applied.connect(self._on_image_view_selection_applied)
        self.curves.follow_changed.connect(self._on_curves_follow_changed)

    def _courteous_timer(self, interval_ms: int, takes_s: float, work: Callable[[], None]) -> CourteousTimer:
        """Have something that takes so long done so often, when that is not in the way of a tick."""
        timer = CourteousTimer(interval_ms, partial(self.monitoring.measures_within, takes_s), self)
        timer.due.connect(work)
        return timer

    def _lay_out(self) -> None:
        self.setWindowTitle("NHEM-Qt")
        self.setAcceptDrops(True)
        self.resize(1500, 880)
        bar = self.addToolBar(self.tr("Monitoring"))
        bar.setMovable(False)
        for name in ("start", "pause_or_resume", "stop", "select_region", "export_csv", "mark", "cut"):
            bar.addAction(self._actions[name])
        bar.addWidget(self._cut_length)
        self._dress_cut_length()
        area = central_area(self.banner, self.image_view, self.readout, self.curves, self.time_line)
        self.setCentralWidget(area)
        self.docks.bind(self._actions)

    def _dress_cut_length(self) -> None:
        self._cut_length.setObjectName("cutLength")
        self._cut_length.setRange(1, _LONGEST_CUT_S)
        self._cut_length.setValue(_USUAL_CUT_S)
        self._cut_length.setPrefix(self.tr("last "))
        self._cut_length.setSuffix(self.tr(" s"))
        self._cut_length.setToolTip(self.tr("What Cut shows if no span is selected in the curve"))
        # The keys of the window belong to the treatment: the field takes them only when it is clicked.
        self._cut_length.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def _setup_box(self, title: str, words: str) -> QMessageBox:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(title)
        box.setText(title)
        box.setInformativeText(words)
        show_plainly(box)
        return box

    def _update_lock(self) -> None:
        locking = self.configuring.locking
        self._status_bar.show_lock(locking)
        self._actions["lock_or_unlock"].setText(self.tr("&Unlock...") if locking.is_locked else self.tr("&Lock"))
        self._actions["lock_or_unlock"].setEnabled(locking.is_set)

    def _offer_migration(self) -> None:
        """Offer dual mode for a predecessor's file, once; until then it runs as it was."""
        if self.configuring.offers_migration:
            words = self.tr("This configuration is a predecessor's: its region is measured as a whole (single mode)")
            offer = Action(self.tr("&Migrate to dual mode"), self.migrate, self.configuring.decline_migration)
            self.banner.tell(words, Level.NOTICE, offer)

    def _show_idle(self) -> None:
        self._shown.show_idle(self.video_use.choice.kind, self.region_use.choice.mode, self.regions)
        self._update_actions()
        self._update_status()

    def _show_source(self) -> None:
        """Show another source, of which nothing is measured yet."""
        video, self._selected_still = self.video_use.video, None
        self._clear_session()
        self.monitoring.session = None
        self.image_view.clear_picture()
        self.time_line.show_video(None if video is None else video.facts)
        self.setWindowTitle("NHEM-Qt" if video is None else f"{video.origin.file} \N{EM DASH} NHEM-Qt")
        self._status_bar.show_source(str(self.video_use.choice))
        self._show_idle()

    def _show_still(self, still: Frame) -> None:
        """Show what would be measured of a picture of the source."""
        regions = self.regions or Regions(self.region_use.choice.mode, still.roi)
        self.time_line.show_position(still.t_s)
        self._shown.show_still(still, regions, self.monitoring.session)

    def _clear_session(self) -> None:
        """Show nothing of the session before."""
        self._decisions.forget()
        self.docks.clear()
        self.readout.clear()
        self.curves.show_curve(None)

    def _may_change_source(self) -> bool:
        """Whether nothing is measured; else say what to do first."""
        self._starts_when_open = False
        if self.monitoring.is_running:
            words = self.tr("Something is being measured: stop it (F7), then choose what to watch")
            self.banner.tell(words, Level.NOTICE)
            return False
        self.banner.take_back()
        return True

    @property
    def _used_config(self) -> FemConfig:
        """The configuration as it counts now."""
        return self.configuring.config.model_copy(update={"peak_detection": self._detector})

    def _update_actions(self) -> None:
        running, paused = self.monitoring.is_running, self.monitoring.is_paused
        measures = running and self.monitoring.session is not None
        self._actions["start"].setEnabled(not running)
        self._actions["pause_or_resume"].setEnabled(measures)
        self._actions["pause_or_resume"].setText(self.tr("&Resume") if paused else self.tr("&Pause"))
        self._actions["step"].setEnabled(paused and self.video_use.is_open)
        self._actions["stop"].setEnabled(running)
        self._actions["watch_screen"].setEnabled(self.video_use.choice.kind is not SourceKind.SCREEN)
        self._actions["analyse_video"].setEnabled(self.video_use.is_open and not running)
        self._actions["export_csv"].setEnabled(self.monitoring.session is not None)
        for name in ("mark", "mark_with_note"):
            self._actions[name].setEnabled(measures)
        self._actions["cut"].setEnabled(self.monitoring.session is not None)
        has_picture = self.monitoring.session is not None or self.video_use.is_open
        self._actions["select_in_picture"].setEnabled(has_picture)
        self._actions["follow"].setChecked(self.curves.follows)
        self._actions["use_fixed"].setText(self.tr("&Fixed threshold, {0:g}").format(self._detector.threshold))
        self._update_ticks()

    def _update_ticks(self) -> None:
        """Tick what is chosen: Qt ticks what is clicked, whatever comes of it."""
        mode, fixed = self.region_use.choice.mode, self._detector.mode == "fixed"
        self._actions["use_dual"].setChecked(mode is RoiMode.DUAL)
        self._actions["use_single"].setChecked(mode is RoiMode.SINGLE)
        self._actions["use_fixed"].setChecked(fixed)
        self._actions["use_adaptive"].setChecked(not fixed)

    def _redraw(self) -> None:
        session = self.monitoring.session
        if session is None:
            return
        self.monitoring.give_way()
        self._shown.show_pictures(session.monitor)
        if self.monitoring.is_running and self.video_use.is_open:
            self.video_use.follow()
            self.time_line.show_position(self.video_use.position_s)
        self.monitoring.give_way()
        self.curves.refresh()
        # After the end stills may be shown, and of those most were not measured.
        if self.monitoring.is_running:
            self._shown.show_value(session)

    def _update_status(self) -> None:
        report, paused = self._report(), self.monitoring.is_paused
        self._status_bar.show_session(self.monitoring.session, report, paused=paused)
        if report is None:
            self.docks.health.show_idle(paused=paused)
        else:
            self.docks.health.show_report(report)

    def _machine(self) -> Machine:
        """Return what there is to be examined now."""
        setup = self._setup
        config_path, complaints = self.configuring.loaded.path, self._complaints()
        return Machine(os.environ, config_path, setup.data_folder, setup.log_file, complaints)

    def _complaints(self) -> tuple[str, ...]:
        """Return what keeps the session that runs from going well."""
        report = self._report()
        return () if report is None or report.level is HealthLevel.GOOD else report.words

    def _report(self) -> HealthReport | None:
        """Return how well it goes; None while nothing is measured."""
        session = self.monitoring.measured_session
        return None if session is None else health_of(session, self.monitoring.silence_s, self.tr)

    def _measure_choice(self, session: LiveSession) -> None:
        """Have the session that runs measure what is chosen."""
        choice = self.region_use.choice
        self.monitoring.change_regions(choice.regions or Regions(choice.mode, session.bounds))
        self._shown.show_mode(choice.mode)
        self._update_ticks()

    def _watch_session(self) -> None:
        """Say what is wrong with what is shown, for as long as it lasts."""
        session, useless = self.monitoring.session, None
        if session is not None and self.monitoring.is_running:
            useless = useless_threshold(session, self._detector, self.tr)
            self.image_view.set_source(source_of(session))
            self._shown.show_mode(session.monitor.regions.mode)
            if not self.monitoring.is_paused:
                self.image_view.set_state(*picture_state(session, self.monitoring.silence_s))
        self.banner.warn_while("threshold", useless)

    def _watch_cover(self) -> None:
        """Warn while the window hides a part of what it measures."""
        roi = self.region_use.screen_roi if self.monitoring.is_running else None
        covering = roi is not None and covers_region(self, roi, self._screens)
        words = self.tr("This window covers the measured region: move it away")
        self.banner.warn_while("cover", words if covering else None)

    def _keep_off_region(self) -> None:
        """Move the window off the region where there is room."""
        roi = self.region_use.screen_roi
        if roi is not None:
            self._screens = read_screens_now()
            keep_off(self, roi, self._screens)

    def _use_detector(self, **changes: object) -> None:
        config = self._detector.model_copy(update=changes)
        if self.monitoring.is_running:
            self.monitoring.change_detector(config)
        else:
            self._detector = config
        self._update_actions()

    def _fail(self, message: str) -> None:
        self.last_error = message
        self.banner.tell(message, Level.ERROR)
        if self._setup.seconds is not None and not self.monitoring.is_running:
            QTimer.singleShot(0, self, self.close)
