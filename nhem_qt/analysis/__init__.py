"""Recordings and curves through the same monitor at full speed."""

from nhem_qt.analysis.analyse import Analysis, Request, analyse
from nhem_qt.analysis.compare import Comparison, FoundBy, Pair
from nhem_qt.analysis.curve_file import CurveError
from nhem_qt.analysis.what_if import NothingMeasuredError, judge_again, what_if

__all__ = [
    "Analysis",
    "Comparison",
    "CurveError",
    "FoundBy",
    "NothingMeasuredError",
    "Pair",
    "Request",
    "analyse",
    "judge_again",
    "what_if",
]
