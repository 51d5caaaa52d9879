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

    # When a region opens.

    min_rise_gray: float = Field(default=3.5, ge=1, le=100)
    """Least rise above the baseline that opens a region, and least rise of a peak."""

    min_height_gray: float = Field(default=4.5, ge=1, le=100)
    """Least height of the plateau as a whole: coughs and deep breaths rise above the threshold, but not by much."""

    rise_noise_factor: float = Field(default=6.0, ge=0, le=20)
    """In a noisy picture the demanded rise is this many times the noise from picture to picture."""

    least_rise_share: float = Field(default=0.6, ge=0, le=1)
    """Share of the demanded rise that the plateau must keep; only its noisiest pictures need reach all of it."""

    baseline_s: float = Field(default=0.5, ge=0.2, le=5)
    """Time whose median is the baseline: long outlasts a flicker, short follows breathing."""

    settling_s: float = Field(default=0.2, ge=0.1, le=2)
    """Time after the start, a gap or a peak until there is a baseline again; nothing is found meanwhile."""

    max_gap_s: float = Field(default=1.0, ge=0.1, le=60)
    """After a longer gap between samples the detector begins anew."""

    # Where it ends.

    plateau_share: float = Field(default=0.65, ge=0.1, le=1)
    """Share of the height above which pictures belong to the plateau; a dip, a mark and the afterglow do not."""

    closing_share: float = Field(default=0.36, ge=0.05, le=0.9)
    """How far up from the newest pictures to the plateau the region closes: low, because a plateau dips by half."""

    closing_share_of_mark: float = Field(default=0.4, ge=0, le=1)
    """How much higher it closes the more of the height stays: a mark is brightest at first, and is no plateau."""

    closing_share_limit: float = Field(default=0.6, ge=0.1, le=0.95)
    """It never closes higher than this."""

    bridge_s: float = Field(default=0.22, ge=0.05, le=1)
    """A fall that is shorter is a dip of the plateau, not the end of the emission."""

    clear_fall_share: float = Field(default=0.7, ge=0.1, le=1)
    """A fall by more than this share of the height ends the region as soon as it is no dip."""

    half_fall_share: float = Field(default=0.5, ge=0.1, le=1)
    """A fall by more than this share does so if it was sharp."""

    sharpness: float = Field(default=0.85, ge=0, le=1)
    """Share of a fall that must come at once to call it sharp; a plateau that declines slowly has not ended."""

    doubtful_fall_share: float = Field(default=0.2, ge=0.05, le=1)
    """A fall by less than this share of the height does not end the region."""

    doubtful_fall_s: float = Field(default=0.7, ge=0.2, le=2)
    """Time waited after any other fall: is it a strong mark, or a step of the plateau?"""

    doubtful_sharpness: float = Field(default=0.6, ge=0, le=1)
    """Share of such a fall that must have come within `edge_s`."""

    # What is measured.

    margin_s: float = Field(default=0.25, ge=0.05, le=2)
    """Least time over which the means before and after are taken, so that every frame rate sees the same."""

    pre_gap_s: float = Field(default=0.1, ge=0, le=0.5)
    """Time before the start that is left out of the mean before: the first picture may be half swept."""

    post_gap_s: float = Field(default=0.12, ge=0, le=1)
    """Time after the end that is left out of the mean after: the scanner's afterglow fades."""

    swept_share: float = Field(default=0.15, ge=0, le=1)
    """Share of the height above which a picture before the start counts as half swept."""

    edge_s: float = Field(default=0.2, ge=0.02, le=1)
    """Time that belongs to an edge: pictures so near to one tell neither plateau nor level ground."""

    edge_pictures: float = Field(default=2.5, ge=0, le=10)
    """Where pictures come slowly, a rise or a fall that takes no more of them has come at once."""

    step_share: float = Field(default=0.2, ge=0, le=1)
    """Share of the fall within which a step before the emission has the level after it: the emission stands on it."""

    before_s: float = Field(default=1.0, ge=0.2, le=3)
    """Time before an emission that shows how lively the picture is."""

    # What is no emission.

    min_duration_s: float = Field(default=0.22, ge=0, le=5)
    """Shortest emission; anything shorter is a flicker."""

    max_duration_s: float = Field(default=1.5, ge=0.2, le=60)
    """Longest emission; anything longer is a change of scene, and the new level becomes the baseline."""

    max_rise_gray: float = Field(default=120.0, ge=1, le=255)
    """Highest rise of an emission; what is brighter still is a window, or a picture that has gone white."""

    least_sharpness: float = Field(default=0.9, ge=0, le=1)
    """Share of rise and fall together that must come at once; what comes and goes slowly is a swell."""

    least_rise_sharpness: float = Field(default=0.8, ge=0, le=1)
    """The same of the rise alone: however fast a swell ends, it has begun slowly."""

    unsettled_share: float = Field(default=0.6, ge=0, le=5)
    """Share of the height by which the ground before and after may vary; beyond it the probe is moving."""

    max_gain_gray: float = Field(default=18.0, ge=1, le=255)
    """Most that the gray value may be higher after than before; beyond it the picture has changed, not the tissue."""

    max_drop_gray: float = Field(default=12.0, ge=1, le=255)
    """Most that it may be lower."""

    least_fall_share: float = Field(default=0.25, ge=0, le=1)
    """Share of the rise by which the gray value must fall again; else the level has changed."""

    least_fall_gray: float = Field(default=2.3, ge=0, le=100)
    """Least fall, however low the rise was."""

    still_gray: float = Field(default=0.12, ge=0, le=5)
    """Pictures that differ by less are the same picture, sent again."""

    still_share: float = Field(default=0.01, ge=0, le=0.5)
    """A plateau stands still while it changes by less than this share of the rise, and than the noise before it."""

    still_pictures: float = Field(default=2.5, ge=0, le=100)
    """A plateau that stands still while so many pictures were due is a window, or a picture that has gone white."""

    still_part: float = Field(default=0.6, ge=0, le=1)
    """Part of the plateau that must stand still; in an emission pictures may happen to be alike for a while."""

    least_picture_hz: float = Field(default=10.0, ge=0, le=100)
    """Least pace of pictures that is assumed: in a calm picture fresh ones are hard to tell."""

    lively_gray: float = Field(default=0.15, ge=0, le=5)
    """Noise of a picture that is alive: if all stands still before and after, the region was covered or frozen."""

    least_thawed_drop_share: float = Field(default=0.45, ge=0, le=1)
    """Share of the rise by which it must fall at once where the picture stood still before: a mark only fades."""

    # How much the picture changes by itself.

    least_noise_gray: float = Field(default=0.1, ge=0.001, le=5)
    """Least noise that is assumed."""

    most_noise_gray: float = Field(default=1.5, ge=0.01, le=20)
    """Most noise that is assumed: anything more is no noise."""

    noise_pictures: float = Field(default=20, ge=1, le=1000)
    """Fresh pictures over which the noise is averaged."""

    motion_gray: float = Field(default=0.55, ge=0.05, le=10)
    """Motion of the tissue, as the standard deviation of a difference, until the detector has seen it for itself."""

    least_motion_gray: float = Field(default=0.15, ge=0.01, le=10)
    """Least motion that is assumed."""

    motion_share: float = Field(default=0.62, ge=0.1, le=2)
    """Share of that motion that makes a colour unsure: where the tissue itself has moved, the colour is right."""

    motion_window_s: float = Field(default=0.25, ge=0.05, le=2)
    """Time of the means by which motion is measured; each is compared with the fourth before it."""

    motion_changes: float = Field(default=25, ge=1, le=1000)
    """Comparisons over which the motion is averaged."""

    motion_rest_s: float = Field(default=1.5, ge=0, le=10)
    """Time after an emission that tells nothing of motion: its mark fades."""
