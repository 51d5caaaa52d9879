"""snapshot.json: the newest state in the shape of the predecessor's real-time documents."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhem_qt.monitor import RoiMode
from nhem_qt.session.pictures import png_of
from nhem_qt.session.table import STORED_PEAK_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import CoordinationState, Regions, RoiData, Sample, Transition
    from nhem_qt.session.info import SessionInfo


@dataclass(frozen=True, slots=True, eq=False)
class LiveState:
    """All that a snapshot shows: the last `buffer_size` samples, oldest first, and the newest pictures of both ROIs.

    `rate_hz` is that of the last two seconds; `health` are the fields of the HealthReport, where it is known.
    """

    info: SessionInfo
    regions: Regions
    samples: tuple[Sample, ...]
    sample_count: int
    peaks: tuple[Peak, ...]
    large_roi: RoiData | None
    small_roi: RoiData | None
    coordination: CoordinationState
    transitions: tuple[Transition, ...]
    rate_hz: float
    dropped_ticks: int
    failed_samples: int
    health: Mapping[str, Any] | None


def snapshot(state: LiveState) -> dict[str, Any]:
    """Return the content of snapshot.json."""
    document = _common(state)
    return document | _dual(state) if state.regions.mode is RoiMode.DUAL else document


def _common(state: LiveState) -> dict[str, Any]:
    last = state.samples[-1] if state.samples else None
    return {
        "type": "realtime_data",
        "timestamp": state.info.timestamp(last.measurement.t_s if last else 0.0),
        "frame_count": state.sample_count,
        "series": _series(state.samples),
        "roi_data": _picture(state.small_roi),
        "peak_signal": last.peak_signal if last else None,
        "enhanced_peak": _enhanced_peak(last) if last else None,
        "baseline": last.baseline if last else None,
        "system_status": _status(state),
    }


def _dual(state: LiveState) -> dict[str, Any]:
    return {
        "roi1_data": _picture(state.large_roi),
        "roi2_data": _picture(state.small_roi),
        "coordination_info": _coordination(state),
        "roi_configs": {"roi1": _roi(state.regions), "roi2": _roi(state.regions, small=True)},
        "signal_data": _series(state.samples),
        "peak_data": [_peak(peak) for peak in state.peaks],
    }


def _status(state: LiveState) -> dict[str, Any]:
    """Return how the session goes, also for callers that know one ROI only."""
    # Known or not, these are told as dropped_ticks.
    health = {name: value for name, value in (state.health or {}).items() if name != "dropped"}
    return health | {
        "mode": state.regions.mode.value,
        "source": state.info.source,
        "state": state.coordination.value,
        "rate_hz": state.rate_hz,
        "dropped_ticks": state.dropped_ticks,
        "failed_samples": state.failed_samples,
    }


def _series(samples: tuple[Sample, ...]) -> list[dict[str, float | None]]:
    return [{"t": sample.measurement.t_s, "value": sample.measurement.measured_gray} for sample in samples]


def _enhanced_peak(last: Sample) -> dict[str, Any]:
    return {
        "signal": last.peak_signal,
        "color": last.peak.color if last.peak else None,
        "confidence": last.peak.confidence if last.peak else 0.0,
        "threshold": last.threshold,
        "in_peak_region": last.in_peak_region,
        "frame_count": last.measurement.frame_index,
    }


def _coordination(state: LiveState) -> dict[str, Any]:
    changes = [
        {"t": change.t_s, "old_state": change.old.value, "new_state": change.new.value, "reason": change.reason}
        for change in state.transitions
    ]
    return {"state": state.coordination.value, "transitions": changes}


def _peak(peak: Peak) -> dict[str, Any]:
    return {name: getattr(peak, name) for name in STORED_PEAK_COLUMNS}


def _roi(regions: Regions, *, small: bool = False) -> dict[str, int]:
    roi = regions.small if small else regions.large
    return {"x1": roi.x1, "y1": roi.y1, "x2": roi.x2, "y2": roi.y2}


def _picture(picture: RoiData | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    frame = picture.frame
    return {
        "width": frame.roi.width,
        "height": frame.roi.height,
        "pixels": base64.b64encode(png_of(frame.pixels)).decode("ascii"),
        "gray_value": picture.gray_value,
        "format": "base64",
    }
