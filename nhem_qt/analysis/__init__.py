"""Recordings and curves through the same monitor at full speed."""

from nhem_qt.analysis.analyse import Analysis, Request, analyse
from nhem_qt.analysis.batch import (
    ClashError,
    NoRecordingError,
    Outcome,
    analyse_all,
    recordings,
    require_room,
    write_summary,
)
from nhem_qt.analysis.compare import Comparison, FoundBy, Pair
from nhem_qt.analysis.curve_file import FASTEST_HZ, SLOWEST_HZ, CurveError
from nhem_qt.analysis.position import Position
from nhem_qt.analysis.roi_choice import NoRoiError, RoiChoice, SizedRoi
from nhem_qt.analysis.video_session import measure_video
from nhem_qt.analysis.what_if import NothingMeasuredError, judge_again, what_if

__all__ = [
    "FASTEST_HZ",
    "SLOWEST_HZ",
    "Analysis",
    "ClashError",
    "Comparison",
    "CurveError",
    "FoundBy",
    "NoRecordingError",
    "NoRoiError",
    "NothingMeasuredError",
    "Outcome",
    "Pair",
    "Position",
    "Request",
    "RoiChoice",
    "SizedRoi",
    "analyse",
    "analyse_all",
    "judge_again",
    "measure_video",
    "recordings",
    "require_room",
    "what_if",
    "write_summary",
]
