"""From fem_config.json, the environment and arguments to one typed configuration."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from pydantic import ValidationError

from nhem_qt.config.model import FemConfig
from nhem_qt.errors import NhemError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE_NAME = "fem_config.json"

ENVIRONMENT_KEYS = {
    "NHEM_FPS": ("data_processing", "fps"),
    "NHEM_BUFFER_SIZE": ("data_processing", "buffer_size"),
    "NHEM_MAX_FRAME_COUNT": ("data_processing", "max_frame_count"),
    "NHEM_ROI_FRAME_RATE": ("roi_capture", "frame_rate"),
    "NHEM_PEAK_THRESHOLD": ("peak_detection", "threshold"),
    "NHEM_PEAK_MARGIN_FRAMES": ("peak_detection", "margin_frames"),
    "NHEM_PEAK_DIFFERENCE_THRESHOLD": ("peak_detection", "difference_threshold"),
    "NHEM_PEAK_MIN_REGION_LENGTH": ("peak_detection", "min_region_length"),
    "NHEM_LOG_LEVEL": ("logging", "level"),
}


class ConfigError(NhemError):
    """A configuration file that was asked for cannot be used."""


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration with the file it comes from and what could not be used of it."""

    config: FemConfig
    path: Path | None
    problems: tuple[str, ...]


def default_config_path() -> Path | None:
    """`./fem_config.json`, else the user's own; None if there is neither."""
    own = platformdirs.user_config_path("nhem-qt", appauthor=False) / FILE_NAME
    return next((path for path in (Path(FILE_NAME), own) if path.is_file()), None)


def load_config(path: Path | None, environment: Mapping[str, str], arguments: Mapping[str, Any]) -> LoadedConfig:
    """Merge defaults < file < environment < arguments; `arguments` maps dotted keys to values.

    A value that cannot be used costs only itself: it is named among the problems and the next lower layer counts.
    Raises ConfigError if `path` is given and cannot be read.
    """
    content, problems = ({}, ()) if path is None else _read(path)
    layers = [copy.deepcopy(_nested(arguments)), _from_environment(environment), content]
    config, complaints = _validated(layers)
    return LoadedConfig(config, path, (*problems, *complaints))


def _read(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        # Editors on Windows put a mark before UTF-8.
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check the path and its permissions") from error
    except (ValueError, RecursionError):
        return {}, (f"{path.name} is no valid JSON and is not used: mend it or remove it",)
    if not isinstance(content, dict):
        return {}, (f"{path.name} holds no sections and is not used: mend it or remove it",)
    return content, ()


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, (section, key) in ENVIRONMENT_KEYS.items():
        if name in environment:
            values.setdefault(section, {})[key] = environment[name]
    return values


def _nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in dotted.items():
        *sections, key = path.split(".")
        inner = nested
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[key] = value
    return nested


def _validated(layers: list[dict[str, Any]]) -> tuple[FemConfig, list[str]]:
    problems: list[str] = []
    while True:
        try:
            return FemConfig.model_validate(_merged(layers)), problems
        except ValidationError as error:
            problems += _cured(layers, error)


def _cured(layers: list[dict[str, Any]], error: ValidationError) -> list[str]:
    """Take what is wrong out of the layers; returns what to tell the user."""
    complaints = _complaints(error)
    taken = [path for path in complaints if _take_out(layers, path)]
    if not taken:
        raise ConfigError(f"The configuration cannot be used: {error}")
    return [f"{'.'.join(path)}: {complaints[path]}; this value is not used" for path in taken]


def _merged(layers: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in reversed(layers):
        if "frame_rate" in _section(layer, ("roi_capture",)) and _section(merged, ("roi_capture", "large_roi")):
            # The rate that the large ROI names itself would hide the one that comes later.
            merged = _over(merged, {"roi_capture": {"large_roi": {"frame_rate": None}}})
        merged = _over(merged, layer)
    return merged


def _over(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Return both layers as one, without changing either; where both have a section, it is merged as well."""
    merged = lower | upper
    for key in lower.keys() & upper.keys():
        if isinstance(lower[key], dict) and isinstance(upper[key], dict):
            merged[key] = _over(lower[key], upper[key])
    return merged


def _complaints(error: ValidationError) -> dict[tuple[str, ...], str]:
    """Return what is wrong with which value, the deepest first; what lacks a part is wrong as a whole."""
    complaints: dict[tuple[str, ...], str] = {}
    for details in error.errors(include_url=False):
        path = tuple(part for part in details["loc"] if isinstance(part, str))
        if details["type"] == "missing":
            complaints.setdefault(path[:-1], f"{path[-1]} is missing")
        else:
            complaints.setdefault(path, details["msg"])
    return dict(sorted(complaints.items(), key=lambda complaint: -len(complaint[0])))


def _take_out(layers: list[dict[str, Any]], path: tuple[str, ...]) -> bool:
    """Remove the value at `path` from the topmost layer that has one, for that is the one in use."""
    *sections, key = path
    holder = next((section for layer in layers if key in (section := _section(layer, sections))), None)
    if holder is None:
        return False
    del holder[key]
    return True


def _section(layer: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Return the section at `path`; an empty one if there is none."""
    for key in path:
        inner = layer.get(key)
        if not isinstance(inner, dict):
            return {}
        layer = inner
    return layer
