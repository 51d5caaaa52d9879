"""What can be set about the detector: the user's parameters first, then every constant it works with."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Mode: TypeAlias = Literal["adaptive", "fixed"]


class DetectorConfig(BaseModel):
    """Parameters of the peak detector; gray values run from 0 to 255, times are in seconds."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, extra="forbid", allow_inf_nan=False)

    mode: Mode = "adaptive"
    """adaptive: a region opens above the baseline that the detector finds itself; fixed: above `threshold`."""

    threshold: float = Field(default=105.0, ge=0, le=255)
    """Gray value at which a region opens. Used in fixed mode only; it must lie above the baseline."""

    margin_frames: int = Field(default=5, ge=1, le=240)
    """Frames before and after an emission whose means are compared; never less than `margin_s` of them."""

    difference_threshold: float = Field(default=2.1, ge=-100, le=100)
    """A peak is green if the gray value after it is higher than before it by more than this; else red."""

    min_region_length: int = Field(default=3, ge=1, le=240)
    """Fewest frames of an emission; shorter regions are rejected."""

    min_rise_gray: float = Field(default=3.5, ge=1, le=100)
    """Least rise above the baseline that opens a region, and least height of a peak."""

    rise_noise_factor: float = Field(default=6.0, ge=0, le=20)
    """In a noisy picture the demanded rise is this many times the noise from picture to picture."""

    baseline_s: float = Field(default=0.5, ge=0.2, le=5)
    """Time whose median is the baseline: long outlasts a flicker, short follows breathing."""

    settling_s: float = Field(default=0.2, ge=0.1, le=2)
    """Time after the start, a gap or a peak until there is a baseline again; nothing is found meanwhile."""

    margin_s: float = Field(default=0.25, ge=0.05, le=2)
    """Least time over which the means before and after are taken, so that every frame rate sees the same."""

    pre_gap_s: float = Field(default=0.1, ge=0, le=0.5)
    """Time before the start that is left out of the mean before: the first picture may be half swept."""

    post_gap_s: float = Field(default=0.12, ge=0, le=1)
    """Time after the end that is left out of the mean after: the scanner's afterglow fades."""

    edge_s: float = Field(default=0.2, ge=0.02, le=1)
    """Time that belongs to an edge: pictures so near to one tell neither plateau nor level ground."""

    max_slowness_s: float = Field(default=0.35, ge=0.05, le=5)
    """Longest time that rise and fall together may take; what comes and goes more slowly is a swell."""

    bridge_s: float = Field(default=0.22, ge=0.05, le=1)
    """A fall that is shorter is a dip of the plateau, not the end of the emission."""

    doubtful_fall_s: float = Field(default=0.7, ge=0.2, le=2)
    """Time waited after a fall by less than half of the height: a strong mark, or a step of the plateau?"""

    min_duration_s: float = Field(default=0.18, ge=0, le=5)
    """Shortest emission; anything shorter is a flicker."""

    max_duration_s: float = Field(default=1.5, ge=0.2, le=60)
    """Longest emission; anything longer is a change of scene, and the new level becomes the baseline."""

    max_gain_gray: float = Field(default=18.0, ge=1, le=255)
    """Most that the gray value may be higher after than before; beyond it the picture has changed, not the tissue."""

    max_drop_gray: float = Field(default=12.0, ge=1, le=255)
    """Most that it may be lower."""

    still_gray: float = Field(default=0.12, ge=0, le=5)
    """Pictures that differ by less are the same picture, sent again."""

    max_rise_gray: float = Field(default=85.0, ge=1, le=255)
    """Highest rise of an emission whose plateau stands still because it is clipped; a window may rise by more."""

    motion_gray: float = Field(default=0.55, ge=0.05, le=10)
    """Standard deviation of the difference that tissue motion makes without any emission (for the confidence)."""

    max_gap_s: float = Field(default=1.0, ge=0.1, le=60)
    """After a longer gap between samples the detector begins anew."""
