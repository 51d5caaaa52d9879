"""Changing single values in a JSON text, so that all else stays as it was written."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhem_qt.config.source import DECODER

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLANKS = re.compile("[ \t\r\n\ufeff]*")


@dataclass(frozen=True, slots=True)
class _Member:
    """A key of an object and its value; `start` is the key's first character, `end` stands behind the value."""

    key: str
    start: int
    value_start: int
    end: int


def with_value(text: str, path: Sequence[str], value: Any) -> str:
    """Return the text with `value` at `path`; what is missing on the way is added at the end of its object.

    `text` is a valid JSON object. Where it is laid out in lines, so is what is added.
    """
    return _with_value(text, _after_blanks(text, 0), path, value)


def without(text: str, path: Sequence[str]) -> str:
    """Return the text without the value at `path`, also where a key stands twice."""
    while (place := _place(text, _after_blanks(text, 0), path)) is not None:
        text = text[: place[0]] + text[place[1] :]
    return text


def _with_value(text: str, opening: int, path: Sequence[str], value: Any) -> str:
    key, *rest = path
    members = _members(text, opening)
    # Of a key that stands twice, readers take the last one.
    member = next((member for member in reversed(members) if member.key == key), None)
    if member is None:
        return _with_member(text, opening, members, key, _nested(rest, value))
    if rest and text[member.value_start] == "{":
        return _with_value(text, member.value_start, rest, value)
    written = _written(text, _lead(text, member.start), _nested(rest, value))
    return text[: member.value_start] + written + text[member.end :]


def _with_member(text: str, opening: int, members: Sequence[_Member], key: str, value: Any) -> str:
    if members:
        lead, at, behind = _lead(text, members[-1].start), members[-1].end, members[-1].end
        comma, tail = ",", ""
    else:
        tail = _line_start(text, opening)
        lead = tail + _step(text) if tail else ""
        comma, at, behind = "", opening + 1, _after_blanks(text, opening + 1)
    return f"{text[:at]}{comma}{lead}{json.dumps(key)}: {_written(text, lead, value)}{tail}{text[behind:]}"


def _place(text: str, opening: int, path: Sequence[str]) -> tuple[int, int] | None:
    """Return from where to where the first value at `path` is to be cut out, its comma included."""
    key, *rest = path
    members = _members(text, opening)
    for index, member in enumerate(members):
        if member.key != key:
            continue
        if not rest:
            return _cut(members, index)
        place = _place(text, member.value_start, rest) if text[member.value_start] == "{" else None
        if place is not None:
            return place
    return None


def _cut(members: Sequence[_Member], index: int) -> tuple[int, int]:
    if index + 1 < len(members):
        return members[index].start, members[index + 1].start
    return members[index - 1].end if index else members[index].start, members[index].end


def _members(text: str, opening: int) -> list[_Member]:
    members = []
    start = _after_blanks(text, opening + 1)
    while text[start] == '"':
        key, end = DECODER.raw_decode(text, start)
        value_start = _after_blanks(text, _after_blanks(text, end) + 1)
        _, end = DECODER.raw_decode(text, value_start)
        members.append(_Member(key, start, value_start, end))
        comma = _after_blanks(text, end)
        start = _after_blanks(text, comma + 1) if text[comma] == "," else comma
    return members


def _after_blanks(text: str, start: int) -> int:
    blanks = _BLANKS.match(text, start)
    return blanks.end() if blanks else start


def _lead(text: str, start: int) -> str:
    """Return the blanks before a key."""
    return text[len(text[:start].rstrip(" \t\r\n")) : start]


def _line_start(text: str, at: int) -> str:
    """Return the line break and the blanks with which the line of `at` begins; nothing if all is in one line."""
    if "\n" not in text:
        return ""
    line = text[text.rfind("\n", 0, at) + 1 : at].removeprefix("\ufeff")
    return _line_break(text) + line[: len(line) - len(line.lstrip(" \t"))]


def _line_break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _step(text: str) -> str:
    """Return the blanks by which the text's objects are indented."""
    members = _members(text, _after_blanks(text, 0))
    lead = _lead(text, members[0].start) if members else ""
    return lead.rpartition("\n")[2] if "\n" in lead else "  "


def _written(text: str, lead: str, value: Any) -> str:
    """Return a value as JSON; in lines, below a key with `lead` before it, if that begins a line."""
    if "\n" not in lead:
        return json.dumps(value)
    lines = json.dumps(value, indent=_step(text))
    return lines.replace("\n", _line_break(text) + lead.rpartition("\n")[2])


def _nested(path: Sequence[str], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value
