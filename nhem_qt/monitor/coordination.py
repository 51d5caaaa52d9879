"""Taking large and small ROI from a source so that both belong together, step by step and checked."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nhem_qt.monitor.errors import ExtractionError, SynchronisationError
from nhem_qt.monitor.pictures import DualRoiFrame, RoiData, extract_small_roi
from nhem_qt.monitor.quality import quality_score
from nhem_qt.monitor.regions import RoiMode
from nhem_qt.monitor.sample import Status
from nhem_qt.monitor.state import CoordinationState

if TYPE_CHECKING:
    from nhem_qt.capture import FrameSource
    from nhem_qt.frame import Frame
    from nhem_qt.geometry import Roi
    from nhem_qt.monitor.regions import Regions
    from nhem_qt.monitor.state import StateMachine

_LONGEST_APART_S = 0.1
_ODD_DIFFERENCE_GRAY = 50.0


class Pair(NamedTuple):
    """Large and small ROI of one grab, how long it took to measure them, and how long that and the grab took."""

    large: RoiData
    small: RoiData
    processing_ms: float
    latency_ms: float


class Coordinator:
    """Grabs the ROIs of a source and takes the machine through the steps up to the validation.

    What is grabbed is checked before it is measured: raises ExtractionError where it is not what was asked for,
    SynchronisationError where it does not belong together, and what the source raises, CaptureError above all.
    """

    def __init__(self, source: FrameSource, states: StateMachine) -> None:
        self._source = source
        self._states = states

    def small(self, roi: Roi) -> RoiData:
        """Grab and measure the small ROI alone."""
        self._states.begin(CoordinationState.ROI2_EXTRACTING)
        small = RoiData.of(self._grabbed(roi))
        self._states.go(CoordinationState.VALIDATION)
        return small

    def small_of_large(self, regions: Regions) -> RoiData:
        """Grab the large ROI and measure the small one in it, where the small one cannot be had by itself."""
        self._states.begin(CoordinationState.ROI1_CAPTURING)
        large = self._grabbed(regions.large)
        self._states.go(CoordinationState.ROI2_EXTRACTING)
        small = RoiData.of(extract_small_roi(large) if regions.mode is RoiMode.DUAL else large)
        self._states.go(CoordinationState.VALIDATION)
        return small

    def both(self, regions: Regions) -> Pair:
        """Grab the large ROI once and measure both in it."""
        begin_s = time.perf_counter()
        self._states.begin(CoordinationState.ROI1_CAPTURING)
        large = self._grabbed(regions.large)
        grabbed_s = time.perf_counter()
        self._states.go(CoordinationState.ROI2_EXTRACTING)
        roi1 = RoiData.of(large)
        roi2 = RoiData.of(extract_small_roi(large)) if regions.mode is RoiMode.DUAL else roi1
        self._states.go(CoordinationState.VALIDATION)
        require_match(roi1, roi2)
        end_s = time.perf_counter()
        return Pair(roi1, roi2, 1000 * (end_s - grabbed_s), 1000 * (end_s - begin_s))

    def _grabbed(self, roi: Roi) -> Frame:
        frame = self._source.grab(roi)
        wrong = _wrong_with(frame, roi)
        if wrong is not None:
            raise ExtractionError(f"The source gave {wrong} for the region {roi}: it is left out")
        return frame


def _wrong_with(frame: Frame, roi: Roi) -> str | None:
    """Return in what a frame is not what was asked for; its time is used in all that follows, and must be one."""
    pixels = frame.pixels
    if pixels.shape != (roi.height, roi.width, 4) or pixels.dtype != np.uint8:
        return f"{'x'.join(map(str, pixels.shape))} values of type {pixels.dtype}"
    if frame.roi != roi:
        return f"the region {frame.roi}"
    return None if math.isfinite(frame.t_s) else "a picture without a time"


def require_match(roi1: RoiData, roi2: RoiData) -> None:
    """Raise SynchronisationError where large and small ROI do not belong together."""
    large, small = roi1.frame, roi2.frame
    apart_s = abs(large.t_s - small.t_s)
    if apart_s > _LONGEST_APART_S:
        raise SynchronisationError(f"The pictures of both regions are {1000 * apart_s:.0f} ms apart, more than 100 ms")
    if small.roi not in {large.roi, large.roi.centre()}:
        raise SynchronisationError(f"The small region {small.roi} is not the centre of the large one {large.roi}")


def coordinated(pair: Pair, frame_count: int, still_share: float, *, fallback_used: bool = False) -> DualRoiFrame:
    """Return the frame of two ROIs that match; `still_share` is that of quality_score."""
    quality1 = quality_score(pair.large.frame.pixels, still_share)
    same = pair.small.frame.roi == pair.large.frame.roi
    return DualRoiFrame(
        frame_count,
        pair.large.frame.t_s,
        Status.SUCCESS,
        pair.large,
        pair.small,
        processing_time_ms=pair.processing_ms,
        extraction_latency_ms=pair.latency_ms,
        spatial_relationship_valid=True,
        roi1_quality_score=quality1,
        roi2_quality_score=quality1 if same else quality_score(pair.small.frame.pixels, still_share),
        notices=_oddities(pair),
        fallback_used=fallback_used,
    )


def _oddities(pair: Pair) -> tuple[str, ...]:
    """Return what is odd about two ROIs, although it may be right."""
    difference = pair.small.gray_value - pair.large.gray_value
    if abs(difference) <= _ODD_DIFFERENCE_GRAY:
        return ()
    return (f"The gray values of small and large region differ by {difference:+.0f}: see that the box is on the focus",)
