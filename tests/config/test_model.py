"""The typed sections of fem_config.json."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from nhem_qt.config import DataProcessingConfig, DualRoiConfig, FemConfig, RoiConfig
from nhem_qt.geometry import Roi


def test_the_defaults_are_those_of_the_contract() -> None:
    config = FemConfig()
    processing, detection, capture = config.data_processing, config.peak_detection, config.roi_capture
    assert (processing.fps, processing.buffer_size, processing.max_frame_count) == (45.0, 100, 10_000)
    assert (processing.roi_buffer_size, processing.peak_buffer_size) == (500, 100)
    assert (detection.mode, detection.threshold, detection.margin_frames) == ("adaptive", 105.0, 5)
    assert (detection.difference_threshold, detection.min_region_length) == (2.1, 3)
    assert (capture.mode, capture.large_roi, capture.legacy_roi) == (None, None, None)
    assert capture.large_roi_frame_rate == 5.0
    assert (capture.small_roi.size, capture.small_roi.extraction) == ((50, 50), "center")
    assert config.logging.level == "INFO"


@pytest.mark.parametrize("fps", [1, 45, 240])
def test_rates_run_from_1_to_240_hz(fps: float) -> None:
    assert DataProcessingConfig(fps=fps).fps == fps
    for outside in (0, 0.99, 240.01, -45, float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            DataProcessingConfig(fps=outside)


def test_the_rate_of_the_large_roi_is_its_own_or_the_common_one() -> None:
    roi = RoiConfig(x1=0, y1=0, x2=60, y2=60)
    own = RoiConfig(x1=0, y1=0, x2=60, y2=60, frame_rate=8)
    assert DualRoiConfig(large_roi=roi, frame_rate=3).large_roi_frame_rate == 3.0
    assert DualRoiConfig(large_roi=own, frame_rate=3).large_roi_frame_rate == 8.0
    assert DualRoiConfig(frame_rate=3).large_roi_frame_rate == 3.0


def test_a_roi_holds_pixels_and_may_be_negative() -> None:
    assert RoiConfig(x1=-1920, y1=-5, x2=-1900, y2=5).roi == Roi(-1920, -5, -1900, 5)
    with pytest.raises(ValidationError, match="holds no pixel"):
        RoiConfig(x1=5, y1=0, x2=5, y2=9)


def models(model: type[BaseModel]) -> set[type[BaseModel]]:
    inner = [type(value) for _, value in model() if isinstance(value, BaseModel)]
    return {model}.union(*(models(kind) for kind in inner))


@pytest.mark.parametrize("model", [*models(FemConfig), RoiConfig], ids=lambda model: model.__name__)
def test_every_field_says_what_it_is(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_a_configuration_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        FemConfig().data_processing.fps = 30.0  # type: ignore[misc]
