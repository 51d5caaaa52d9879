"""The configuration file and its typed models."""

from nhem_qt.config.errors import ConfigError
from nhem_qt.config.fields import FieldInfo, fields
from nhem_qt.config.layers import ENVIRONMENT_KEYS, Origin, value_problem
from nhem_qt.config.load import LoadedConfig, default_config_path, load_config, own_config_path
from nhem_qt.config.model import DataProcessingConfig, DualRoiConfig, FemConfig, LoggingConfig, RoiConfig
from nhem_qt.config.show import check, shown

__all__ = [
    "ENVIRONMENT_KEYS",
    "ConfigError",
    "DataProcessingConfig",
    "DualRoiConfig",
    "FemConfig",
    "FieldInfo",
    "LoadedConfig",
    "LoggingConfig",
    "Origin",
    "RoiConfig",
    "check",
    "default_config_path",
    "fields",
    "load_config",
    "own_config_path",
    "shown",
    "value_problem",
]
