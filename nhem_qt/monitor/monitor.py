"""One tick of monitoring: grab, extract, measure, judge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nhem_qt.capture import CaptureError
from nhem_qt.frame import SourceKind
from nhem_qt.monitor.backoff import Backoff
from nhem_qt.monitor.judge import Judge, PeakJudge, SineJudge
from nhem_qt.monitor.pictures import DualRoiFrame, PictureRing, RoiData, extract_small_roi
from nhem_qt.monitor.regions import Regions, RoiMode
from nhem_qt.monitor.sample import Measurement, Sample, Status
from nhem_qt.monitor.state import CoordinationState, StateLog

if TYPE_CHECKING:
    from nhem_qt.capture import FrameSource
    from nhem_qt.config import FemConfig
    from nhem_qt.detection import DetectorConfig
    from nhem_qt.monitor.schedule import Tick

# Large pictures are for a look back of some seconds; in single mode the small ROI may be a whole screen as well.
_LARGE_PICTURES = 10
_MAX_PICTURE_BYTES = 64_000_000

# As precise as samples.csv: read back from there, the detector must see the same times.
_TIME_DECIMALS = 6

# index / rate * rate may fall short of the index by a rounding.
_SLOT_SLACK = 1e-6


class Monitor:
    """Measures one source tick by tick.

    Every tick grabs once: the large ROI when its picture is due, else the small ROI alone, which gives the same gray
    value at a fraction of the cost. `start_s` is the time on the source's clock at which the session started.
    Raises OffScreenError if the regions lie outside of what the source shows.
    """

    def __init__(
        self, source: FrameSource, regions: Regions, config: FemConfig, rate_hz: float, start_s: float = 0.0
    ) -> None:
        self._source = source
        self._start_s = start_s
        self._rate_hz = rate_hz
        self._picture_rate_hz = config.roi_capture.large_roi_frame_rate
        self._last_picture_slot = -1
        self._last_s = -math.inf
        self.detector = config.peak_detection
        self._judge = self._new_judge(config)
        self._backoff = Backoff()
        self._large_rois = PictureRing(_LARGE_PICTURES, _MAX_PICTURE_BYTES)
        self._small_rois = PictureRing(config.data_processing.roi_buffer_size, _MAX_PICTURE_BYTES)
        self.regions = regions.fitted(source.bounds)
        self.states = StateLog()
        self.large_picture: RoiData | None = None
        """The newest picture of the large ROI."""
        self.last_error: CaptureError | None = None
        """Why the last tick failed; None if it did not."""

    @property
    def small_picture(self) -> RoiData | None:
        """The newest picture of the small ROI."""
        return self._small_rois.newest

    def tick(self, tick: Tick) -> Sample:
        """Measure once; a failed capture gives a sample without gray value, and is tried again later."""
        measurement = self._measure(tick)
        self._last_s = measurement.t_s
        return self._judge.judge(measurement)

    def finish(self) -> Sample | None:
        """End the stream: the last sample anew if a pending peak is decided by that, else None."""
        return self._judge.finish()

    def change_detector(self, config: DetectorConfig) -> None:
        """Judge by other parameters from now on; the detector begins anew."""
        self.detector = config
        self._judge.restart(config)

    def change_regions(self, regions: Regions) -> None:
        """Measure elsewhere from now on; the detector begins anew, for the gray values there are others."""
        self.regions = regions.fitted(self._source.bounds)
        self._judge.restart(self.detector)
        self._backoff = Backoff()
        self._last_picture_slot = -1
        self.large_picture = None

    def set_large_roi_frame_rate(self, fps: float) -> bool:
        """Take `fps` pictures of the large ROI per second from now on; returns whether that is possible."""
        if not 0 < fps <= self._rate_hz:
            return False
        self._picture_rate_hz = fps
        self._last_picture_slot = -1
        return True

    def get_small_roi_history(self, count: int) -> list[RoiData]:
        """Return the last `count` pictures of the small ROI, oldest first."""
        return self._small_rois.last(count)

    def get_large_roi_history(self, count: int) -> list[RoiData]:
        """Return the last `count` pictures of the large ROI, ten at most, oldest first."""
        return self._large_rois.last(count)

    def capture_dual_roi(self) -> DualRoiFrame:
        """Grab the large ROI once and measure both ROIs in it; raises CaptureError."""
        large = self._source.grab(self.regions.large)
        small = extract_small_roi(large) if self.regions.mode is RoiMode.DUAL else large
        return DualRoiFrame(RoiData.of(large), RoiData.of(small))

    def _new_judge(self, config: FemConfig) -> Judge:
        if self._source.kind is SourceKind.SINE:
            return SineJudge(config.data_processing.buffer_size)
        return PeakJudge(config.peak_detection, self._rate_hz)

    def _measure(self, tick: Tick) -> Measurement:
        if not self._backoff.allows(tick.due_s):
            return self._failure(tick)
        try:
            measurement = self._captured(tick)
        except CaptureError as error:
            self.last_error = error
            self._backoff.failed(tick.due_s)
            self.states.enter(CoordinationState.ERROR_RECOVERY, tick.due_s, str(error))
            return self._failure(tick)
        self.last_error = None
        self._backoff.succeeded()
        self.states.enter(CoordinationState.SUCCESS, measurement.t_s, "captured")
        return measurement

    def _captured(self, tick: Tick) -> Measurement:
        gray_large = None
        picture_slot = math.floor(tick.due_s * self._picture_rate_hz + _SLOT_SLACK)
        if picture_slot > self._last_picture_slot:
            both = self.capture_dual_roi()
            self._last_picture_slot = picture_slot
            self.large_picture = self._large_rois.add(both.large_roi)
            small, gray_large = both.small_roi, both.large_roi.gray_value
        else:
            small = RoiData.of(self._source.grab(self.regions.small))
        self._small_rois.add(small)
        t_s = round(small.frame.t_s - self._start_s, _TIME_DECIMALS)
        return Measurement(tick.index, t_s, small.gray_value, gray_large, self._source.kind, Status.SUCCESS)

    def _failure(self, tick: Tick) -> Measurement:
        # The sample before may have been grabbed after this tick was due; times never run back.
        t_s = max(round(tick.due_s, _TIME_DECIMALS), self._last_s)
        return Measurement(tick.index, t_s, None, None, self._source.kind, Status.FAILED)
