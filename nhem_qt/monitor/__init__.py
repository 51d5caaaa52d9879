"""One tick: capture, extract, measure, detect."""

from nhem_qt.monitor.judge import Judge, PeakJudge
from nhem_qt.monitor.monitor import Monitor
from nhem_qt.monitor.pictures import DualRoiFrame, RoiData, extract_small_roi
from nhem_qt.monitor.regions import OffScreenError, RegionChoice, Regions, RoiMode, configured_choice
from nhem_qt.monitor.sample import Measurement, Sample, Status
from nhem_qt.monitor.schedule import LiveSchedule, RecordedSchedule, Schedule, Tick, cut_short
from nhem_qt.monitor.state import CoordinationState, StateLog, Transition

__all__ = [
    "CoordinationState",
    "DualRoiFrame",
    "Judge",
    "LiveSchedule",
    "Measurement",
    "Monitor",
    "OffScreenError",
    "PeakJudge",
    "RecordedSchedule",
    "RegionChoice",
    "Regions",
    "RoiData",
    "RoiMode",
    "Sample",
    "Schedule",
    "StateLog",
    "Status",
    "Tick",
    "Transition",
    "configured_choice",
    "cut_short",
    "extract_small_roi",
]
