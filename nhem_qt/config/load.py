"""From fem_config.json, the environment and arguments to one typed configuration."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhem_qt.config import legacy
from nhem_qt.config.atomic import newest_kept
from nhem_qt.config.credential import NO_CREDENTIAL, Credential, read_credential
from nhem_qt.config.errors import BrokenFileError
from nhem_qt.config.layers import ENVIRONMENT_KEYS, nested, origins, validated
from nhem_qt.config.source import left_alone, put_aside, read_source
from nhem_qt.own_folders import own_config_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nhem_qt.config.layers import Layers, Origin
    from nhem_qt.config.model import FemConfig

FILE_NAME = "fem_config.json"


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration with the file it comes from, and what could not be used of it.

    `notices` say what is worth knowing although nothing is wrong. `origins` maps the dotted path of every value that
    is not a default to where it comes from. `credential` is the file's password, which no text ever shows.
    """

    config: FemConfig
    path: Path | None
    problems: tuple[str, ...]
    notices: tuple[str, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    credential: Credential = field(default=NO_CREDENTIAL, repr=False)

    def origin(self, path: str) -> Origin:
        """Where the value at a dotted path comes from."""
        return self.origins.get(path, "default")


def default_config_path() -> Path | None:
    """`./fem_config.json`, else the user's own; None if there is neither. Raises NoHomeError."""
    return next((path for path in (Path(FILE_NAME), own_config_path()) if path.is_file()), None)


def own_config_path() -> Path:
    """Where the user's own configuration is, or is made when one is first saved. Raises NoHomeError."""
    return own_config_folder() / FILE_NAME


def load_config(
    path: Path | None, environment: Mapping[str, str], arguments: Mapping[str, Any], *, set_aside: bool = True
) -> LoadedConfig:
    """Merge defaults < file < environment < arguments; `arguments` maps dotted keys to values.

    A value that cannot be used costs only itself: it is named among the problems and the next lower layer counts.
    A file that holds no configuration is renamed, so that nothing overwrites it, unless `set_aside` is false.
    Raises ConfigError if `path` is given and cannot be read.
    """
    content, problems = ({}, ()) if path is None else _read(path, set_aside=set_aside)
    above: Layers = {"argument": copy.deepcopy(nested(arguments)), "environment": _from_environment(environment)}
    checked = _checked(content, above)
    credential, unusable = read_credential(content)
    given = origins(checked.config, checked.layers)
    notices = (*legacy.notices(checked.config, content, given), *credential.notices)
    told = (*problems, *checked.problems, *unusable)
    return LoadedConfig(checked.config, path, told, notices, given, credential)


def content_problems(content: Mapping[str, Any]) -> list[str]:
    """Return what cannot be used of a file with this content."""
    return _checked(content, {}).problems + read_credential(content)[1]


@dataclass(frozen=True, slots=True)
class _Checked:
    config: FemConfig
    problems: list[str]
    layers: Layers


def _checked(content: Mapping[str, Any], above: Layers) -> _Checked:
    """Return what comes of a file's content below the layers `above`."""
    used, misspelt = legacy.known(legacy.translated(content))
    layers: Layers = above | {"file": used}
    config, complaints = validated(layers)
    if legacy.uses_default_config(content):
        complaints = [text.replace("roi_capture.legacy_roi", "roi_capture.default_config", 1) for text in complaints]
    return _Checked(config, misspelt + complaints, layers)


def _read(path: Path, *, set_aside: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    broken = None if path.exists() else newest_kept(path.resolve(), "broken")
    if broken is not None:
        return {}, (f"{path.name} is not there, a broken one is kept as {broken.name}: mend it and rename it",)
    try:
        return read_source(path).content, ()
    except BrokenFileError as error:
        reason = str(error)
        return {}, (put_aside(path, reason) if set_aside else left_alone(path, reason),)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, (section, key) in ENVIRONMENT_KEYS.items():
        if name in environment:
            values.setdefault(section, {})[key] = environment[name]
    return values
