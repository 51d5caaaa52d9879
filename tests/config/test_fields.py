"""What a settings window is told about every value, and the profiles it offers."""

from __future__ import annotations

import math

import pytest

from nhem_qt.config import PROFILES, FemConfig, active_profile, fields, load_config, profile_changes, value_problem
from nhem_qt.config.layers import leaves, nested

BY_PATH = {info.path: info for info in fields()}
LARGE = {"x1": 0, "y1": 0, "x2": 90, "y2": 90}


def test_every_value_of_the_configuration_has_a_field_and_the_other_way_round() -> None:
    rois = {"large_roi": LARGE | {"frame_rate": 5}, "legacy_roi": LARGE}
    config = FemConfig.model_validate({"roi_capture": rois})
    single = [path for path, info in BY_PATH.items() if info.kind != "table"]
    assert [path for path, _ in leaves(config.model_dump(mode="json"))] == single


def test_every_field_has_a_title_a_tooltip_and_an_allowed_default() -> None:
    for info in fields():
        assert info.title, info.path
        assert info.description.endswith((".", "?")), info.path
        if info.default is not None:
            assert value_problem(info.path, info.default) is None, info.path


def test_every_number_of_the_detector_and_of_the_loop_has_a_range() -> None:
    for info in fields():
        if info.kind in {"number", "whole number"} and "_roi." not in info.path:
            assert info.minimum is not None, info.path
            assert info.maximum is not None, info.path


@pytest.mark.parametrize(
    ("path", "title", "unit", "minimum", "maximum"),
    [
        ("data_processing.fps", "FPS", "Hz", 1, 240),
        ("data_processing.roi_buffer_size", "ROI buffer size", "pictures", 1, 100_000),
        ("roi_capture.frame_rate", "Frame rate", "Hz", 0, 240),
        ("roi_capture.large_roi.x1", "X1", "px", None, None),
        ("roi_capture.large_roi.frame_rate", "Frame rate", "Hz", 0, 240),
        ("peak_detection.threshold", "Threshold", "gray", 0, 255),
        ("peak_detection.margin_frames", "Margin frames", "frames", 1, 240),
        ("peak_detection.baseline_s", "Baseline", "s", 0.2, 5),
    ],
)
def test_title_unit_and_range_come_from_the_model(
    path: str, title: str, unit: str, minimum: float | None, maximum: float | None
) -> None:
    info = BY_PATH[path]
    assert (info.title, info.unit, info.minimum, info.maximum) == (title, unit, minimum, maximum)


def test_kinds_and_choices_come_from_the_model() -> None:
    assert BY_PATH["peak_detection.mode"].choices == ("adaptive", "fixed")
    assert BY_PATH["logging.level"].choices == ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    mode = BY_PATH["roi_capture.mode"]
    assert (mode.kind, mode.choices, mode.nullable, mode.default) == ("choice", ("dual", "single"), True, None)
    assert BY_PATH["roi_capture.small_roi.size"].kind == "fixed"
    assert BY_PATH["roi_capture.migration_offered"].kind == "switch"
    assert BY_PATH["roi_capture.frame_rate"].above_minimum
    assert BY_PATH["data_processing.buffer_size"].section == "data_processing"


def test_the_ends_of_every_range_are_allowed_and_what_lies_beyond_is_not() -> None:
    for info in fields():
        if info.minimum is None or info.maximum is None:
            continue
        lowest = math.nextafter(info.minimum, math.inf) if info.above_minimum else info.minimum
        below = info.minimum if info.above_minimum else info.minimum - 1
        for value in (lowest, info.maximum):
            assert value_problem(info.path, value) is None, info.path
        for value in (below, info.maximum + 1, float("nan"), True, "x"):
            assert (value_problem(info.path, value) or "").endswith(info.allowed), info.path


def test_a_value_is_judged_while_it_is_typed() -> None:
    assert value_problem("data_processing.fps", "45") is None
    problem = value_problem("data_processing.fps", "4x")
    assert problem == '"4x" is not possible, allowed is a number from 1 up to 240 Hz'
    assert value_problem("roi_capture.large_roi.x1", 5) is None


@pytest.mark.parametrize(
    ("name", "fps", "buffer_size", "rate_hz"),
    [("standard", 45, 100, 5), ("high performance", 60, 1000, 10), ("low resource", 20, 50, 2)],
)
@pytest.mark.parametrize(
    "capture", [{}, {"large_roi": LARGE}, {"large_roi": LARGE | {"frame_rate": 3}}, {"legacy_roi": LARGE}]
)
def test_a_profile_sets_its_three_values_wherever_the_rate_is_named(
    name: str, fps: int, buffer_size: int, rate_hz: int, capture: dict[str, object]
) -> None:
    before = FemConfig.model_validate({"roi_capture": capture})
    arguments = {f"roi_capture.{key}": value for key, value in capture.items()}
    for path, value in profile_changes(name, before).items():
        roi, _, key = path.rpartition(".")
        if roi in arguments:
            arguments[roi] = arguments[roi] | {key: value}  # type: ignore[operator]
        else:
            arguments[path] = value
    config = load_config(None, {}, arguments).config
    assert (config.data_processing.fps, config.data_processing.buffer_size) == (fps, buffer_size)
    assert config.roi_capture.large_roi_frame_rate == rate_hz
    assert active_profile(config) == name


def test_the_defaults_are_the_standard_profile_and_other_values_are_none() -> None:
    assert active_profile(FemConfig()) == "standard"
    assert active_profile(FemConfig.model_validate(nested({"data_processing.fps": 44}))) is None
    assert list(PROFILES) == ["standard", "high performance", "low resource"]
