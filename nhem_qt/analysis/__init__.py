"""Recordings and curves through the same monitor at full speed."""

from nhem_qt.analysis.analyse import Analysis, Request, analyse
from nhem_qt.analysis.curve_file import CurveError
from nhem_qt.analysis.what_if import judge_again

__all__ = ["Analysis", "CurveError", "Request", "analyse", "judge_again"]
