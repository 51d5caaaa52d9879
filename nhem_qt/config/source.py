"""The bytes of a configuration file, and whether they hold one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhem_qt.config.atomic import free_name, move_to_new_name
from nhem_qt.config.errors import BrokenFileError, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 4_000_000


def _whole(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:
        # Python refuses to read thousands of digits; the value is bad, not the whole file.
        return float(digits)


DECODER = json.JSONDecoder(parse_int=_whole)


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text, byte for byte (a mark before it and line ends included), and what it says."""

    text: str
    content: dict[str, Any]


def read_source(path: Path) -> Source:
    """Read a file; raises ConfigError if that cannot be done, BrokenFileError if it holds no configuration."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"{path.name} cannot be read ({error.strerror}): check the path and its permissions"
        ) from error
    if len(raw) > MAX_BYTES:
        raise BrokenFileError(f"is larger than {MAX_BYTES // 1_000_000} MB")
    return parsed(_decoded(raw))


def parsed(text: str) -> Source:
    """Return what a text says; raises BrokenFileError if it is no JSON object."""
    try:
        # Editors on Windows put a mark before UTF-8.
        content = DECODER.decode(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise BrokenFileError("is no valid JSON") from None
    if not isinstance(content, dict):
        raise BrokenFileError("holds no sections")
    return Source(text, content)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BrokenFileError("is no UTF-8 text") from None


def put_aside(path: Path, reason: str) -> str:
    """Rename a file that holds no configuration and return what to tell the user; leave it if that is impossible."""
    place = path.resolve()
    target = free_name(place, "broken")
    try:
        _require_regular(place)
        move_to_new_name(place, target)
    except OSError:
        return left_alone(path, reason)
    backup = path.with_name(f"{path.name}.bak")
    remedy = f"mend it, or take {backup.name}, the state before the last save," if backup.exists() else "mend it"
    return f"{path.name} {reason} and is not used; it is kept as {target.name}: {remedy} and rename it to {path.name}"


def left_alone(path: Path, reason: str) -> str:
    """Return what to tell the user of a file that holds no configuration and stays where it is."""
    return f"{path.name} {reason} and is not used: mend it or remove it"


def _require_regular(place: Path) -> None:
    """Raise OSError for a device or a pipe: they are no files to be renamed."""
    if not place.is_file():
        raise FileNotFoundError(place.name)
