"""The columns of the list of peaks and of the list of rejected candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhem_qt.ui import palette
from nhem_qt.ui.rows_table import Column
from nhem_qt.ui.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable


def peak_columns(tr: Callable[[str], str]) -> tuple[Column, ...]:
    """Return the columns for rows of Peak, the most wanted first."""
    hem = tr("HEM: the gray value stays higher by more than the difference threshold")
    return (
        Column("#", tr("Number of the peak"), lambda peak: str(peak.peak_index)),
        Column(
            tr("Verdict"), hem, lambda peak: str(verdict_of(peak.color)), lambda peak: verdict_of(peak.color).colour
        ),
        Column(
            tr("Difference"),
            tr("Mean gray value after the emission minus before it"),
            lambda peak: f"{peak.difference:+z.2f}",
        ),
        Column(tr("Confidence"), tr("How sure the colour is"), lambda peak: f"{100 * peak.confidence:.0f} %"),
        Column(tr("Start, s"), tr("Start of the emission"), lambda peak: f"{peak.start_s:.2f}"),
        Column(tr("Length, s"), tr("Length of the emission"), lambda peak: f"{peak.duration_s:.2f}"),
        Column(tr("Before"), tr("Mean gray value before"), lambda peak: f"{peak.pre_mean:.1f}"),
        Column(tr("After"), tr("Mean gray value after"), lambda peak: f"{peak.post_mean:.1f}"),
        Column(tr("Top"), tr("Highest gray value"), lambda peak: f"{peak.peak_gray:.1f}"),
    )


def rejection_columns(tr: Callable[[str], str]) -> tuple[Column, ...]:
    """Return the columns for rows of Rejection."""
    return (
        Column(
            tr("Reason"),
            tr("The rule that the candidate breaks"),
            lambda rejection: str(rejection.reason),
            lambda _rejection: palette.AMBER,
        ),
        Column(tr("Start, s"), tr("Start of the candidate"), lambda rejection: f"{rejection.start_s:.2f}"),
        Column(
            tr("Length, s"),
            tr("Length of the candidate"),
            lambda rejection: f"{rejection.end_s - rejection.start_s:.2f}",
        ),
        Column(tr("Measured"), tr("What broke the rule"), lambda rejection: f"{rejection.measured:.3g}"),
        Column(tr("Limit"), tr("What the rule allows"), lambda rejection: f"{rejection.limit:.3g}"),
    )
