"""A session while it runs: the monitor's samples on their way into memory and onto the disk."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from typing import TYPE_CHECKING, Any, cast

import nhem_qt
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import (
    NO_NEWS,
    ErrorKind,
    Fault,
    Impact,
    LiveSchedule,
    MemoryBudget,
    Monitor,
    RecordedSchedule,
    Recovery,
    Regions,
    Status,
    Steering,
    Surroundings,
)
from nhem_qt.session.history import History
from nhem_qt.session.info import Change, KeptNotice, Mark, SessionInfo
from nhem_qt.session.long_curve import LongCurve
from nhem_qt.session.overview import Overview
from nhem_qt.session.pictures import PictureChoice
from nhem_qt.session.precedence import Precedence
from nhem_qt.session.snapshot import LiveState
from nhem_qt.session.store import SessionStore, StoreError, keep_mark
from nhem_qt.session.table import peak_cells
from nhem_qt.session.words import readable

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.capture import FrameSource, RecordedSource
    from nhem_qt.config import FemConfig
    from nhem_qt.detection import Rejection
    from nhem_qt.frame import Frame
    from nhem_qt.monitor import HealthReport, News, RegionChoice, Sample, Schedule, Tick
    from nhem_qt.session.origin import Origin
    from nhem_qt.session.store import Kept
    from nhem_qt.session.table import Row

# So much of the time between two ticks is left after one that took no picture.
_MOST_OF_A_TICK = 0.6
# A tick that begins later than after so much of it has no time for a picture.
_LATE_FROM = 0.25


class LiveSession:
    """Measures a source from start to stop; without regions all that the source shows.

    One thread calls `take` and `finish`; any thread may read. A session that cannot be kept on disk goes on in memory,
    with the reason in `store_failure`. A recording is measured from where it stands, as if its first frame had been
    measured so much earlier; `origin` names its file. Raises OffScreenError if the regions lie outside of what the
    source shows, CaptureError if a recording cannot be read.
    """

    def __init__(
        self,
        source: FrameSource,
        choice: RegionChoice,
        config: FemConfig,
        data_folder: Path,
        origin: Origin | None = None,
    ) -> None:
        self.wanted = choice.regions or Regions(choice.mode, source.bounds)
        self.bounds = source.bounds
        self._config = config
        self._recorded = recorded = source.kind is SourceKind.VIDEO
        rate_hz = cast("RecordedSource", source).rate_hz if recorded else config.data_processing.fps
        self.schedule: Schedule = (
            RecordedSchedule(cast("RecordedSource", source)) if recorded else LiveSchedule(rate_hz)
        )
        self._passed_s = passed_s = _passed_s(source)
        now, monotonic_s = dt.datetime.now().astimezone(), time.monotonic()
        self._start_s = time.perf_counter() - passed_s
        zero_s = 0.0 if recorded else self._start_s
        self.monitor = Monitor(source, self.wanted, config, rate_hz, zero_s, choice.legacy_roi)
        self._steering = Steering(self.monitor, self.schedule, rate_hz, is_live=not recorded)
        self._pictures = PictureChoice(self.monitor, zero_s)
        self.info = SessionInfo(
            session_id=f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03d}-{source.kind}",
            started_at=now,
            source=source.kind.value,
            rate_hz=rate_hz,
            buffer_size=config.data_processing.buffer_size,
            program_version=nhem_qt.__version__,
            monotonic_s=monotonic_s,
            file="" if origin is None else origin.file,
            checksum="" if origin is None else origin.checksum,
            recorded_at=cast("RecordedSource", source).recorded_at if recorded else None,
            **_settings(self.monitor),
        )
        self.history = History(self._samples_held(), config.data_processing.peak_buffer_size)
        self.marks: tuple[Mark, ...] = ()
        """What the operator marked so far, in time order."""
        self.measured_count = 0
        """How many values were really measured so far."""
        self.rejected_at_end: tuple[Rejection, ...] = ()
        """The candidates that are none because the session has ended."""
        self._failed_samples = 0
        self._news = NO_NEWS
        self._noted_failure: str | None = None
        self._told_cut: str | None = None
        self._transitions_kept = 0
        self._used = (self.monitor.regions, self.monitor.detector)
        self._settings = _settings(self.monitor)
        self._precedence = Precedence()
        self._store: SessionStore | None = None
        self._open_failure: str | None = None
        self._open_store(data_folder)
        self._tell_cut()
        self.overview = Overview()
        self.curve = LongCurve(self.overview, rate_hz, self.history, self.kept_path)
        """The curve from the first sample on; for the window's thread only."""

    @property
    def now_s(self) -> float:
        """Seconds since the session started."""
        return time.perf_counter() - self._start_s

    @property
    def moment_s(self) -> float:
        """Now on the time axis of the samples: a recording has its own, which stands still in a pause."""
        last = self.history.last
        return self.now_s if not self._recorded else last.measurement.t_s if last else self._passed_s

    @property
    def store_failure(self) -> str | None:
        """Why the session is not, or no longer, kept on disk; None if it is."""
        return self._open_failure if self._store is None else self._store.failure

    @property
    def kept_path(self) -> Path | None:
        """The session's file; None if it is not kept."""
        return None if self._store is None else self._store.path

    def measures_within(self, seconds: float) -> bool:
        """Whether a tick is under way, or due within so many seconds; never with a recording, which waits.

        At a high rate no two ticks have that much time between them: then most of it counts as enough, unless a picture
        of the large ROI is due, which takes long.
        """
        if not isinstance(self.schedule, LiveSchedule):
            return False
        now_s = self.now_s
        tick_within_s = min(seconds, _MOST_OF_A_TICK / self.info.rate_hz)
        return self.schedule.due_in_s(now_s) < tick_within_s or self.monitor.next_picture_s - now_s < seconds

    def give_way(self) -> None:
        """Wait while a tick is under way, a few hundredths of a second at most; never with a recording, which waits.

        One thread that works beside the ticks calls it between pieces of its work.
        """
        if not self._recorded:
            self._precedence.give_way()

    def take(self, tick: Tick) -> Sample:
        """Measure once and keep the sample, with what changed since the one before."""
        with self._precedence:
            return self._taken(tick)

    def finish(self) -> Sample | None:
        """Decide what is pending: the last sample anew if that is a peak, else None."""
        sample = self.monitor.finish()
        if sample is not None:
            self.history.replace_last(sample)
            self._keep_sample(sample)
        self.rejected_at_end = self.monitor.take_rejections()
        for rejection in self.rejected_at_end:
            self.history.add_rejection(rejection)
            self._keep(rejection)
        return sample

    def take_news(self) -> News:
        """Return the faults and notices since the last call; they are kept already."""
        news, self._news = self._news, NO_NEWS
        return news

    def keep_notice(self, text: str) -> None:
        """Keep what the operator is told now."""
        self._keep(KeptNotice(self.moment_s, text))

    def set_mark(self, note: str = "") -> Mark:
        """Mark this moment, unless it is marked already; any one thread may call it. Raises StoreError."""
        moment_s = self.moment_s
        marked = next((mark for mark in self.marks if mark.t_s == moment_s), None)
        return marked if marked and not note else self.annotate(Mark(moment_s, ""), note)

    def annotate(self, mark: Mark, note: str) -> Mark:
        """Give a mark another note, also after the session has ended; the thread that sets marks may call it.

        Raises StoreError if the session has ended and its file cannot be written to.
        """
        noted = dataclasses.replace(mark, note=readable(note))
        others = (one for one in self.marks if one.t_s != mark.t_s)
        self.marks = tuple(sorted((*others, noted), key=lambda one: one.t_s))
        if self._store is not None and not self._store.put(noted):
            keep_mark(self._store.path, noted)
        return noted

    def note_pause(self, *, paused: bool) -> None:
        """Keep that the ticks were stopped, or go on."""
        self._keep(Change(self.moment_s, "paused", paused))
        self.monitor.count_anew()

    def flush(self, timeout_s: float) -> bool:
        """Wait until all samples so far are on disk; returns whether they are."""
        return self._store is not None and self._store.flush(timeout_s)

    def close(self) -> None:
        """Write what is left to the disk."""
        if self._store is not None:
            for picture in self._pictures.last():
                self._keep(picture)
            health = dataclasses.asdict(self.health_report())
            self._store.close(dropped_ticks=self.schedule.dropped, health=health)

    def held_cells(self) -> tuple[list[Row], list[Row]]:
        """Return the stored cells of the samples and peaks that are held in memory."""
        return self.history.cells, [peak_cells(peak) for peak in self.history.peaks]

    def state(self) -> LiveState:
        """Return what a snapshot shows."""
        count = self._config.data_processing.buffer_size
        monitor = self.monitor
        return LiveState(
            info=self.info,
            regions=monitor.regions,
            samples=self.history.newest(count),
            sample_count=self.history.count,
            peaks=self.history.peaks,
            large_roi=monitor.large_picture,
            small_roi=monitor.small_picture,
            coordination=monitor.states.current,
            transitions=monitor.states.history,
            rate_hz=self.history.rate_hz(),
            dropped_ticks=self.schedule.dropped,
            failed_samples=self._failed_samples,
            health=dataclasses.asdict(self.health_report()),
        )

    def health_report(self) -> HealthReport:
        """Return how well it goes, in figures and words; any thread may ask."""
        steering, schedule = self._steering, self.schedule
        reading = steering.reading
        return self.monitor.health_report(
            Surroundings(
                wanted_rate_hz=self.info.rate_hz,
                dropped=schedule.dropped,
                left_out=schedule.left_out,
                saving=steering.saving,
                memory_mb=None if reading is None else reading.memory_mb,
                cpu_share=None if reading is None else reading.cpu_share,
                load=steering.level,
                store_failure=self.store_failure,
            )
        )

    def age_s(self, frame: Frame) -> float:
        """Return how long ago a frame of this session was captured."""
        return self.now_s - frame.t_s + (0.0 if self._recorded else self._start_s)

    def _taken(self, tick: Tick) -> Sample:
        begun_s = time.perf_counter()
        sample = self.monitor.tick(tick, in_time=self._is_in_time(tick))
        self.measured_count += sample.measurement.status is Status.SUCCESS
        self._failed_samples += sample.measurement.status is Status.FAILED
        self._note_store_failure(sample.measurement.t_s)
        self._keep_news()
        self._keep_changes(sample.measurement.t_s)
        self._pictures.watch(sample)
        self.history.add(sample)
        self.overview.add(sample)
        self._keep_sample(sample)
        if self._steering.note(begun_s):
            self._keep(Change(sample.measurement.t_s, "stride", self._steering.saving.stride))
        return sample

    def _is_in_time(self, tick: Tick) -> bool:
        return self._recorded or self.now_s - tick.due_s <= _LATE_FROM / self.info.rate_hz

    def _samples_held(self) -> int:
        """Return how many samples memory holds; what the budget cuts off is told."""
        processing = self._config.data_processing
        wanted = processing.max_frame_count
        held = MemoryBudget(processing.memory_budget_mb).samples(wanted)
        if held < wanted:
            self.monitor.tell(
                f"The memory budget of {processing.memory_budget_mb:g} MB holds {held} instead of {wanted} samples: "
                "older ones are read from the session's file"
            )
        return held

    def _tell_cut(self) -> None:
        """Keep which pictures the memory budget does not hold: nobody needs to be told of that while measuring."""
        cut = self.monitor.memory_cut
        if cut is not None and cut != self._told_cut:
            self.monitor.tell(cut, shown=False)
        self._told_cut = cut

    def _keep(self, item: Kept) -> None:
        if self._store is not None:
            self._store.put(item)

    def _keep_sample(self, sample: Sample) -> None:
        """Keep a sample, with pictures of the emission that is decided on it."""
        self._keep(sample)
        if sample.peak is not None:
            for picture in self._pictures.of(sample.peak):
                self._keep(picture)

    def _keep_news(self) -> None:
        news = self.monitor.take_news()
        if news:
            self._news = self._news.joined(news)
            for text in news.notices:
                self.keep_notice(text)
            for text in news.remarks:
                self._keep(KeptNotice(self.moment_s, text, shown=False))

    def _note_store_failure(self, t_s: float) -> None:
        """Count it as a fault when the session is not, or no longer, kept."""
        failure = self.store_failure
        if failure is not None and failure != self._noted_failure:
            self.monitor.note_fault(Fault(ErrorKind.STORAGE, Impact.HIGH, Recovery.GRACEFUL_DEGRADATION, t_s, failure))
        self._noted_failure = failure

    def _keep_changes(self, t_s: float) -> None:
        """Keep the changes of state and settings that the monitor has seen since the tick before."""
        states = self.monitor.states
        if states.count > self._transitions_kept:
            for transition in states.history[self._transitions_kept - states.count :]:
                self._keep(transition)
            self._transitions_kept = states.count
        used = (self.monitor.regions, self.monitor.detector)
        if used != self._used:
            self._used = used
            self._keep_settings(t_s)
            self._tell_cut()

    def _keep_settings(self, t_s: float) -> None:
        before, self._settings = self._settings, _settings(self.monitor)
        for key, value in self._settings.items():
            if value != before[key]:
                self._keep(Change(t_s, key, value))

    def _open_store(self, folder: Path) -> None:
        try:
            self._store = SessionStore(folder, self.info)
        except StoreError as error:
            self._open_failure = str(error)


def _passed_s(source: FrameSource) -> float:
    """Return how much of a recording lies before what is measured."""
    return cast("RecordedSource", source).upcoming_s() or 0.0 if source.kind is SourceKind.VIDEO else 0.0


def _settings(monitor: Monitor) -> dict[str, Any]:
    """Return the fields of SessionInfo that may change while a session runs."""
    regions = monitor.regions
    return {
        "mode": regions.mode.value,
        "roi": str(regions.large),
        "small_roi": str(regions.small),
        "detector": monitor.detector.model_dump(mode="json"),
    }
