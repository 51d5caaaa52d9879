"""The sections of fem_config.json as typed models; a field's docstring is its tooltip, its extra says the unit."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from nhem_qt.detection import DetectorConfig
from nhem_qt.geometry import Roi

Mode = Literal["dual", "single"]


def _upper(level: object) -> object:
    return level.upper() if isinstance(level, str) else level


PictureRateHz = Annotated[float, Field(gt=0, le=240)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]


class Section(BaseModel):
    """A part of the file: frozen, and silent about keys it has no use for."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, allow_inf_nan=False)


class DataProcessingConfig(Section):
    """How often is measured, how much is held in memory, and what is done where nothing can be measured."""

    fps: float = Field(default=45.0, ge=1, le=240, json_schema_extra={"unit": "Hz"})
    """Ticks per second, each with one gray value (1-240 Hz)."""
    buffer_size: int = Field(default=100, ge=1, le=100_000, json_schema_extra={"unit": "samples"})
    """Samples in a snapshot and behind the simple rule of the sine source."""
    max_frame_count: int = Field(default=10_000, ge=100, le=10_000_000, json_schema_extra={"unit": "samples"})
    """Samples held in memory; older ones are read from the session."""
    roi_buffer_size: int = Field(default=500, ge=1, le=100_000, json_schema_extra={"unit": "pictures"})
    """Pictures of the small ROI held in memory."""
    peak_buffer_size: int = Field(default=100, ge=1, le=100_000, json_schema_extra={"unit": "peaks"})
    """Peaks held in memory."""
    memory_budget_mb: float = Field(default=100.0, ge=10, le=100_000, json_schema_extra={"unit": "MB"})
    """Memory for what is held: 70 % for large pictures, 20 % for small ones, 10 % for samples."""
    frozen_after_s: float = Field(default=5.0, ge=0.5, le=3600)
    """A picture that has not changed for so long is called frozen; scanners may stand still for seconds."""
    single_after_s: float = Field(default=10.0, ge=1, le=3600)
    """If dual mode fails for so long, the legacy ROI is measured until it works again."""
    emergency_after_s: float = Field(default=30.0, ge=1, le=3600)
    """If nothing can be captured for so long, the emergency mode begins."""
    simulate_in_emergency: bool = False
    """Whether the emergency mode draws a simulated sine, marked as such; it is never measured, counted or judged."""


class RoiConfig(Section):
    """A rectangle of the screen in device pixels, half-open: x1 <= x < x2, y1 <= y < y2."""

    x1: int = Field(json_schema_extra={"unit": "px"})
    """Left edge, px."""
    y1: int = Field(json_schema_extra={"unit": "px"})
    """Top edge, px."""
    x2: int = Field(json_schema_extra={"unit": "px"})
    """Right edge, px; the first column that does not belong to the ROI."""
    y2: int = Field(json_schema_extra={"unit": "px"})
    """Bottom edge, px; the first row that does not belong to the ROI."""
    frame_rate: PictureRateHz | None = Field(default=None, json_schema_extra={"unit": "Hz"})
    """Pictures of this ROI per second (above 0, up to 240 Hz); fewer than one per second are possible."""

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

    size: tuple[Literal[50], Literal[50]] = Field(default=(50, 50), json_schema_extra={"unit": "px"})
    """Width and height, px."""
    extraction: Literal["center"] = "center"
    """Where in the large ROI it lies."""


class DualRoiConfig(Section):
    """The ROIs of both modes."""

    mode: Mode | None = None
    """Dual: the centre of the large ROI is measured; single: the legacy ROI as a whole. Unset: what is configured."""
    frame_rate: PictureRateHz = Field(default=5.0, json_schema_extra={"unit": "Hz"})
    """Pictures of the shown ROI per second where it names no rate of its own (above 0, up to 240 Hz)."""
    large_roi: RoiConfig | None = None
    """The rectangle of the screen that is shown."""
    small_roi: SmallRoiConfig = SmallRoiConfig()
    """The measured part of the large ROI."""
    legacy_roi: RoiConfig | None = None
    """The rectangle that single mode measures as a whole."""
    named_regions: dict[str, RoiConfig] = Field(default_factory=dict)
    """Regions kept under a name, to be selected again."""
    migration_offered: bool = False
    """Whether the change from single to dual mode has been offered; that is done once."""

    @model_validator(mode="before")
    @classmethod
    def _common_rate(cls, values: Any) -> Any:
        """Take `large_roi_frame_rate`, by which callers also know the common rate."""
        if isinstance(values, dict) and "large_roi_frame_rate" in values:
            return {"frame_rate": values["large_roi_frame_rate"]} | values
        return values

    @property
    def active_mode(self) -> Mode | None:
        """The mode in use: the wanted one if its ROI is configured, else the other one; None if there is no ROI."""
        dual: Mode | None = "dual" if self.large_roi else None
        single: Mode | None = "single" if self.legacy_roi else None
        return single or dual if self.mode == "single" else dual or single

    @property
    def active_roi(self) -> RoiConfig | None:
        """The ROI that is shown in the mode in use; None if there is none."""
        return self.legacy_roi if self.active_mode == "single" else self.large_roi

    @property
    def large_roi_frame_rate(self) -> float:
        """Pictures of the shown ROI per second, Hz: its own rate, else the common one."""
        own = self.active_roi.frame_rate if self.active_roi else None
        return self.frame_rate if own is None else own

    @property
    def small_roi_size(self) -> tuple[int, int]:
        """Width and height of the small ROI, px."""
        return self.small_roi.size


class LoggingConfig(Section):
    """What is written to the log."""

    level: LogLevel = "INFO"
    """The least severe message that is logged."""


class FemConfig(Section):
    """The whole of fem_config.json but for its passwords, which `lock` keeps to itself."""

    data_processing: DataProcessingConfig = DataProcessingConfig()
    """Rates and buffers."""
    roi_capture: DualRoiConfig = DualRoiConfig()
    """The regions."""
    peak_detection: DetectorConfig = DetectorConfig()
    """The detector's parameters."""
    logging: LoggingConfig = LoggingConfig()
    """The log."""
