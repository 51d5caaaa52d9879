"""The configuration file and its typed models."""

from nhem_qt.config.load import ConfigError, LoadedConfig, default_config_path, load_config
from nhem_qt.config.model import DataProcessingConfig, DualRoiConfig, FemConfig, LoggingConfig, RoiConfig

__all__ = [
    "ConfigError",
    "DataProcessingConfig",
    "DualRoiConfig",
    "FemConfig",
    "LoadedConfig",
    "LoggingConfig",
    "RoiConfig",
    "default_config_path",
    "load_config",
]
