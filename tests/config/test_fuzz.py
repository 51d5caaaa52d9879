"""Whatever the file holds: the program starts, says what it ignored, and can save afterwards."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhem_qt.config import FemConfig, fields, load_config, save_config, shown, value_problem
from nhem_qt.config.layers import nested

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))
FIELDS = {info.path: info for info in fields()}
ODD = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5) | st.just([1]) | st.just({"a": 1})
NUMBERS = itertools.count()


def new_path(factory: pytest.TempPathFactory) -> Path:
    folder = factory.getbasetemp() / f"fuzz-{next(NUMBERS)}"
    folder.mkdir()
    return folder / "fem_config.json"


def assert_usable(path: Path) -> None:
    """The program starts, and a save afterwards is whole."""
    loaded = load_config(path, {}, {})
    assert isinstance(loaded.config, FemConfig)
    assert all("\n" not in line for line in (*shown(loaded), *loaded.problems, *loaded.notices))
    save_config(path, {"data_processing.fps": 33})
    assert load_config(path, {}, {}).config.data_processing.fps == 33.0


@settings(max_examples=50)
@given(values=st.dictionaries(st.sampled_from(sorted(FIELDS)), ODD, max_size=6))
def test_every_value_that_is_ignored_is_named(tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]) -> None:
    path = new_path(tmp_path_factory)
    path.write_text(json.dumps(nested(values)), encoding="utf-8")
    problems = [problem.partition(":")[0] for problem in load_config(path, {}, {}).problems]
    for dotted, value in values.items():
        if value_problem(dotted, value) is not None:
            assert any(f"{dotted}.".startswith(f"{named}.") for named in problems), dotted
    assert_usable(path)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_a_file_that_breaks_off_anywhere_is_set_aside_whole(
    example: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = example.read_bytes().rstrip()
    for length in range(0, len(raw), max(1, len(raw) // 30)):
        path = new_path(tmp_path_factory)
        path.write_bytes(raw[:length])
        assert load_config(path, {}, {}).problems[0].startswith("fem_config.json is no ")
        (kept,) = path.parent.iterdir()
        assert kept.read_bytes() == raw[:length]
        assert_usable(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_in_another_encoding_is_set_aside(path: Path, example: Path, encoding: str) -> None:
    path.write_text(example.read_text(encoding="utf-8-sig"), encoding=encoding)
    assert "fem_config.json is no " in load_config(path, {}, {}).problems[0]
    assert_usable(path)


@settings(max_examples=50)
@given(start=st.integers(0, 900), junk=st.binary(min_size=1, max_size=4))
def test_a_file_with_damaged_bytes_starts(tmp_path_factory: pytest.TempPathFactory, start: int, junk: bytes) -> None:
    raw = EXAMPLES[[example.stem for example in EXAMPLES].index("monitor")].read_bytes()
    path = new_path(tmp_path_factory)
    path.write_bytes(raw[:start] + junk + raw[start + len(junk) :])
    assert_usable(path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "-0.0", "1e-400"])
def test_numbers_that_are_none_cost_only_themselves(path: Path, number: str) -> None:
    content = '{"data_processing": {"fps": NUMBER, "buffer_size": 50}, "server": {"port": NUMBER}}'
    path.write_text(content.replace("NUMBER", number), encoding="utf-8")
    loaded = load_config(path, {}, {})
    assert loaded.config.data_processing.buffer_size == 50
    assert [problem.partition(":")[0] for problem in loaded.problems] == ["data_processing.fps"]
    assert_usable(path)
    assert f'"server": {{"port": {number}}}' in path.read_text(encoding="utf-8")
