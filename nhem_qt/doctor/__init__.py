"""What this machine offers, and what stands in the way of monitoring."""

from nhem_qt.doctor.examination import can_monitor, examine
from nhem_qt.doctor.finding import Finding, Level, Machine
from nhem_qt.doctor.report import as_json, as_text, finding_text, verdict_text
from nhem_qt.doctor.screens import has_display

__all__ = [
    "Finding",
    "Level",
    "Machine",
    "as_json",
    "as_text",
    "can_monitor",
    "examine",
    "finding_text",
    "has_display",
    "verdict_text",
]
