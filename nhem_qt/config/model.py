"""The sections of fem_config.json as typed models; a field's docstring is its tooltip."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nhem_qt.detection import DetectorConfig
from nhem_qt.geometry import Roi

RateHz = Annotated[float, Field(ge=1, le=240)]


class Section(BaseModel):
    """A part of the file: frozen, and silent about keys it has no use for."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, allow_inf_nan=False)


class DataProcessingConfig(Section):
    """How often is measured, and how much is held in memory."""

    fps: RateHz = 45.0
    """Ticks per second, each with one gray value (1-240 Hz)."""
    buffer_size: int = Field(default=100, ge=1, le=100_000)
    """Samples in a snapshot and behind the simple rule of the sine source."""
    max_frame_count: int = Field(default=10_000, ge=100, le=10_000_000)
    """Samples held in memory; older ones are read from the session."""
    roi_buffer_size: int = Field(default=500, ge=1, le=100_000)
    """Pictures of the small ROI held in memory."""
    peak_buffer_size: int = Field(default=100, ge=1, le=100_000)
    """Peaks held in memory."""


class RoiConfig(Section):
    """A rectangle of the screen in device pixels, half-open: x1 <= x < x2, y1 <= y < y2."""

    x1: int
    """Left edge, px."""
    y1: int
    """Top edge, px."""
    x2: int
    """Right edge, px; the first column that does not belong to the ROI."""
    y2: int
    """Bottom edge, px; the first row that does not belong to the ROI."""
    frame_rate: RateHz | None = None
    """Pictures of this ROI per second (1-240 Hz)."""

    @model_validator(mode="after")
    def _holds_pixels(self) -> Self:
        Roi(self.x1, self.y1, self.x2, self.y2)
        return self

    @property
    def roi(self) -> Roi:
        """The rectangle alone."""
        return Roi(self.x1, self.y1, self.x2, self.y2)


class SmallRoiConfig(Section):
    """The measured part of the large ROI; fixed, and written to the file so that a reader sees it."""

    size: tuple[Literal[50], Literal[50]] = (50, 50)
    """Width and height, px."""
    extraction: Literal["center"] = "center"
    """Where in the large ROI it lies."""


class DualRoiConfig(Section):
    """The ROIs of both modes."""

    mode: Literal["dual", "single"] | None = None
    """Dual: the centre of the large ROI is measured; single: the legacy ROI as a whole. Unset: what is configured."""
    frame_rate: RateHz = 5.0
    """Pictures of the large ROI per second where the large ROI names no rate of its own (1-240 Hz)."""
    large_roi: RoiConfig | None = None
    """The rectangle of the screen that is shown."""
    small_roi: SmallRoiConfig = SmallRoiConfig()
    """The measured part of the large ROI."""
    legacy_roi: RoiConfig | None = None
    """The rectangle that single mode measures as a whole."""

    @property
    def large_roi_frame_rate(self) -> float:
        """Pictures of the large ROI per second, Hz."""
        own = self.large_roi.frame_rate if self.large_roi else None
        return self.frame_rate if own is None else own


class LoggingConfig(Section):
    """What is written to the log."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    """The least severe message that is logged."""


class FemConfig(Section):
    """The whole of fem_config.json."""

    data_processing: DataProcessingConfig = DataProcessingConfig()
    """Rates and buffers."""
    roi_capture: DualRoiConfig = DualRoiConfig()
    """The regions."""
    peak_detection: DetectorConfig = DetectorConfig()
    """The detector's parameters."""
    logging: LoggingConfig = LoggingConfig()
    """The log."""
