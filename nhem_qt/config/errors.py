"""What may go wrong with a configuration."""

from nhem_qt.errors import NhemError


class ConfigError(NhemError):
    """A configuration file that was asked for cannot be used or written."""


class BrokenFileError(ConfigError):
    """A file holds no configuration at all: no JSON, no text, too much; the message is the reason alone."""
