"""One tick: capture, extract, measure, detect."""

from nhem_qt.monitor.errors import ErrorKind, ExtractionError, Fault, Impact, Recovery, SynchronisationError
from nhem_qt.monitor.fallback import Fallback
from nhem_qt.monitor.health import HealthLevel, HealthReport, Surroundings
from nhem_qt.monitor.judge import Judge, PeakJudge, Veil
from nhem_qt.monitor.load import LoadLevel
from nhem_qt.monitor.memory import MemoryBudget
from nhem_qt.monitor.monitor import Monitor
from nhem_qt.monitor.picture_faults import PictureNotice
from nhem_qt.monitor.pictures import DualRoiFrame, RoiData, extract_small_roi
from nhem_qt.monitor.regions import OffScreenError, RegionChoice, Regions, RoiMode, configured_choice
from nhem_qt.monitor.sample import Measurement, Sample, Status
from nhem_qt.monitor.schedule import LiveSchedule, RecordedSchedule, Schedule, Tick, cut_short
from nhem_qt.monitor.state import CoordinationState, IllegalTransitionError, StateMachine, Transition
from nhem_qt.monitor.steering import Steering
from nhem_qt.monitor.telling import NO_NEWS, News

__all__ = [
    "NO_NEWS",
    "CoordinationState",
    "DualRoiFrame",
    "ErrorKind",
    "ExtractionError",
    "Fallback",
    "Fault",
    "HealthLevel",
    "HealthReport",
    "IllegalTransitionError",
    "Impact",
    "Judge",
    "LiveSchedule",
    "LoadLevel",
    "Measurement",
    "MemoryBudget",
    "Monitor",
    "News",
    "OffScreenError",
    "PeakJudge",
    "PictureNotice",
    "RecordedSchedule",
    "Recovery",
    "RegionChoice",
    "Regions",
    "RoiData",
    "RoiMode",
    "Sample",
    "Schedule",
    "StateMachine",
    "Status",
    "Steering",
    "Surroundings",
    "SynchronisationError",
    "Tick",
    "Transition",
    "Veil",
    "configured_choice",
    "cut_short",
    "extract_small_roi",
]
