"""What is known about every single value of the configuration, as told by the models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from nhem_qt.config.model import FemConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["whole number", "number", "choice", "switch", "fixed", "table"]

_KINDS: tuple[tuple[str, Kind], ...] = (
    ("integer", "whole number"),
    ("number", "number"),
    ("boolean", "switch"),
    ("object", "table"),
)
_SUFFIX_UNITS = (("_gray", "gray"), ("_frames", "frames"), ("_s", "s"), ("_px", "px"), ("_hz", "Hz"))
_DETECTOR_UNITS = (("threshold", "gray"), ("difference_threshold", "gray"), ("min_region_length", "frames"))


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One value that can be set: its dotted path, what it means and what it may be.

    `minimum` itself is not allowed if `above_minimum`. `nullable`: it may be unset. `fixed` fields cannot be changed,
    and a `table` holds what the user has named.
    """

    path: str
    title: str
    description: str
    kind: Kind
    default: Any
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    above_minimum: bool = False
    choices: tuple[str, ...] = ()
    nullable: bool = False

    @property
    def section(self) -> str:
        """The section of the file, such as `data_processing`."""
        return self.path.partition(".")[0]

    @property
    def allowed(self) -> str:
        """What may stand here, in words."""
        if self.kind == "fixed":
            return f"it is always {self.default}"
        if self.kind == "switch":
            return "allowed are true, false"
        if self.kind == "choice":
            return f"allowed are {', '.join(self.choices)}"
        return f"allowed is a {self.kind}{self._range}"

    @property
    def _range(self) -> str:
        if self.minimum is None or self.maximum is None:
            return f" of {self.unit}" if self.unit else ""
        lower = "above" if self.above_minimum else "from"
        return f" {lower} {self.minimum:.15g} up to {self.maximum:.15g} {self.unit}".rstrip()


@cache
def fields() -> tuple[FieldInfo, ...]:
    """Return all values that the configuration knows, in the order of the file."""
    schema = FemConfig.model_json_schema()
    return tuple(_walked(schema, schema["$defs"], ""))


@cache
def field(path: str) -> FieldInfo | None:
    """Return the field at a dotted path; None if there is none."""
    return next((info for info in fields() if info.path == path), None)


def _walked(schema: Mapping[str, Any], models: Mapping[str, Any], prefix: str) -> Iterator[FieldInfo]:
    for name, part in schema["properties"].items():
        kinds = [_resolved(kind, models) for kind in part.get("anyOf", [part])]
        inner = next((kind for kind in kinds if "properties" in kind), None)
        if inner is None:
            yield _field(f"{prefix}{name}", part, kinds)
        else:
            yield from _walked(inner, models, f"{prefix}{name}.")


def _resolved(schema: Mapping[str, Any], models: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return models[name] if name else schema


def _field(path: str, part: Mapping[str, Any], kinds: list[Mapping[str, Any]]) -> FieldInfo:
    main = kinds[0]
    return FieldInfo(
        path,
        _title(path),
        part.get("description", ""),
        _kind(main),
        part.get("default"),
        part.get("unit") or _unit(path),
        main.get("minimum", main.get("exclusiveMinimum")),
        main.get("maximum"),
        "exclusiveMinimum" in main,
        tuple(main.get("enum", ())),
        any(kind.get("type") == "null" for kind in kinds),
    )


def _kind(schema: Mapping[str, Any]) -> Kind:
    if "enum" in schema:
        return "choice"
    return next((kind for name, kind in _KINDS if schema.get("type") == name), "fixed")


def _title(path: str) -> str:
    name = path.rpartition(".")[2]
    suffix = next((suffix for suffix, _ in _SUFFIX_UNITS if name.endswith(suffix) and suffix != "_frames"), "")
    words = name.removesuffix(suffix).replace("_", " ").capitalize()
    return words.replace("Roi", "ROI").replace("roi", "ROI").replace("Fps", "FPS")


def _unit(path: str) -> str:
    section, _, name = path.partition(".")
    detector = dict(_DETECTOR_UNITS) if section == "peak_detection" else {}
    by_suffix = next((unit for suffix, unit in _SUFFIX_UNITS if name.endswith(suffix)), "")
    return detector.get(name, by_suffix)
