"""The configuration: whether it can be used, and whether it fits the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhem_qt.config import ConfigError, FemConfig, LoadedConfig, load_config, validate_roi_coordinates
from nhem_qt.config.layers import ENVIRONMENT_KEYS
from nhem_qt.doctor.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nhem_qt.doctor.finding import Machine
    from nhem_qt.geometry import Roi

_MEND = "Mend it in the file, or in View > Settings"


def load(machine: Machine) -> LoadedConfig:
    """Load the configuration, changing nothing; the defaults where it cannot be read, with the reason as a problem."""
    try:
        return load_config(machine.config_path, machine.environment, {}, set_aside=False)
    except ConfigError as error:
        return LoadedConfig(FemConfig(), machine.config_path, (str(error),))


def config_findings(machine: Machine, loaded: LoadedConfig, monitors: Sequence[Roi]) -> Iterator[Finding]:
    """Tell what is wrong with the configuration; `monitors` in device pixels, none if they are unknown."""
    where = "the defaults, for there is no file" if loaded.path is None else str(loaded.path.absolute())
    if not loaded.problems:
        yield Finding(Level.OK, "Configuration", where)
    for problem in loaded.problems:
        yield Finding(Level.PROBLEM, "Configuration", problem, _MEND)
    for notice in loaded.notices:
        yield Finding(Level.NOTICE, "Configuration", notice)
    deciding = [name for name in ENVIRONMENT_KEYS if name in machine.environment]
    if deciding:
        yield Finding(Level.OK, "Configuration", f"the environment decides by {', '.join(deciding)}")
    yield from _rates(loaded.config)
    yield from _region(loaded.config, monitors)


def _rates(config: FemConfig) -> Iterator[Finding]:
    pictures_hz, rate_hz = config.roi_capture.large_roi_frame_rate, config.data_processing.fps
    if pictures_hz > rate_hz:
        words = f"{pictures_hz:g} pictures per second are wanted, but only {rate_hz:g} measurements: more are not taken"
        yield Finding(Level.NOTICE, "Configuration", words, "Lower roi_capture.large_roi.frame_rate")


def _region(config: FemConfig, monitors: Sequence[Roi]) -> Iterator[Finding]:
    region = config.roi_capture.active_roi
    if region is None:
        yield Finding(Level.NOTICE, "Region", "none is selected yet", "Region > Select region... (Ctrl+R)")
        return
    checked = validate_roi_coordinates(region, monitors) if monitors else None
    mode = config.roi_capture.active_mode
    if checked is None or not checked.messages:
        yield Finding(Level.OK, "Region", f"{region.roi}, {mode} mode")
        return
    level = Level.NOTICE if checked.valid else Level.PROBLEM
    for message in checked.messages:
        yield Finding(level, "Region", message, "Region > Select region... (Ctrl+R)")
