"""The configuration file and its typed models."""

from nhem_qt.config.dual import get_dual_roi_config, set_dual_roi_config
from nhem_qt.config.errors import ConfigError
from nhem_qt.config.fields import FieldInfo, fields
from nhem_qt.config.layers import ENVIRONMENT_KEYS, Origin, value_problem
from nhem_qt.config.load import LoadedConfig, default_config_path, load_config, own_config_path
from nhem_qt.config.lock import Lock
from nhem_qt.config.migrate import (
    MigrationResult,
    migrate_single_to_dual,
    needs_migration,
    remember_migration_offer,
    revert_migration,
)
from nhem_qt.config.model import DataProcessingConfig, DualRoiConfig, FemConfig, LoggingConfig, RoiConfig
from nhem_qt.config.profiles import PROFILES, active_profile, profile_changes
from nhem_qt.config.save import save_config
from nhem_qt.config.show import check, shown
from nhem_qt.config.validate import ValidationResult, validate_roi_coordinates

__all__ = [
    "ENVIRONMENT_KEYS",
    "PROFILES",
    "ConfigError",
    "DataProcessingConfig",
    "DualRoiConfig",
    "FemConfig",
    "FieldInfo",
    "LoadedConfig",
    "Lock",
    "LoggingConfig",
    "MigrationResult",
    "Origin",
    "RoiConfig",
    "ValidationResult",
    "active_profile",
    "check",
    "default_config_path",
    "fields",
    "get_dual_roi_config",
    "load_config",
    "migrate_single_to_dual",
    "needs_migration",
    "own_config_path",
    "profile_changes",
    "remember_migration_offer",
    "revert_migration",
    "save_config",
    "set_dual_roi_config",
    "shown",
    "validate_roi_coordinates",
    "value_problem",
]
