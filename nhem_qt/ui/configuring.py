"""The configuration as the window changes it: through the lock, into the file, and back."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nhem_qt.config import (
    FemConfig,
    LoadedConfig,
    Lock,
    MigrationResult,
    load_config,
    migrate_single_to_dual,
    needs_migration,
    own_config_path,
    remember_migration_offer,
    revert_migration,
    save_config,
)
from nhem_qt.errors import NhemError
from nhem_qt.monitor import RegionChoice, RoiMode
from nhem_qt.ui.locking import Locking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from PySide6.QtWidgets import QWidget

    from nhem_qt.geometry import Roi


class Configuring(QObject):
    """Holds the configuration in use; what is saved is read back, so that what counts is what the file says."""

    changed = Signal(object)
    """The FemConfig that counted until now."""
    told = Signal(str)
    """What was done, for the user."""
    failed = Signal(str)

    def __init__(self, window: QWidget, loaded: LoadedConfig) -> None:
        super().__init__(window)
        self.loaded = loaded
        self.locking = Locking(window, Lock.of(loaded))

    @property
    def config(self) -> FemConfig:
        """The values in use."""
        return self.loaded.config

    @property
    def offers_migration(self) -> bool:
        """Whether dual mode should be offered for a predecessor's file."""
        return needs_migration(self.loaded)

    def save(self, changes: Mapping[str, Any]) -> None:
        """Write the changed values (by dotted path), after the password if that is needed."""
        self.locking.allow(partial(self._save, dict(changes)))

    def save_choice(self, choice: RegionChoice) -> None:
        """Write the mode and its ROI."""
        self.save(_choice_changes(choice))

    @property
    def named_regions(self) -> dict[str, Roi]:
        """The regions kept under a name."""
        return {name: region.roi for name, region in self.config.roi_capture.named_regions.items()}

    def save_named_regions(self, named: Mapping[str, Roi]) -> None:
        """Keep these regions under their names, and no others."""
        self.save({"roi_capture.named_regions": {name: _corners(roi) for name, roi in named.items()}})

    def migrate(self) -> None:
        """Convert a predecessor's file to dual mode; no value changes, so no password is asked for."""
        self._replace(migrate_single_to_dual)

    def revert_migration(self) -> None:
        """Put the file back as it was before the migration."""
        self.locking.allow(partial(self._replace, revert_migration))

    def decline_migration(self) -> None:
        """Never offer dual mode again for this file."""
        if self.loaded.path is not None and self.offers_migration:
            self._try(partial(remember_migration_offer, self.loaded.path))

    def _save(self, changes: dict[str, Any]) -> None:
        self._try(partial(save_config, self._path, changes))

    def _replace(self, how: Callable[[Path | None], MigrationResult]) -> None:
        result = how(self._path)
        if result.outcome == "failed":
            self.failed.emit(result.report)
            return
        if result.outcome != "nothing":
            self._reload()
        self.told.emit(result.report)

    @property
    def _path(self) -> Path:
        return self.loaded.path or own_config_path()

    def _try(self, change: Callable[[], None]) -> None:
        try:
            change()
            self._reload()
        except NhemError as error:
            self.failed.emit(str(error))

    def _reload(self) -> None:
        before = self.config
        self.loaded = load_config(self._path, os.environ, {})
        self.changed.emit(before)


def _choice_changes(choice: RegionChoice) -> dict[str, Any]:
    regions = choice.regions
    if regions is None:
        return {"roi_capture.mode": choice.mode.value}
    part = "large_roi" if choice.mode is RoiMode.DUAL else "legacy_roi"
    corners = {f"roi_capture.{part}.{name}": value for name, value in _corners(regions.large).items()}
    return corners | {"roi_capture.mode": choice.mode.value}


def _corners(roi: Roi) -> dict[str, int]:
    return {"x1": roi.x1, "y1": roi.y1, "x2": roi.x2, "y2": roi.y2}
