"""Changing fem_config.json so that at every moment either the old or the new file is there, whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhem_qt.config.atomic import write_files
from nhem_qt.config.credential import CLEAR_KEY, HASH_KEY, hashed_password, read_credential
from nhem_qt.config.edit import with_value, without
from nhem_qt.config.errors import BrokenFileError, ConfigError
from nhem_qt.config.fields import field, fields
from nhem_qt.config.legacy import uses_default_config
from nhem_qt.config.load import content_problems
from nhem_qt.config.source import MAX_BYTES, parsed, put_aside, read_source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Laid out in lines, so that what is added is so too.
_EMPTY = "{\n}\n"
_MISSING = object()


def save_config(path: Path, changes: Mapping[str, Any]) -> None:
    """Write the changed values, named by dotted paths, into a file and keep the one before as `*.bak` beside it.

    All else in the file stays as it is written there, to the byte. A file that does not exist is made with the
    changes alone: defaults that nobody chose stay free to improve. A password in clear text is replaced by its hash,
    in the backup too. A file that holds no configuration is set aside first.
    Raises ConfigError, and changes nothing, if a value is not allowed or the file cannot be written.
    """
    place = path.resolve()
    old = _old_text(place)
    edit = edited(_EMPTY if old is None else old, changes)
    if edit.after == old:
        return
    kept = {} if old is None else {place.with_name(f"{place.name}.bak"): encoded(edit.before)}
    write_files({**kept, place: encoded(edit.after)}, like=place)


@dataclass(frozen=True, slots=True)
class Edit:
    """A file's text before a change, without a password in clear text, and after it."""

    before: str
    after: str


def edited(text: str, changes: Mapping[str, Any]) -> Edit:
    """Return what the changes make of a text; raises ConfigError if a value is not allowed."""
    content = parsed(text).content
    after = text
    for path, value in _completed(changes, content).items():
        after = _changed(after, path, value)
    _refuse_new_problems(content, after)
    before = text
    clear = read_credential(content)[0].clear
    if clear is not None:
        hashed = hashed_password(clear)
        before = _sealed(text, hashed)
        after = without(after, CLEAR_KEY.split(".")) if HASH_KEY in changes else _sealed(after, hashed)
    return Edit(before, after)


def encoded(text: str) -> bytes:
    """Return the bytes of a text; raises ConfigError if a later start would refuse so many."""
    raw = text.encode("utf-8")
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"The configuration would be larger than {MAX_BYTES // 1_000_000} MB: it is not saved")
    return raw


def _old_text(place: Path) -> str | None:
    if not place.exists():
        return None
    try:
        return read_source(place).text
    except BrokenFileError as error:
        told = put_aside(place, str(error))
        if place.exists():
            raise ConfigError(f"{told}; until then it cannot be saved to") from error
        return None


def _completed(changes: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes value by value, by the names that the file uses."""
    if uses_default_config(content):
        changes = {new: value for path, value in changes.items() for new in _old_names(path, value)}
    return {path: part for key, value in changes.items() for path, part in _parts(key, value, content).items()}


def _old_names(path: str, value: Any) -> tuple[str, ...]:
    """Return what a change of the legacy ROI means in a file that has it as `roi_capture.default_config`."""
    if path == "roi_capture.legacy_roi" and value is None:
        return path, "roi_capture.default_config"
    return (path.replace("roi_capture.legacy_roi.", "roi_capture.default_config."),)


def _parts(path: str, value: Any, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a whole object one by one where the file has one, so that its unknown keys survive."""
    old = _value(content, path)
    info = field(path)
    named_by_user = info is not None and info.kind == "table"
    if named_by_user or not isinstance(old, dict) or not isinstance(value, dict):
        return {path: value}
    names = [info.path.removeprefix(f"{path}.") for info in fields() if info.path.startswith(f"{path}.")]
    unset = {name: None for name in names if name in old and name not in value}
    return {f"{path}.{key}": part for key, part in (value | unset).items()}


def _changed(text: str, path: str, value: Any) -> str:
    """Return the text with a value at a dotted path; as it is if it says the same, though it writes 45 for 45.0."""
    old = _value(parsed(text).content, path)
    same = old == value and isinstance(old, bool) == isinstance(value, bool)
    return text if same else with_value(text, path.split("."), value)


def _value(content: Any, path: str) -> Any:
    """Return the value at a dotted path, or something that equals nothing else."""
    for key in path.split("."):
        content = content.get(key, _MISSING) if isinstance(content, dict) else _MISSING
    return content


def _refuse_new_problems(content: Mapping[str, Any], after: str) -> None:
    known = content_problems(content)
    new = [problem for problem in content_problems(parsed(after).content) if problem not in known]
    if new:
        raise ConfigError(f"Not saved: {new[0].removesuffix('; this value is not used')}")


def _sealed(text: str, hashed: str) -> str:
    """Return the text with the hash of a password in the place of its clear text."""
    return without(with_value(text, HASH_KEY.split("."), hashed), CLEAR_KEY.split("."))
