"""From file, environment and arguments to one configuration."""

from __future__ import annotations

import copy
import errno
import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhem_qt.config import ConfigError, DualRoiConfig, FemConfig, LoadedConfig, default_config_path, load_config
from nhem_qt.config.layers import ENVIRONMENT_KEYS
from nhem_qt.geometry import Roi
from nhem_qt.shipped import shipped_path

Content = dict[str, Any]

# Name, key, then values of file, environment and argument, none of them the default.
VARIABLES = [
    ("NHEM_FPS", "data_processing.fps", 30.0, 31.0, 32.0),
    ("NHEM_BUFFER_SIZE", "data_processing.buffer_size", 50, 51, 52),
    ("NHEM_MAX_FRAME_COUNT", "data_processing.max_frame_count", 500, 501, 502),
    ("NHEM_ROI_FRAME_RATE", "roi_capture.frame_rate", 2.0, 3.0, 4.0),
    ("NHEM_PEAK_THRESHOLD", "peak_detection.threshold", 90.0, 91.0, 92.0),
    ("NHEM_PEAK_MARGIN_FRAMES", "peak_detection.margin_frames", 7, 8, 9),
    ("NHEM_PEAK_DIFFERENCE_THRESHOLD", "peak_detection.difference_threshold", 1.1, 1.2, 1.3),
    ("NHEM_PEAK_MIN_REGION_LENGTH", "peak_detection.min_region_length", 4, 5, 6),
    ("NHEM_LOG_LEVEL", "logging.level", "DEBUG", "ERROR", "WARNING"),
]
LARGE_ROI = {"x1": 10, "y1": 20, "x2": 410, "y2": 320}


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def nested(dotted: str, value: object) -> Content:
    section, key = dotted.split(".")
    return {section: {key: value}}


def value_of(config: FemConfig, dotted: str) -> object:
    section, key = dotted.split(".")
    return getattr(getattr(config, section), key)


def load(path: Path | None, **environment: str) -> LoadedConfig:
    return load_config(path, environment, {})


def test_without_anything_the_defaults_count() -> None:
    assert load(None) == LoadedConfig(FemConfig(), None, ())


def test_the_shipped_file_names_the_defaults() -> None:
    loaded = load(shipped_path("fem_config.json"))
    assert loaded.config == FemConfig()
    assert loaded.problems == ()


def test_every_value_of_the_shipped_file_is_known_and_is_the_default() -> None:
    shipped = json.loads(shipped_path("fem_config.json").read_text(encoding="utf-8"))
    defaults = FemConfig().model_dump(mode="json")
    for section, values in shipped.items():
        for key, value in values.items():
            assert defaults[section][key] == value, f"{section}.{key}"


def test_the_environment_knows_exactly_the_documented_variables() -> None:
    assert {name: ".".join(keys) for name, keys in ENVIRONMENT_KEYS.items()} == {row[0]: row[1] for row in VARIABLES}


@pytest.mark.parametrize(("name", "key", "in_file", "in_environment", "as_argument"), VARIABLES)
def test_an_argument_beats_the_environment_beats_the_file_beats_the_default(
    path: Path, name: str, key: str, in_file: object, in_environment: object, as_argument: object
) -> None:
    written(path, nested(key, in_file))
    environment = {name: str(in_environment)}
    assert value_of(FemConfig(), key) not in {in_file, in_environment, as_argument}
    assert value_of(load_config(path, {}, {}).config, key) == in_file
    assert value_of(load_config(None, environment, {}).config, key) == in_environment
    assert value_of(load_config(path, environment, {}).config, key) == in_environment
    assert value_of(load_config(path, environment, {key: as_argument}).config, key) == as_argument
    assert value_of(load_config(path, {}, {key: as_argument}).config, key) == as_argument


