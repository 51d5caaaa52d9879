"""Sets of values for machines of different strength."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhem_qt.config.model import FemConfig

_FPS, _BUFFER, _RATE = "data_processing.fps", "data_processing.buffer_size", "roi_capture.frame_rate"

PROFILES: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        "standard": MappingProxyType({_FPS: 45, _BUFFER: 100, _RATE: 5}),
        "high performance": MappingProxyType({_FPS: 60, _BUFFER: 1000, _RATE: 10}),
        "low resource": MappingProxyType({_FPS: 20, _BUFFER: 50, _RATE: 2}),
    }
)
"""Name of a profile to its values by dotted paths: ticks per second, samples, pictures of the large ROI per second."""


def profile_changes(name: str, config: FemConfig) -> dict[str, int]:
    """Return what a profile changes in a configuration; a rate that the shown ROI names itself is changed there."""
    changes = dict(PROFILES[name])
    roi = config.roi_capture.active_roi
    if roi is not None and roi.frame_rate is not None:
        part = "legacy_roi" if config.roi_capture.active_mode == "single" else "large_roi"
        changes[f"roi_capture.{part}.frame_rate"] = changes.pop(_RATE)
    return changes


def active_profile(config: FemConfig) -> str | None:
    """Return the name of the profile whose values are in use; None if they are no profile's."""
    processing = config.data_processing
    values = (processing.fps, processing.buffer_size, config.roi_capture.large_roi_frame_rate)
    return next((name for name, profile in PROFILES.items() if tuple(profile.values()) == values), None)
