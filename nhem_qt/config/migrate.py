"""From the one ROI of the predecessors to dual mode, and back."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from nhem_qt.config.atomic import free_name, newest_kept, not_written, sync_folder, write_files
from nhem_qt.config.credential import CLEAR_KEY, HASH_KEY, read_credential
from nhem_qt.config.errors import BrokenFileError, ConfigError
from nhem_qt.config.legacy import uses_default_config
from nhem_qt.config.load import default_config_path, load_config
from nhem_qt.config.save import edited, encoded, save_config
from nhem_qt.config.source import Source, read_source

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.config.load import LoadedConfig
    from nhem_qt.config.model import DualRoiConfig, RoiConfig

_NO_FILE = "There is no configuration file: nothing was changed"


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """What was done, told in `report`; `kept` is the file as it was before, `report_path` where the report stands.

    `nothing`: there was nothing to do; `failed`: it could not be done. In both cases everything is as it was.
    """

    outcome: Literal["migrated", "reverted", "nothing", "failed"]
    report: str
    kept: Path | None = None
    report_path: Path | None = None


def needs_migration(loaded: LoadedConfig) -> bool:
    """Whether dual mode should be offered: a predecessor's ROI alone is set, no mode is chosen, nobody was asked."""
    capture = loaded.config.roi_capture
    legacy_only = capture.legacy_roi is not None and capture.large_roi is None
    return loaded.path is not None and legacy_only and capture.mode is None and not capture.migration_offered


def remember_migration_offer(path: Path) -> None:
    """Note in the file that dual mode has been offered; raises ConfigError if it cannot be written."""
    save_config(path, {"roi_capture.migration_offered": True})


def migrate_single_to_dual(path: Path | None = None) -> MigrationResult:
    """Configure dual mode for the ROI that single mode measures; the original and a report are kept beside the file.

    The large ROI is the legacy ROI, so that what is measured has the same centre. Without a path the file that the
    program would load. Raises nothing: what goes wrong stands in the report.
    """
    place = path or default_config_path()
    if place is None:
        return MigrationResult("nothing", _NO_FILE)
    try:
        return _migrated(place.resolve())
    except BrokenFileError as error:
        return _failed(f"{place.name} {error}: mend it first")
    except ConfigError as error:
        return _failed(str(error))


def revert_migration(path: Path | None = None) -> MigrationResult:
    """Put the original of the last migration back, byte for byte; the file as it was until now is kept beside it."""
    place = path or default_config_path()
    if place is None:
        return MigrationResult("nothing", _NO_FILE)
    try:
        return _reverted(place.resolve())
    except ConfigError as error:
        return _failed(str(error))


def _failed(why: str) -> MigrationResult:
    return MigrationResult("failed", f"Nothing was changed: {why}")


def _migrated(place: Path) -> MigrationResult:
    source = read_source(place)
    loaded = load_config(place, {}, {}, set_aside=False)
    legacy = loaded.config.roi_capture.legacy_roi
    if loaded.config.roi_capture.large_roi is not None:
        return MigrationResult("nothing", f"{place.name} has a large ROI already: nothing was changed")
    if legacy is None:
        return _without_roi(place, loaded)
    edit = edited(source.text, _changes(loaded, legacy, source))
    kept, report_path = free_name(place, "single"), free_name(place, "migration", ".txt")
    report = _report(loaded, legacy, source, kept)
    contents = {kept: encoded(source.text), report_path: report.encode("utf-8"), place: encoded(edit.after)}
    try:
        write_files(contents, like=place)
    except ConfigError:
        _remove(kept, report_path)
        raise
    return MigrationResult("migrated", report, kept, report_path)


def _without_roi(place: Path, loaded: LoadedConfig) -> MigrationResult:
    bad = next((problem for problem in loaded.problems if problem.startswith("roi_capture.")), None)
    if bad is not None:
        return _failed(f"{place.name} has a ROI that cannot be used: {bad}")
    return MigrationResult("nothing", f"{place.name} has no ROI yet: nothing was changed; select one in the window")