@pytest.mark.parametrize(("name", "key", "in_file"), [row[:3] for row in VARIABLES])
def test_a_bad_variable_is_named_and_the_file_counts(path: Path, name: str, key: str, in_file: object) -> None:
    loaded = load(written(path, nested(key, in_file)), **{name: "nonsense"})
    assert value_of(loaded.config, key) == in_file
    (problem,) = loaded.problems
    assert problem.startswith(f"{key}: ")
    assert problem.endswith("this value is not used")


@pytest.mark.parametrize("key", [row[1] for row in VARIABLES])
@pytest.mark.parametrize("value", [None, [], {}, "", -1000, [1], {"a": 1}, float("nan"), float("inf"), 10**400])
def test_a_bad_value_in_the_file_is_named_and_its_default_counts(path: Path, key: str, value: object) -> None:
    loaded = load(written(path, nested(key, value)))
    assert loaded.config == FemConfig()
    (problem,) = loaded.problems
    assert problem.startswith(f"{key}: ")


def test_a_bad_value_costs_only_itself(path: Path) -> None:
    content = {"data_processing": {"fps": -1, "buffer_size": 70}, "peak_detection": {"threshold": 90, "mode": "x"}}
    loaded = load(written(path, content))
    assert loaded.config.data_processing.buffer_size == 70
    assert loaded.config.peak_detection.threshold == 90.0
    assert loaded.config.data_processing.fps == 45.0
    assert sorted(problem.split(":")[0] for problem in loaded.problems) == [
        "data_processing.fps",
        "peak_detection.mode",
    ]


def test_a_bad_value_in_the_file_does_not_cost_a_variable_of_the_same_section(path: Path) -> None:
    content = {"data_processing": {"buffer_size": -1}, "peak_detection": {"mode": "x"}}
    loaded = load(written(path, content), NHEM_FPS="30", NHEM_PEAK_THRESHOLD="99")
    assert loaded.config.data_processing.fps == 30.0
    assert loaded.config.peak_detection.threshold == 99.0
    assert len(loaded.problems) == 2


def test_a_value_that_is_bad_in_every_layer_falls_through_to_the_default(path: Path) -> None:
    loaded = load_config(
        written(path, nested("data_processing.fps", 999)), {"NHEM_FPS": "x"}, {"data_processing.fps": -1}
    )
    assert loaded.config.data_processing.fps == 45.0
    assert len(loaded.problems) == 3


@pytest.mark.parametrize("section", ["data_processing", "roi_capture", "peak_detection", "logging"])
@pytest.mark.parametrize("value", [None, 5, "text", [1, 2]])
def test_a_section_that_is_none_is_named_and_its_defaults_count(path: Path, section: str, value: object) -> None:
    loaded = load(written(path, {section: value}))
    assert loaded.config == FemConfig()
    assert [problem.split(":")[0] for problem in loaded.problems] == [section]


