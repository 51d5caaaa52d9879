"""Layers of values, one for each origin: merged, checked, and rid of what cannot be used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import ValidationError

from nhem_qt.config.errors import ConfigError
from nhem_qt.config.fields import field, fields
from nhem_qt.config.model import FemConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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

Origin: TypeAlias = Literal["argument", "environment", "file", "default"]
Layers: TypeAlias = "dict[Origin, dict[str, Any]]"
"""What each origin says, the one that counts first."""

# A value in a message is shortened to so many characters.
_MOST_SHOWN = 40
_NOT_USED = "; this value is not used"


def value_problem(path: str, value: Any) -> str | None:
    """Return why a value may not stand at a dotted path and what may, in one line; None if it may stand there."""
    problems = validated({"argument": nested({path: value})})[1]
    problem = next((problem for problem in problems if problem.startswith(f"{path}: ")), None)
    return problem and problem.removeprefix(f"{path}: ").removesuffix(_NOT_USED)


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{"a.b": 1}` as `{"a": {"b": 1}}`."""
    content: dict[str, Any] = {}
    for path, value in dotted.items():
        *sections, key = path.split(".")
        inner = content
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[key] = value
    return content


def validated(layers: Layers) -> tuple[FemConfig, list[str]]:
    """Return the configuration and what was wrong; that is taken out of the layers."""
    problems = _without_switches_for_numbers(layers)
    while True:
        try:
            return FemConfig.model_validate(_merged(_effective(layers))), problems
        except ValidationError as error:
            problems += _cured(layers, error)


def origins(config: FemConfig, layers: Layers) -> dict[str, Origin]:
    """Return where every value comes from that is no default."""
    effective = _effective(layers)
    holders = {path: _holder(effective, tuple(path.split("."))) for path, _ in leaves(config.model_dump(mode="json"))}
    return {path: origin for path, origin in holders.items() if origin}


def leaves(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return all values below `values` with their dotted paths, in order."""
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        path = f"{prefix}{key}"
        found += leaves(value, f"{path}.") if isinstance(value, dict) else [(path, value)]
    return found


def _without_switches_for_numbers(layers: Layers) -> list[str]:
    """Take out true and false where a number should stand, for pydantic would read them as 1 and 0."""
    return [
        _told(path, layers, origin, "")
        for path in (tuple(info.path.split(".")) for info in fields() if info.kind in {"number", "whole number"})
        for origin, layer in layers.items()
        if isinstance(_section(layer, path[:-1]).get(path[-1]), bool)
    ]


def _cured(layers: Layers, error: ValidationError) -> list[str]:
    """Take what is wrong out of the layers; returns what to tell the user."""
    complaints = _complaints(error)
    # Where several layers have a value, the topmost is the one in use.
    told = [_told(path, layers, origin, why) for path, why in complaints.items() if (origin := _holder(layers, path))]
    if not told:
        raise ConfigError(f"The configuration cannot be used: {error}")
    return told


def _told(path: tuple[str, ...], layers: Layers, origin: Origin, reason: str) -> str:
    """Remove the value at `path` from a layer and say why."""
    value = _section(layers[origin], path[:-1]).pop(path[-1])
    if info := field(".".join(path)):
        variable = next((f" ({name})" for name, key in ENVIRONMENT_KEYS.items() if key == path), "")
        reason = f"{_shortened(value)}{variable if origin == 'environment' else ''} is not possible, {info.allowed}"
    return f"{'.'.join(path)}: {reason}{_NOT_USED}"


def _shortened(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _effective(layers: Layers) -> Layers:
    """Return the layers without the rates that ROIs name where a layer above names the common rate."""
    effective: Layers = {}
    above = False
    for origin, layer in layers.items():
        effective[origin] = _without_own_rates(layer) if above else layer
        above = above or "frame_rate" in _section(layer, ("roi_capture",))
    return effective


def _without_own_rates(layer: dict[str, Any]) -> dict[str, Any]:
    capture = dict(_section(layer, ("roi_capture",)))
    for name in ("large_roi", "legacy_roi"):
        if roi := _section(capture, (name,)):
            capture[name] = {key: value for key, value in roi.items() if key != "frame_rate"}
    return layer | ({"roi_capture": capture} if capture else {})


def _merged(layers: Layers) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in reversed(layers.values()):
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
            complaints.setdefault(path, _in_words(details["type"], details["msg"]))
    return dict(sorted(complaints.items(), key=lambda complaint: -len(complaint[0])))


def _in_words(kind: str, message: str) -> str:
    if kind in {"model_type", "model_attributes_type"}:
        return "it should be an object (dictionary) of keys and values"
    return message.removeprefix("Value error, ")


def _holder(layers: Layers, path: tuple[str, ...]) -> Origin | None:
    """Return the topmost layer that has a value at `path`."""
    *sections, key = path
    return next((origin for origin, layer in layers.items() if key in _section(layer, sections)), None)


def _section(layer: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Return the section at `path`; an empty one if there is none."""
    for key in path:
        inner = layer.get(key)
        if not isinstance(inner, dict):
            return {}
        layer = inner
    return layer