def _changes(loaded: LoadedConfig, legacy: RoiConfig, source: Source) -> dict[str, Any]:
    """Return what makes dual mode of single mode; what stands in the file stays there."""
    rectangle = legacy.model_dump(include={"x1", "y1", "x2", "y2"})
    capture = loaded.config.roi_capture
    rate = {} if _rate_key(loaded, source) is None else {"frame_rate": _plain(capture.large_roi_frame_rate)}
    own = {} if legacy.frame_rate is None else {"frame_rate": _plain(legacy.frame_rate)}
    kept = {"roi_capture.legacy_roi": rectangle | own} if uses_default_config(source.content) else {}
    return {**kept, "roi_capture.large_roi": rectangle | rate, "roi_capture.mode": "dual"}


def _rate_key(loaded: LoadedConfig, source: Source) -> str | None:
    """Return where the file names the rate at which the ROI is shown; None if it does not."""
    if loaded.origin("roi_capture.legacy_roi.frame_rate") == "file":
        return f"{_roi_key(source)}.frame_rate"
    return "roi_capture.frame_rate" if loaded.origin("roi_capture.frame_rate") == "file" else None


def _roi_key(source: Source) -> str:
    return f"roi_capture.{'default_config' if uses_default_config(source.content) else 'legacy_roi'}"


def _plain(rate_hz: float) -> float:
    return int(rate_hz) if rate_hz.is_integer() else rate_hz


def _report(loaded: LoadedConfig, legacy: RoiConfig, source: Source, kept: Path) -> str:
    name = loaded.path.name if loaded.path else ""
    sections = ", ".join(json.dumps(key)[1:-1] for key in source.content)
    lines = [
        f"{name}: from single to dual mode, {time.strftime('%Y-%m-%d %H:%M:%S')}",
        "",
        "What became what:",
        *(f"  {line}" for line in _became(loaded, legacy, source)),
        "",
        f"What was kept: every other value, as it stands in {sections}.",
        "",
        *_consequences(loaded.config.roi_capture, legacy),
        "",
        f"The file as it was is kept as {kept.name}. To go back, revert the migration, or rename it to {name}.",
    ]
    if read_credential(source.content)[0].clear is not None:
        lines.append("It holds the password in clear text: delete it when you no longer want to go back.")
    return "\n".join(lines) + "\n"


def _became(loaded: LoadedConfig, legacy: RoiConfig, source: Source) -> list[str]:
    key, rate = _roi_key(source), _rate_key(loaded, source)
    lines = [f"{key} {legacy.roi} -> roi_capture.large_roi {legacy.roi}"]
    if rate is not None:
        shown = f"{loaded.config.roi_capture.large_roi_frame_rate:g} Hz"
        lines.append(f"{rate} {shown} -> roi_capture.large_roi.frame_rate {shown}")
    if key != "roi_capture.legacy_roi":
        lines.append(f"{key} {legacy.roi} -> roi_capture.legacy_roi {legacy.roi}, for single mode")
    lines.append(f"roi_capture.mode {loaded.config.roi_capture.mode or '(not set)'} -> dual")
    if read_credential(source.content)[0].clear is not None:
        lines.append(f"{CLEAR_KEY} -> {HASH_KEY}, which nobody can read the password from")
    return lines


def _consequences(capture: DualRoiConfig, legacy: RoiConfig) -> list[str]:
    roi, small = legacy.roi, legacy.roi.centre()
    size = f"{roi.width}x{roi.height} px"
    if small == roi:
        return [f"What is measured stays the same: all of {roi} ({size}), for 50x50 px are not less than that."]
    width, height = capture.small_roi_size
    return [
        f"What is measured: until now the mean of all {size}, from now on of the {width}x{height} px at their centre,",
        f"{small}. Gray values differ by that: look at the curve, and set a threshold of fixed mode anew.",
    ]


def _reverted(place: Path) -> MigrationResult:
    original = newest_kept(place, "single")
    if original is None:
        return MigrationResult("nothing", f"{place.name} has not been migrated: nothing was changed")
    dual = free_name(place, "dual")
    try:
        if place.exists():
            write_files({dual: place.read_bytes()}, like=place)
        original.replace(place)
        sync_folder(place.parent)
    except OSError as error:
        _remove(dual)
        raise not_written(place, error) from error
    report = f"{place.name} is again what it was before the migration; what it was until now is {dual.name}"
    return MigrationResult("reverted", report, dual)


def _remove(*paths: Path) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