def test_unknown_keys_and_sections_are_no_problem(path: Path) -> None:
    content = {
        "server": {"port": 8421},
        "line_detection": {"deep": [1, {"er": None}]},
        "security": {"password": "x"},
        "data_processing": {"unknown": 1, "fps": 30},
        "roi_capture": {"update_interval": 0.5, "large_roi": LARGE_ROI | {"name": "focus"}},
    }
    loaded = load(written(path, content))
    assert loaded.problems == ()
    assert loaded.config.data_processing.fps == 30.0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"peak_detection": {"threshhold": 90}}, "peak_detection.threshhold: this key is not known; did you mean thre"),
        ({"data_processing": {"FPS": 30}}, "data_processing.FPS: this key is not known; did you mean fps?"),
        ({"peak_detecton": {"threshold": 90}}, "peak_detecton: this key is not known; did you mean peak_detection?"),
        ({"roi_capture": {"larg_roi": LARGE_ROI}}, "roi_capture.larg_roi: this key is not known; did you mean large_"),
    ],
)
def test_a_misspelt_key_is_named_with_what_it_may_mean(path: Path, content: Content, problem: str) -> None:
    loaded = load(written(path, content))
    assert loaded.config == FemConfig()
    (told,) = loaded.problems
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("dotted", "value", "problem"),
    [
        ("data_processing.fps", 999, "999 is not possible, allowed is a number from 1 up to 240 Hz"),
        ("data_processing.buffer_size", 0, "0 is not possible, allowed is a whole number from 1 up to 100000 samples"),
        ("data_processing.fps", True, "true is not possible, allowed is a number from 1 up to 240 Hz"),
        ("data_processing.buffer_size", False, "false is not possible, allowed is a whole number from 1 up to 100000"),
        ("roi_capture.frame_rate", 0, "0 is not possible, allowed is a number above 0 up to 240 Hz"),
        ("peak_detection.mode", "x", '"x" is not possible, allowed are adaptive, fixed'),
        ("peak_detection.threshold", float("nan"), "NaN is not possible, allowed is a number from 0 up to 255 gray"),
        ("logging.level", "loud\n", '"loud\\n" is not possible, allowed are DEBUG, INFO, WARNING, ERROR, CRITICAL'),
        ("roi_capture.mode", "x" * 999, f'"{"x" * 39}... is not possible, allowed are dual, single'),
    ],
)
def test_a_bad_value_is_shown_on_one_line_with_what_is_allowed(
    path: Path, dotted: str, value: object, problem: str
) -> None:
    (told,) = load(written(path, nested(dotted, value))).problems
    assert told.startswith(f"{dotted}: {problem}")
    assert "\n" not in told


def test_a_switch_in_the_file_does_not_cost_the_variable_of_that_value(path: Path) -> None:
    loaded = load(written(path, {"data_processing": {"fps": True}}), NHEM_FPS="30")
    assert loaded.config.data_processing.fps == 30.0
    assert [problem.split(":")[0] for problem in loaded.problems] == ["data_processing.fps"]


@pytest.mark.parametrize("level", ["debug", "Debug", "DEBUG"])
def test_log_levels_are_read_in_any_case(path: Path, level: str) -> None:
    loaded = load(written(path, {"logging": {"level": level}}))
    assert (loaded.config.logging.level, loaded.problems) == ("DEBUG", ())


def test_a_large_roi_is_read(path: Path) -> None:
    loaded = load(written(path, {"roi_capture": {"large_roi": LARGE_ROI | {"frame_rate": 8}}}))
    large_roi = loaded.config.roi_capture.large_roi
    assert large_roi is not None
    assert large_roi.roi == Roi(10, 20, 410, 320)
    assert loaded.config.roi_capture.large_roi_frame_rate == 8.0


@pytest.mark.parametrize(
    ("large_roi", "word"),
    [
        ({"x1": 10, "y1": 20}, "x2 is missing"),
        ({"frame_rate": 8}, "x1 is missing"),
        ({}, "x1 is missing"),
        (LARGE_ROI | {"x2": 10}, "holds no pixel"),
        (LARGE_ROI | {"y2": -10}, "holds no pixel"),
        ([1, 2, 3, 4], "dictionary"),
        ("1,2,3,4", "dictionary"),
    ],
)
@pytest.mark.parametrize("environment", [{}, {"NHEM_ROI_FRAME_RATE": "9"}])
def test_a_roi_that_is_none_is_named_once_and_costs_only_itself(
    path: Path, large_roi: object, word: str, environment: dict[str, str]
) -> None:
    legacy = {"x1": 0, "y1": 0, "x2": 200, "y2": 150}
    loaded = load(written(path, {"roi_capture": {"large_roi": large_roi, "legacy_roi": legacy}}), **environment)
    assert loaded.config.roi_capture.large_roi is None
    assert loaded.config.roi_capture.legacy_roi is not None
    assert loaded.config.roi_capture.frame_rate == (9.0 if environment else 5.0)
    (problem,) = loaded.problems
    assert problem.startswith("roi_capture.large_roi: ")
    assert word in problem


