"""Changing single values in a JSON text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.config.edit import with_value, without

FILE = """\
{
    "server": {"port": 8421, "hosts": ["a",  "b"]},
    "rates": {
        "fps": 4.50e1,
        "name": "Jos\\u00e9"
    },
    "empty": {}
}
"""


def test_only_the_value_itself_is_written_anew() -> None:
    assert with_value(FILE, ["rates", "fps"], 30) == FILE.replace("4.50e1", "30")
    assert with_value(FILE, ["server", "port"], None) == FILE.replace("8421", "null")
    assert (
        with_value(FILE, ["rates"], 5) == FILE[: FILE.index('{\n        "fps"')] + "5" + FILE[FILE.index(',\n    "e') :]
    )


def test_a_new_key_stands_at_the_end_of_its_object_as_that_is_laid_out() -> None:
    assert with_value(FILE, ["rates", "new"], 1) == FILE.replace('u00e9"', 'u00e9",\n        "new": 1')
    assert with_value(FILE, ["server", "new"], 1) == FILE.replace('"b"]', '"b"], "new": 1')
    assert with_value(FILE, ["empty", "new"], 1) == FILE.replace("{}", '{\n        "new": 1\n    }')


def test_new_objects_are_laid_out_as_the_file_is() -> None:
    written = with_value(FILE, ["roi", "large"], {"x1": 1, "x2": 2})
    new = '"roi": {\n        "large": {\n            "x1": 1,\n            "x2": 2\n        }\n    }'
    assert written == FILE.replace('"empty": {}', f'"empty": {{}},\n    {new}')


@pytest.mark.parametrize("text", ['{"a": {"b": 1}}', '{"a":{"b":1},"c":[1,2]}', " { } ", "{}"])
def test_a_file_in_one_line_stays_in_one_line(text: str) -> None:
    written = with_value(with_value(text, ["a", "new"], {"x": [1]}), ["d"], None)
    assert "\n" not in written
    assert json.loads(written) == {"a": json.loads(text).get("a", {}) | {"new": {"x": [1]}}, "d": None} | {
        key: value for key, value in json.loads(text).items() if key != "a"
    }


def test_line_ends_of_windows_and_the_mark_of_its_editors_stay() -> None:
    text = "\ufeff" + FILE.replace("\n", "\r\n")
    written = with_value(with_value(text, ["rates", "new"], {"a": 1}), ["empty", "b"], 2)
    assert written.startswith("\ufeff{\r\n")
    assert written.count("\n") == written.count("\r\n")
    assert json.loads(written.removeprefix("\ufeff"))["rates"]["new"] == {"a": 1}


def test_of_a_key_that_stands_twice_the_one_that_counts_is_changed() -> None:
    assert with_value('{"a": 1, "a": 2}', ["a"], 3) == '{"a": 1, "a": 3}'


def test_what_is_no_object_gives_way_to_one() -> None:
    assert with_value('{"a": null, "b": [1]}', ["a", "c"], 1) == '{"a": {"c": 1}, "b": [1]}'


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ('{"a": 1}', "{}"),
        ('{"a": 1, "b": 2}', '{"b": 2}'),
        ('{"b": 2, "a": {"a": 1}}', '{"b": 2}'),
        ('{"b": 2, "a": 1, "c": 3}', '{"b": 2, "c": 3}'),
        ('{"a": 1, "b": 2, "a": 3}', '{"b": 2}'),
        ('{"b": {"a": 1}}', '{"b": {"a": 1}}'),
    ],
)
def test_a_removed_value_takes_its_key_and_comma_with_it(text: str, rest: str) -> None:
    assert without(text, ["a"]) == rest


def test_a_value_is_removed_from_every_section_of_that_name() -> None:
    text = '{"s": {"p": 1, "q": 2}, "x": 0, "s": {"p": 3}}'
    assert without(text, ["s", "p"]) == '{"s": {"q": 2}, "x": 0, "s": {}}'


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", 'q"\\', "\n", "é"]), VALUES, max_size=4)
PATHS = st.lists(st.sampled_from(["a", "b", 'q"\\', "\n", "é"]), min_size=1, max_size=3)


def expected(content: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    key, *rest = path
    inner = content.get(key)
    return content | {key: expected(inner if isinstance(inner, dict) else {}, rest, value) if rest else value}


@given(
    content=OBJECTS,
    path=PATHS,
    value=VALUES,
    indent=st.sampled_from([None, 0, 2, "\t"]),
    plain=st.sampled_from([True, False]),
)
def test_the_text_says_afterwards_what_it_said_before_but_for_the_value(
    content: dict[str, Any], path: list[str], value: Any, indent: int | str | None, plain: Any
) -> None:
    text = json.dumps(content, indent=indent, ensure_ascii=plain)
    assert json.loads(with_value(text, path, value)) == expected(content, path, value)
    again = with_value(without(with_value(text, path, value), path), path, value)
    assert json.loads(again) == expected(content, path, value)
