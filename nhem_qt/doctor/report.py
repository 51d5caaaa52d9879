"""The findings as text: for the console, the clipboard, other programs."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import TYPE_CHECKING

import nhem_qt
from nhem_qt.doctor.examination import can_monitor
from nhem_qt.doctor.finding import Level, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nhem_qt.doctor.finding import Finding

_LEVEL_WIDTH = 9
_TITLE_WIDTH = 26


def finding_text(finding: Finding) -> str:
    """Return one finding as a line, with its advice on a second one."""
    line = f"{finding.level:{_LEVEL_WIDTH}}{finding.title:{_TITLE_WIDTH}}{finding.found}"
    indent = " " * (_LEVEL_WIDTH + _TITLE_WIDTH)
    return f"{line}\n{indent}-> {finding.advice}" if finding.advice else line


def verdict_text(findings: Sequence[Finding]) -> str:
    """Return in one line whether the screen can be monitored, and how much there is to look at."""
    counts = Counter(finding.level for finding in findings)
    able = "The screen can be monitored" if can_monitor(findings) else "The screen cannot be monitored"
    return f"{able}: {counted(counts[Level.PROBLEM], 'problem')}, {counted(counts[Level.NOTICE], 'notice')}"


def as_text(findings: Sequence[Finding]) -> str:
    """Return the whole report, one line per finding."""
    head = f"NHEM-Qt {nhem_qt.__version__}"
    return "\n".join([head, *map(finding_text, findings), verdict_text(findings)])


def as_json(findings: Sequence[Finding]) -> str:
    """Return one JSON object: `can_monitor`, and `findings` with the fields of each."""
    content = {"can_monitor": can_monitor(findings), "findings": [dataclasses.asdict(finding) for finding in findings]}
    return json.dumps(content)
