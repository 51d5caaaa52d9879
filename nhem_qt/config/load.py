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
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

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
    layers = [_nested(arguments), _from_environment(environment), content]
    config, complaints = _validated(layers)
    return LoadedConfig(config, path, (*problems, *complaints))


def _read(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
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
    if "NHEM_ROI_FRAME_RATE" in environment:
        values["roi_capture"]["large_roi"] = {"frame_rate": environment["NHEM_ROI_FRAME_RATE"]}
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
    layers = copy.deepcopy(layers)
    problems: list[str] = []
    while True:
        try:
            return FemConfig.model_validate(_merged(layers)), problems
        except ValidationError as error:
            problems.append(_without(layers, error.errors()[0]))


def _merged(layers: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in reversed(layers):
        _merge_into(merged, layer)
    large_roi = merged.get("roi_capture", {}).get("large_roi") if isinstance(merged.get("roi_capture"), dict) else None
    if isinstance(large_roi, dict) and large_roi.keys() == {"frame_rate"}:
        del merged["roi_capture"]["large_roi"]
    return merged


def _merge_into(target: dict[str, Any], layer: dict[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge_into(target[key], value)
        else:
            target[key] = copy.deepcopy(value)


def _without(layers: list[dict[str, Any]], details: ErrorDetails) -> str:
    """Take the value that `details` complains of out of the layer it comes from; returns what to tell the user."""
    path = [part for part in details["loc"] if isinstance(part, str)]
    for layer in layers:
        found = _take_out(layer, path)
        if found:
            return f"{'.'.join(found)}: {details['msg']}; this value is not used"
    raise AssertionError(details)


def _take_out(layer: dict[str, Any], path: list[str]) -> list[str]:
    """Remove the deepest part of `path` that `layer` holds; returns its path, empty if there is none."""
    inner = layer
    for depth, key in enumerate(path):
        if not isinstance(inner, dict) or key not in inner:
            return []
        if depth == len(path) - 1 or not isinstance(inner[key], dict) or path[depth + 1] not in inner[key]:
            del inner[key]
            return path[: depth + 1]
        inner = inner[key]
    return []