def test_a_roi_with_a_bad_coordinate_is_named_and_the_other_roi_stays(path: Path) -> None:
    content = {"roi_capture": {"large_roi": LARGE_ROI | {"x1": "left"}, "legacy_roi": LARGE_ROI}}
    loaded = load(written(path, content))
    assert loaded.config.roi_capture == DualRoiConfig.model_validate({"legacy_roi": LARGE_ROI})
    assert loaded.problems[0].startswith("roi_capture.large_roi.x1: ")
    assert all(problem.startswith("roi_capture.large_roi") for problem in loaded.problems)


@pytest.mark.parametrize(
    ("content", "rate_hz"),
    [
        ({}, 9.0),
        ({"frame_rate": 3}, 9.0),
        ({"large_roi": LARGE_ROI}, 9.0),
        ({"large_roi": LARGE_ROI | {"frame_rate": 3}}, 9.0),
        ({"large_roi": LARGE_ROI | {"frame_rate": 3}, "frame_rate": 2}, 9.0),
        ({"large_roi": None}, 9.0),
    ],
)
def test_the_variable_sets_the_rate_of_the_large_roi_wherever_the_file_names_one(
    path: Path, content: Content, rate_hz: float
) -> None:
    loaded = load(written(path, {"roi_capture": content}), NHEM_ROI_FRAME_RATE=str(rate_hz))
    assert loaded.problems == ()
    assert loaded.config.roi_capture.large_roi_frame_rate == rate_hz


def test_an_argument_sets_the_rate_of_the_large_roi_wherever_the_file_names_one(path: Path) -> None:
    written(path, {"roi_capture": {"large_roi": LARGE_ROI | {"frame_rate": 3}}})
    loaded = load_config(path, {"NHEM_FPS": "30"}, {"roi_capture.frame_rate": 4})
    assert loaded.config.roi_capture.large_roi_frame_rate == 4.0


def test_a_bad_rate_of_the_large_roi_is_named_once_and_the_files_rate_counts(path: Path) -> None:
    content = {"roi_capture": {"large_roi": LARGE_ROI | {"frame_rate": 3}, "frame_rate": 2}}
    loaded = load(written(path, content), NHEM_ROI_FRAME_RATE="fast")
    assert loaded.config.roi_capture.large_roi_frame_rate == 3.0
    assert [problem.split(":")[0] for problem in loaded.problems] == ["roi_capture.frame_rate"]


def test_of_one_file_the_rate_of_the_large_roi_itself_counts(path: Path) -> None:
    content = {"roi_capture": {"large_roi": LARGE_ROI | {"frame_rate": 3}, "frame_rate": 2}}
    assert load(written(path, content)).config.roi_capture.large_roi_frame_rate == 3.0


def test_a_file_of_the_predecessor_loads_as_it_is(path: Path) -> None:
    content = {
        "server": {"host": "0.0.0.0", "port": 8421},  # noqa: S104 - a value of the predecessor's file
        "data_processing": {"fps": 60, "buffer_size": 100, "max_frame_count": 10000},
        "roi_capture": {
            "default_config": {"x1": 0, "y1": 0, "x2": 200, "y2": 150},
            "frame_rate": 2,
            "update_interval": 0.5,
        },
        "peak_detection": {"threshold": 105.0, "margin_frames": 5, "difference_threshold": 2.1, "min_region_length": 3},
    }
    loaded = load(written(path, content))
    assert loaded.problems == ()
    assert loaded.config.peak_detection.mode == "adaptive"
    assert loaded.config.data_processing.fps == 60.0


