"""Files of the predecessor systems: they load as they are, and every save leaves alone what it did not change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nhem_qt.config import LoadedConfig, check, load_config, save_config, shown
from nhem_qt.config.save import edited
from nhem_qt.geometry import Roi

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))
LEGACY = {"x1": 10, "y1": 20, "x2": 210, "y2": 170}


def load(path: Path) -> LoadedConfig:
    return load_config(path, {}, {})


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def copied(name: str, path: Path) -> Path:
    path.write_bytes((Path(__file__).parent / "examples" / f"{name}.json").read_bytes())
    return path


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_every_example_loads_without_a_problem(example: Path) -> None:
    assert check(example) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_load_save_load_is_the_identity_and_all_else_stays_to_the_byte(example: Path, path: Path) -> None:
    copied(example.stem, path)
    before = load(path)
    fps = before.config.data_processing.fps
    save_config(path, {"data_processing.fps": fps + 1})
    save_config(path, {"data_processing.fps": fps})
    after = load(path)
    assert (after.config, after.problems) == (before.config, ())
    untouched = edited(path.read_bytes().decode(), {"data_processing.fps": fps}).after
    assert untouched.encode() == path.read_bytes()
    if not before.credential.is_set and "fps" in example.read_text(encoding="utf-8"):
        assert path.read_bytes() == example.read_bytes()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_a_save_of_what_stands_there_writes_nothing(example: Path, path: Path) -> None:
    copied(example.stem, path)
    if load(path).credential.clear is not None:
        return
    values = {dotted: value for dotted, value in [("roi_capture.mode", load(path).config.roi_capture.mode)] if value}
    save_config(path, values)
    assert path.read_bytes() == example.read_bytes()
    assert list(path.parent.iterdir()) == [path]


def test_the_monitors_file_means_single_mode_with_its_roi_and_rate(path: Path) -> None:
    loaded = load(copied("monitor", path))
    capture = loaded.config.roi_capture
    assert capture.active_mode == "single"
    assert capture.legacy_roi is not None
    assert capture.legacy_roi.roi == Roi(480, 80, 1920, 580)
    assert capture.large_roi_frame_rate == 4.0
    assert loaded.config.logging.level == "DEBUG"
    assert loaded.origin("roi_capture.legacy_roi.x1") == "file"


def test_fractional_rates_load_and_the_rois_own_counts_first(path: Path) -> None:
    capture = load(copied("fractional", path)).config.roi_capture
    assert capture.frame_rate == 0.5
    assert capture.large_roi_frame_rate == 2.5


def test_the_variable_beats_the_rate_of_the_legacy_roi(path: Path) -> None:
    loaded = load_config(copied("fractional", path), {"NHEM_ROI_FRAME_RATE": "7"}, {})
    assert loaded.config.roi_capture.large_roi_frame_rate == 7.0
    assert loaded.origin("roi_capture.frame_rate") == "environment"


@pytest.mark.parametrize(
    ("capture", "mode", "legacy_x1"),
    [
        ({"default_config": LEGACY}, "single", 10),
        ({"default_config": LEGACY, "legacy_roi": None, "large_roi": None}, "single", 10),
        ({"default_config": LEGACY, "legacy_roi": LEGACY | {"x1": 11}}, "single", 11),
        ({"default_config": LEGACY, "large_roi": LEGACY}, "dual", 10),
        ({"default_config": LEGACY, "large_roi": LEGACY, "mode": "single"}, "single", 10),
        ({"default_config": None}, None, None),
    ],
)
def test_the_old_name_of_the_legacy_roi_counts_where_no_other_is_given(
    path: Path, capture: dict[str, object], mode: str | None, legacy_x1: int | None
) -> None:
    loaded = load(written(path, {"roi_capture": capture}))
    assert loaded.problems == ()
    assert loaded.config.roi_capture.active_mode == mode
    legacy = loaded.config.roi_capture.legacy_roi
    assert (legacy and legacy.x1) == legacy_x1


def test_a_bad_roi_is_named_as_the_file_names_it(path: Path) -> None:
    loaded = load(written(path, {"roi_capture": {"default_config": LEGACY | {"x2": 10}}}))
    assert [problem.split(":")[0] for problem in loaded.problems] == ["roi_capture.default_config"]


def test_a_detector_without_mode_loads_as_adaptive_with_a_notice_that_is_no_problem(path: Path) -> None:
    loaded = load(copied("recorder", path))
    assert loaded.config.peak_detection.mode == "adaptive"
    assert loaded.problems == ()
    (notice,) = loaded.notices
    assert "threshold (110) is not used; set the mode to fixed to use it" in notice


@pytest.mark.parametrize("mode", ["adaptive", "fixed"])
def test_a_chosen_mode_needs_no_notice(path: Path, mode: str) -> None:
    written(path, {"peak_detection": {"threshold": 90}})
    assert load_config(path, {}, {"peak_detection.mode": mode}).notices == ()
    assert load(written(path, {"peak_detection": {"threshold": 90, "mode": mode}})).notices == ()


def test_a_mode_without_its_roi_is_told(path: Path) -> None:
    loaded = load(written(path, {"roi_capture": {"mode": "dual", "legacy_roi": LEGACY}}))
    assert loaded.config.roi_capture.active_mode == "single"
    assert loaded.notices == (
        "roi_capture.mode is dual, but roi_capture.large_roi is not set: the mode is single until it is",
    )


def test_a_large_roi_into_which_the_small_one_does_not_fit_is_told(path: Path) -> None:
    loaded = load(written(path, {"roi_capture": {"large_roi": {"x1": 0, "y1": 0, "x2": 100, "y2": 49}}}))
    assert loaded.notices[0].startswith("roi_capture.large_roi is only 100x49 px: it is measured as a whole")
    exact = {"roi_capture": {"large_roi": {"x1": 0, "y1": 0, "x2": 50, "y2": 50}}}
    assert load(written(path, exact)).notices == ()


def test_what_is_shown_says_value_and_origin_and_never_the_password(path: Path) -> None:
    loaded = load_config(
        copied("monitor", path), {"NHEM_FPS": "30.0"}, {"roi_capture.large_roi": LEGACY, "logging.level": "error"}
    )
    lines = shown(loaded)
    assert {
        "data_processing.fps = 30  (environment)",
        "data_processing.buffer_size = 200  (file)",
        "data_processing.roi_buffer_size = 500  (default)",
        "roi_capture.mode = null  (default)",
        "roi_capture.large_roi.x1 = 10  (argument)",
        "roi_capture.large_roi.frame_rate = null  (default)",
        "roi_capture.small_roi.size = [50, 50]  (default)",
        "roi_capture.legacy_roi.x2 = 1920  (file)",
        "peak_detection.mode = adaptive  (default)",
        "peak_detection.difference_threshold = 1.1  (file)",
        "logging.level = ERROR  (argument)",
        "security.password = (set)  (file)",
    } <= set(lines)
    assert not any("27182" in line for line in lines)


def test_a_value_that_could_not_be_used_is_shown_as_what_counts_instead(path: Path) -> None:
    loaded = load_config(written(path, {"data_processing": {"fps": 30}}), {"NHEM_FPS": "fast"}, {})
    assert "data_processing.fps = 30  (file)" in shown(loaded)
    assert 'data_processing.fps: "fast" (NHEM_FPS) is not possible' in loaded.problems[0]


def test_without_a_password_the_lines_say_so() -> None:
    assert shown(load_config(None, {}, {}))[-1] == "security.password = null  (default)"


def test_a_check_changes_nothing(path: Path) -> None:
    path.write_bytes(b"{")
    assert check(path) == ["fem_config.json is no valid JSON and is not used: mend it or remove it"]
    assert [file.read_bytes() for file in path.parent.iterdir()] == [b"{"]


def test_a_check_sees_bad_variables_only_where_it_is_given_them(path: Path) -> None:
    assert check(written(path, {})) == []
    assert len(check(path, {"NHEM_FPS": "x"})) == 1
    assert check(None) == []
