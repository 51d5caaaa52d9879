"""The configuration of both ROIs, by the names that callers of the predecessor know."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from nhem_qt.config.load import default_config_path, load_config, own_config_path
from nhem_qt.config.save import save_config

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.config.model import DualRoiConfig


def get_dual_roi_config(path: Path | None = None) -> DualRoiConfig:
    """Return the ROIs in use; without a path those of the configuration that the program would load."""
    return load_config(path or default_config_path(), os.environ, {}).config.roi_capture


def set_dual_roi_config(config: DualRoiConfig, path: Path | None = None) -> bool:
    """Save the ROIs and return True; without a path into the configuration that the program would load.

    Only what differs from the file is written. Raises ConfigError if the file cannot be written.
    """
    place = path or default_config_path() or own_config_path()
    save_config(place, roi_changes(config, place))
    return True


def roi_changes(config: DualRoiConfig, path: Path) -> dict[str, Any]:
    """Return what must be changed in a file for it to say the same as `config`."""
    old = load_config(path, {}, {}, set_aside=False).config.roi_capture.model_dump() if path.exists() else {}
    new = config.model_dump(exclude={"small_roi"})
    unset = type(config)().model_dump()
    return {
        f"roi_capture.{key}": _without_empty_rate(value) for key, value in new.items() if value != (old or unset)[key]
    }


def _without_empty_rate(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: part for key, part in value.items() if key != "frame_rate" or part is not None}