BROKEN = [
    (b"", "is no valid JSON"),
    (b"{", "is no valid JSON"),
    (b"not json", "is no valid JSON"),
    (b'{"a": 1,}', "is no valid JSON"),
    (b'{"data_processing": {"fps": 30}', "is no valid JSON"),
    (b"[" * 100_000, "is no valid JSON"),
    (b'{"a": ' * 100_000 + b"1" + b"}" * 100_000, "is no valid JSON"),
    (b"\xff\xfe\x00", "is no UTF-8 text"),
    ('{"data_processing": {}}'.encode("utf-16"), "is no UTF-8 text"),
    ('{"name": "Jos\u00e9"}'.encode("latin-1"), "is no UTF-8 text"),
    (b" " * 4_000_001, "is larger than 4 MB"),
    (b"[]", "holds no sections"),
    (b"5", "holds no sections"),
    (b'"text"', "holds no sections"),
    (b"null", "holds no sections"),
    (b"true", "holds no sections"),
    (b'[{"data_processing": {"fps": 30}}]', "holds no sections"),
]


@pytest.mark.parametrize(("content", "reason"), BROKEN, ids=[str(row[0][:20]) for row in BROKEN])
def test_a_broken_file_is_set_aside_whole_and_the_defaults_count(path: Path, content: bytes, reason: str) -> None:
    path.write_bytes(content)
    loaded = load(path)
    assert loaded.config == FemConfig()
    (kept,) = path.parent.iterdir()
    assert re.fullmatch(r"fem_config\.json\.broken-\d{8}-\d{6}", kept.name)
    assert kept.read_bytes() == content
    (problem,) = loaded.problems
    assert problem == (
        f"fem_config.json {reason} and is not used; it is kept as {kept.name}: mend it and rename it to fem_config.json"
    )


def test_a_broken_file_never_takes_the_place_of_an_earlier_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _: "20260131-235959")
    for content in (b"{1", b"{2", b"{3"):
        path.write_bytes(content)
        load(path)
    kept = sorted(path.parent.iterdir())
    assert [file.name.removeprefix("fem_config.json.broken-20260131-235959") for file in kept] == ["", "-2", "-3"]
    assert [file.read_bytes() for file in kept] == [b"{1", b"{2", b"{3"]


def test_a_broken_file_that_cannot_be_renamed_is_left_and_the_start_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "denied")

    path.write_bytes(b"{")
    monkeypatch.setattr("os.replace", refuse)
    loaded = load(path)
    assert loaded.config == FemConfig()
    assert loaded.problems == ("fem_config.json is no valid JSON and is not used: mend it or remove it",)
    assert [file.read_bytes() for file in path.parent.iterdir()] == [b"{"]


def test_after_a_broken_file_was_set_aside_the_next_start_with_the_same_path_works_too(path: Path) -> None:
    path.write_bytes(b"{")
    load(path)
    loaded = load(path)
    assert loaded.config == FemConfig()
    assert "a broken one is kept as fem_config.json.broken-" in loaded.problems[0]


def test_the_notice_of_a_broken_file_names_the_backup_where_there_is_one(path: Path) -> None:
    path.write_bytes(b"{")
    path.with_name("fem_config.json.bak").write_bytes(b"{}")
    assert "or take fem_config.json.bak, the state before the last save" in load(path).problems[0]


def test_a_file_of_many_megabytes_is_refused_without_being_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)  # sparse: reading it whole would take all memory
    assert "is larger than 4 MB" in load(path).problems[0]


def test_a_device_is_not_renamed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        written_in = pool.submit(pipe.write_bytes, b"{")
        assert load(pipe).problems == ("pipe is no valid JSON and is not used: mend it or remove it",)
        written_in.result()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_number_of_thousands_of_digits_is_one_bad_value_and_not_a_broken_file(path: Path) -> None:
    path.write_text('{"data_processing": {"fps": 1' + "0" * 5000 + ', "buffer_size": 50}}', encoding="utf-8")
    loaded = load(path)
    assert loaded.config.data_processing.buffer_size == 50
    assert [problem.split(":")[0] for problem in loaded.problems] == ["data_processing.fps"]


