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
    from nhem_qt.monitor import Regions, RoiData, Sample, Transition
    from nhem_qt.session.info import SessionInfo

# Of the fields of a HealthReport.
_TOLD_ELSEWHERE = frozenset({"rate_hz", "dropped"})


@dataclass(frozen=True, slots=True, eq=False)
class Health:
    """How the session is going: ticks dropped, samples failed, the achieved rate, the last changes of state."""

    state: str
    rate_hz: float
    dropped_ticks: int
    failed_samples: int
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LiveState:
    """All that a snapshot shows: the last `buffer_size` samples, oldest first, and the newest pictures of both ROIs."""

    info: SessionInfo
    regions: Regions
    samples: tuple[Sample, ...]
    sample_count: int
    peaks: tuple[Peak, ...]
    large_roi: RoiData | None
    small_roi: RoiData | None
    health: Health
    report: Mapping[str, Any] | None = None
    """The fields of the HealthReport, where it is known."""


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
        "coordination_info": _coordination(state.health),
        "roi_configs": {"roi1": _roi(state.regions), "roi2": _roi(state.regions, small=True)},
        "signal_data": _series(state.samples),
        "peak_data": [_peak(peak) for peak in state.peaks],
    }


def _status(state: LiveState) -> dict[str, Any]:
    """Return how the session goes, also for callers that know one ROI only."""
    return _report(state.report) | {
        "mode": state.regions.mode.value,
        "source": state.info.source,
        "state": state.health.state,
        "rate_hz": state.health.rate_hz,
        "dropped_ticks": state.health.dropped_ticks,
        "failed_samples": state.health.failed_samples,
    }


def _report(report: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the figures that stand in no other place; nothing where they are not known."""
    return {key: value for key, value in (report or {}).items() if key not in _TOLD_ELSEWHERE}


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


def _coordination(health: Health) -> dict[str, Any]:
    changes = [
        {"t": change.t_s, "old_state": change.old.value, "new_state": change.new.value, "reason": change.reason}
        for change in health.transitions
    ]
    return {"state": health.state, "transitions": changes}


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
