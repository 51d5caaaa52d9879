"""One tick of monitoring: grab, extract, measure, judge."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import TYPE_CHECKING

from nhem_qt.capture import CaptureError
from nhem_qt.capture.sine import sine_gray
from nhem_qt.frame import SourceKind
from nhem_qt.monitor.coordination import Coordinator, coordinated
from nhem_qt.monitor.errors import ErrorKind, ExtractionError, Fault, SynchronisationError
from nhem_qt.monitor.fallback import Fallback, Fallbacks, Way
from nhem_qt.monitor.health import Condition, HealthMeter
from nhem_qt.monitor.judge import Judge, PeakJudge, SineJudge
from nhem_qt.monitor.memory import MemoryBudget
from nhem_qt.monitor.picture_faults import PictureNotice, PictureWatch
from nhem_qt.monitor.pictures import DualRoiFrame, PictureRing, RoiData
from nhem_qt.monitor.regions import OffScreenError, Regions, RoiMode
from nhem_qt.monitor.sample import Measurement, Sample, Status
from nhem_qt.monitor.state import CoordinationState, StateMachine
from nhem_qt.monitor.telling import Teller

if TYPE_CHECKING:
    from nhem_qt.capture import FrameSource
    from nhem_qt.config import FemConfig
    from nhem_qt.detection import DetectorConfig, Rejection
    from nhem_qt.geometry import Roi
    from nhem_qt.monitor.health import HealthReport, Surroundings
    from nhem_qt.monitor.schedule import Tick
    from nhem_qt.monitor.telling import News

# Large pictures are for a look back of some seconds.
_LARGE_PICTURES = 10

# As precise as samples.csv: read back from there, the detector must see the same times.
_TIME_DECIMALS = 6

# A picture for which a live source takes longer is older than its time says.
_LATE_S = 0.5

# A picture waits for a tick that begins in time, for so much of the time between two pictures.
_PICTURE_PATIENCE = 0.25

# index / rate * rate may fall short of the index by a rounding.
_SLOT_SLACK = 1e-6

# What a capture may fail with; a system call of a back end may fail, too, and memory may run out.
_CAPTURE_FAILURES = (CaptureError, ExtractionError, SynchronisationError, OSError, MemoryError)


class Monitor:
    """Measures one source tick by tick.

    Every tick grabs once: the large ROI when its picture is due, else the small ROI alone, which gives the same gray
    value at a fraction of the cost. Where that fails, what `Fallbacks` names is tried. `start_s` is the time on the
    source's clock at which the session started; `legacy_roi` is measured where dual mode fails for long.
    Raises OffScreenError if the regions lie outside of what the source shows.
    """

    def __init__(
        self,
        source: FrameSource,
        regions: Regions,
        config: FemConfig,
        rate_hz: float,
        start_s: float = 0.0,
        legacy_roi: Roi | None = None,
    ) -> None:
        self._source = source
        self._is_live = source.kind is not SourceKind.VIDEO
        self._start_s = start_s
        self._begun_s = time.perf_counter()
        self._rate_hz = rate_hz
        self._wanted_picture_hz = self.picture_rate_hz = config.roi_capture.large_roi_frame_rate
        self._picture_divisor = 1
        self._simulates = config.data_processing.simulate_in_emergency
        self._last_picture_slot = -1
        self._takes_picture = True
        self._last_index = -1
        self._last_s = -math.inf
        self.detector = config.peak_detection
        self._judge = self._new_judge(config)
        self._budget = MemoryBudget(config.data_processing.memory_budget_mb)
        self._small_count = config.data_processing.roi_buffer_size
        self._large_rois = PictureRing(_LARGE_PICTURES, self._budget.large_bytes)
        self._small_rois = PictureRing(self._small_count, self._budget.small_bytes)
        self.regions = regions.fitted(source.bounds)
        legacy = _legacy_regions(legacy_roi, source.bounds)
        self._fallbacks = Fallbacks(self.regions, legacy, config.data_processing)
        self._teller = Teller()
        self._meter = HealthMeter()
        self._notice: PictureNotice | None = None
        self._watch = PictureWatch(config.data_processing.frozen_after_s)
        self.states = StateMachine()
        self._coordinator = Coordinator(source, self.states)
        self.large_picture: RoiData | None = None
        """The newest picture of the large ROI."""
        self.dual_frame: DualRoiFrame | None = None
        """The newest attempt to take both ROIs."""
        self.last_error: Exception | None = None
        """Why the last attempt failed; None if it did not."""

    @property
    def small_picture(self) -> RoiData | None:
        """The newest picture of the small ROI."""
        return self._small_rois.newest

    @property
    def next_picture_s(self) -> float:
        """When the next picture of the large ROI is due, counted as the ticks are."""
        return (self._last_picture_slot + 1) / self.picture_rate_hz

    @property
    def picture_bytes(self) -> int:
        """What the held pictures take."""
        return self._large_rois.bytes_held + self._small_rois.bytes_held

    @property
    def memory_cut(self) -> str | None:
        """Which pictures the memory budget does not hold, in words; None if it holds all."""
        return self._budget.cut(self.regions, _LARGE_PICTURES, self._small_count)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The last 100 faults that were told, oldest first."""
        return self._teller.faults.told

    def fault_count(self, kind: ErrorKind) -> int:
        """Return how many faults of a kind there were, told or not."""
        return self._teller.faults.counts[kind]

    def note_fault(self, fault: Fault) -> None:
        """Count a fault that was met elsewhere."""
        self._teller.faults.note(fault)

    def fallback(self, now_s: float) -> Fallback:
        """Return what is done instead of the usual."""
        return self._fallbacks.level(now_s)

    def take_news(self) -> News:
        """Return the faults and notices since the last call."""
        return self._teller.take_news()

    def tick(self, tick: Tick, *, in_time: bool = True) -> Sample:
        """Measure once; a failed capture gives a sample without gray value, and is tried again later.

        If it is not `in_time`, a picture of the large ROI may wait for one of the next ticks, for it takes long.
        """
        self._begun_s = time.perf_counter()
        self._takes_picture = self._is_picture_due(tick, in_time=in_time)
        measurement = self._measure(tick)
        self._last_s = measurement.t_s
        self._notice = measurement.notice
        sample = self._judge.judge(measurement)
        late_s = measurement.t_s - tick.due_s if self._is_live else 0.0
        self._meter.note(measurement, late_s, time.perf_counter() - self._begun_s)
        return sample

    def health_report(self, surroundings: Surroundings) -> HealthReport:
        """Return how well it goes; any thread may ask."""
        # The even picture of the sine has nothing that could be sharp.
        frame = None if self._source.kind is SourceKind.SINE else self.dual_frame
        condition = Condition(
            state=self.states.current.value,
            fallback=self._fallbacks.level(self._last_s),
            failures={kind.value: self.fault_count(kind) for kind in ErrorKind},
            notice=self._notice,
            quality=None if frame is None else frame.roi2_quality_score,
        )
        return self._meter.report(condition, surroundings)

    def count_anew(self) -> None:
        """Forget the frames of which the health report tells: those to come follow a pause, or come at another rate."""
        self._meter.begin_anew()

    def tell(self, text: str, *, shown: bool = True) -> None:
        """Have the operator told, or only keep it with the session."""
        self._teller.tell(text, shown=shown)

    def finish(self) -> Sample | None:
        """End the stream: the last sample anew if a pending peak is decided by that, else None."""
        return self._judge.finish()

    def take_rejections(self) -> tuple[Rejection, ...]:
        """Return the rejected candidates that no sample has told, such as one that the end interrupted."""
        return self._judge.take_rejections()

    def change_detector(self, config: DetectorConfig) -> None:
        """Judge by other parameters from now on; the detector begins anew, unless they are the same."""
        if config != self.detector:
            self.detector = config
            self._judge.restart(config)

    def change_regions(self, regions: Regions) -> None:
        """Measure elsewhere from now on; the detector begins anew, for the gray values there are others.

        The same regions change nothing.
        """
        fitted = regions.fitted(self._source.bounds)
        if fitted != self.regions or self._fallbacks.used is not self._fallbacks.wanted:
            self._fallbacks.use(fitted)
        if fitted != self.regions:
            self._turn_to(fitted)

    def set_large_roi_frame_rate(self, fps: float) -> bool:
        """Take `fps` pictures of the large ROI per second from now on; returns whether that is possible."""
        if not 0 < fps <= self._rate_hz:
            return False
        self._wanted_picture_hz = fps
        self.slow_pictures(self._picture_divisor)
        return True

    def slow_pictures(self, divisor: int) -> None:
        """Take pictures of the large ROI so many times less often than wanted."""
        self._picture_divisor = divisor
        self.picture_rate_hz = self._wanted_picture_hz / divisor
        self._last_picture_slot = -1

    def get_small_roi_history(self, count: int) -> list[RoiData]:
        """Return the last `count` pictures of the small ROI, oldest first."""
        return self._small_rois.last(count)

    def get_large_roi_history(self, count: int) -> list[RoiData]:
        """Return the last `count` pictures of the large ROI, ten at most, oldest first."""
        return self._large_rois.last(count)

    def capture_dual_roi(self) -> DualRoiFrame:
        """Grab the large ROI once and measure both ROIs in it; what fails is told by the frame."""
        now_s = max(self._last_s, 0.0)
        try:
            pair = self._coordinator.both(self.regions)
        except _CAPTURE_FAILURES as error:
            self._teller.failed(error, now_s)
            self.states.go(CoordinationState.FAILED)
            return self._failed_frame(self._last_index, now_s, error)
        self.states.go(CoordinationState.SUCCESS)
        return coordinated(pair, self._last_index, self._watch.still_share)

    def _new_judge(self, config: FemConfig) -> Judge:
        if self._source.kind is SourceKind.SINE:
            return SineJudge(config.data_processing.buffer_size)
        return PeakJudge(config.peak_detection, self._rate_hz)

    def _turn_to(self, regions: Regions) -> None:
        self.regions = regions
        self._judge.restart(self.detector)
        self._watch.begin_anew()
        self._last_picture_slot = -1
        self.large_picture = None

    def _measure(self, tick: Tick) -> Measurement:
        self._last_index = tick.index
        measurement = None
        for way in self._fallbacks.to_try(tick.due_s):
            measurement = self._attempt(tick, way)
            if measurement is not None:
                break
        measurement = self._failure(tick) if measurement is None else measurement
        self._teller.tell_fallbacks(self._fallbacks, measurement.t_s)
        return measurement

    def _picture_slot(self, tick: Tick) -> int:
        return math.floor(tick.due_s * self.picture_rate_hz + _SLOT_SLACK)

    def _is_picture_due(self, tick: Tick, *, in_time: bool) -> bool:
        if self._picture_slot(tick) <= self._last_picture_slot:
            return False
        has_waited_s = tick.due_s - self.next_picture_s
        return in_time or self.large_picture is None or has_waited_s >= _PICTURE_PATIENCE / self.picture_rate_hz

    def _attempt(self, tick: Tick, way: Way) -> Measurement | None:
        """Measure in this way; None if it does not work."""
        try:
            if self._takes_picture or way is not self._fallbacks.used:
                measurement = self._measure_both(tick, way)
                self._last_picture_slot = self._picture_slot(tick)
            else:
                measurement = self._measure_small(tick, way)
        except _CAPTURE_FAILURES as error:
            self._note_failure(tick, way, error)
            return None
        reason = "captured" if self.last_error is None else str(self.last_error)
        self.states.settle(CoordinationState(measurement.status.value), measurement.t_s, reason)
        return measurement

    def _measure_both(self, tick: Tick, way: Way) -> Measurement:
        pair = self._coordinator.both(way.regions)
        self._accept(way)
        large, small = self._large_rois.add(pair.large), self._small_rois.add(pair.small)
        self.large_picture = large
        is_fallback = way is not self._fallbacks.wanted
        self._watch.see_both(large, small)
        own = pair._replace(large=large, small=small)
        self.dual_frame = coordinated(own, tick.index, self._watch.still_share, fallback_used=is_fallback)
        self._teller.remark(self.dual_frame.notices, tick.due_s)
        return self._measured(tick, small, large.gray_value)

    def _measure_small(self, tick: Tick, way: Way) -> Measurement:
        alone = self._fallbacks.small
        if not alone.backoff.allows(tick.due_s):
            small = self._coordinator.small_of_large(way.regions)
        else:
            try:
                small = self._coordinator.small(way.small)
            except ExtractionError as error:
                if way.regions.mode is RoiMode.DUAL:
                    return self._partial(tick, error)
                raise
            alone.succeeded()
        self._accept(way)
        return self._measured(tick, self._small_rois.add(small), None)

    def _accept(self, way: Way) -> None:
        """Go on in the way that works."""
        self.last_error = None
        if self._fallbacks.succeeded(way):
            self._turn_to(way.regions)

    def _measured(self, tick: Tick, small: RoiData, gray_large: float | None) -> Measurement:
        t_s = round(small.frame.t_s - self._start_s, _TIME_DECIMALS)
        notice = self._watch.see(small)
        if notice is None and self._is_live and time.perf_counter() - self._begun_s > _LATE_S:
            notice = PictureNotice.STALE
        self._teller.tell_picture(notice, t_s)
        return Measurement(tick.index, t_s, small.gray_value, gray_large, self._source.kind, Status.SUCCESS, notice)

    def _partial(self, tick: Tick, error: ExtractionError) -> Measurement:
        """Go on with the last good small ROI: it is shown, but nothing was measured; next the large ROI is grabbed."""
        self.last_error = error
        self._fallbacks.small.failed(tick.due_s)
        fault = self._teller.failed(error, tick.due_s)
        self.dual_frame = DualRoiFrame(
            tick.index,
            tick.due_s + self._start_s,
            Status.PARTIAL,
            roi2_data=self.small_picture,
            errors=(fault.message,),
            fallback_used=True,
        )
        return self._nothing(tick, Status.PARTIAL)

    def _note_failure(self, tick: Tick, way: Way, error: Exception) -> None:
        self.last_error = error
        self._fallbacks.failed(way, tick.due_s)
        self._teller.failed(error, tick.due_s)
        self.dual_frame = self._failed_frame(tick.index, tick.due_s, error)
        self.states.go(CoordinationState.FAILED)

    def _failed_frame(self, index: int, now_s: float, error: Exception) -> DualRoiFrame:
        t_s, shown = now_s + self._start_s, self.large_picture is not None
        return DualRoiFrame(index, t_s, Status.FAILED, errors=(str(error),), fallback_used=shown)

    def _failure(self, tick: Tick) -> Measurement:
        is_emergency = self._fallbacks.level(tick.due_s) is Fallback.EMERGENCY
        state = CoordinationState.FAILED if is_emergency else CoordinationState.ERROR_RECOVERY
        self.states.settle(state, tick.due_s, str(self.last_error))
        nothing = self._nothing(tick, Status.FAILED)
        if not (is_emergency and self._simulates):
            return nothing
        return dataclasses.replace(nothing, gray=sine_gray(nothing.t_s), source=SourceKind.SIMULATED)

    def _nothing(self, tick: Tick, status: Status) -> Measurement:
        # The sample before may have been grabbed after this tick was due; no two samples have the same time.
        t_s = round(max(tick.due_s, self._last_s + 10**-_TIME_DECIMALS), _TIME_DECIMALS)
        return Measurement(tick.index, t_s, None, None, self._source.kind, status, PictureNotice.STALE)


def _legacy_regions(roi: Roi | None, bounds: Roi) -> Regions | None:
    """Return the regions of single mode; None without a legacy ROI that can be seen."""
    try:
        return None if roi is None else Regions(RoiMode.SINGLE, roi).fitted(bounds)
    except OffScreenError:
        return None