def test_a_broken_file_does_not_cost_the_environment(path: Path) -> None:
    path.write_text("{", encoding="utf-8")
    assert load(path, NHEM_FPS="30").config.data_processing.fps == 30.0


def test_the_mark_that_editors_put_before_utf_8_does_not_matter(path: Path) -> None:
    path.write_text('{"data_processing": {"fps": 30}}', encoding="utf-8-sig")
    loaded = load(path)
    assert (loaded.config.data_processing.fps, loaded.problems) == (30.0, ())


def test_unused_values_may_be_nested_as_deeply_as_json_allows(path: Path) -> None:
    depth = 700
    path.write_text('{"x": ' + '{"x": [' * (depth // 2) + "]}" * (depth // 2) + "}", encoding="utf-8")
    assert load(path) == LoadedConfig(FemConfig(), path, ())


def test_hundreds_of_thousands_of_unknown_keys_do_not_delay_the_start(path: Path) -> None:
    content = {f"threshold_{n}": n for n in range(150_000)} | {"margin_frames": 6}
    started = time.monotonic()
    loaded = load(written(path, {"peak_detection": content}))
    assert time.monotonic() - started < 5
    assert loaded.config.peak_detection.margin_frames == 6


def test_a_file_that_is_not_there_is_an_error_that_says_what_to_do(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"fem_config\.json cannot be read .*: check the path and its permissions"):
        load(path)


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_loading_changes_neither_the_file_nor_the_arguments(path: Path) -> None:
    before = written(path, {"data_processing": {"fps": -1}}).read_bytes()
    arguments: Content = {"roi_capture.large_roi": LARGE_ROI | {"x1": "left"}, "data_processing.fps": "x"}
    unchanged = copy.deepcopy(arguments)
    load_config(path, {}, arguments)
    assert path.read_bytes() == before
    assert arguments == unchanged


def test_the_file_in_the_working_folder_comes_before_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, here = tmp_path / "own", tmp_path / "here"
    own.mkdir()
    here.mkdir()
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: own)
    monkeypatch.chdir(here)
    assert default_config_path() is None
    written(own / "fem_config.json", {})
    assert default_config_path() == own / "fem_config.json"
    written(here / "fem_config.json", {})
    assert default_config_path() == Path("fem_config.json")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KNOWN_KEYS = {
    section: sorted(type(values).model_fields) for section, values in FemConfig() if hasattr(values, "model_dump")
}
ROI_VALUES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("x1", "y1", "x2", "y2", "frame_rate"), st.integers(-10, 300) | JSON_VALUES)
)
SECTIONS = {
    section: JSON_VALUES | st.fixed_dictionaries({}, optional=dict.fromkeys(keys, JSON_VALUES | ROI_VALUES))
    for section, keys in KNOWN_KEYS.items()
}
CONTENTS = JSON_VALUES | st.fixed_dictionaries({}, optional=SECTIONS | {"server": JSON_VALUES})
ENVIRONMENTS = st.dictionaries(
    st.sampled_from(sorted(ENVIRONMENT_KEYS)), st.text(max_size=8) | st.integers(-9, 999).map(str), max_size=4
)


@settings(max_examples=60)
@given(content=CONTENTS, environment=ENVIRONMENTS)
def test_whatever_stands_in_the_file_there_is_a_configuration(
    tmp_path_factory: pytest.TempPathFactory, content: object, environment: dict[str, str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.json"
    loaded = load_config(written(path, content), environment, {})
    assert FemConfig.model_validate(loaded.config.model_dump()) == loaded.config
    assert all(": " in problem or "is not used" in problem for problem in loaded.problems)


@given(st.binary(max_size=60))
def test_whatever_bytes_the_file_holds_there_is_a_configuration(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.json"
    path.write_bytes(content)
    assert isinstance(load(path).config, FemConfig)
