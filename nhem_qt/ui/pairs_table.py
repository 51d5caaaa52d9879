"""The columns of the list of emissions that two runs of the detection found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhem_qt.analysis import FoundBy
from nhem_qt.ui import palette
from nhem_qt.ui.rows_table import Column
from nhem_qt.ui.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from nhem_qt.analysis import Pair
    from nhem_qt.detection import Peak

_NOTHING = "\N{EM DASH}"


def pair_columns(tr: Callable[[str], str]) -> tuple[Column, ...]:
    """Return the columns for rows of Pair, the most wanted first."""
    found_by = {FoundBy.BOTH: tr("both"), FoundBy.ONLY_KEPT: tr("session only"), FoundBy.ONLY_AGAIN: tr("new only")}
    return (
        Column(
            tr("Found by"),
            tr("Found in the session, by the new parameters, or by both, and whether they agree on the colour"),
            lambda pair: tr("both, colour changed") if pair.changed_colour else found_by[pair.found_by],
            lambda pair: palette.MUTED if _is_alike(pair) else palette.AMBER,
        ),
        Column(tr("Start, s"), tr("Start of the emission"), lambda pair: f"{_shown(pair).start_s:.2f}"),
        Column(
            tr("Session"),
            tr("The verdict that the session has"),
            lambda pair: _verdict(pair.kept),
            lambda pair: _colour(pair.kept),
        ),
        Column(
            tr("New"),
            tr("The verdict by the new parameters"),
            lambda pair: _verdict(pair.again),
            lambda pair: _colour(pair.again),
        ),
        Column(
            tr("Diff., session"),
            tr("Mean gray value after the emission minus before it, as the session has it"),
            lambda pair: _difference(pair.kept),
        ),
        Column(
            tr("Diff., new"),
            tr("Mean gray value after the emission minus before it, by the new parameters"),
            lambda pair: _difference(pair.again),
        ),
        Column(tr("Length, s"), tr("Length of the emission"), lambda pair: f"{_shown(pair).duration_s:.2f}"),
    )


def _is_alike(pair: Pair) -> bool:
    return pair.found_by is FoundBy.BOTH and not pair.changed_colour


def _shown(pair: Pair) -> Peak:
    """Where both found it, times are those of the session."""
    return pair.peaks[0]


def _verdict(peak: Peak | None) -> str:
    return _NOTHING if peak is None else str(verdict_of(peak.color))


def _colour(peak: Peak | None) -> QColor:
    return palette.MUTED if peak is None else verdict_of(peak.color).colour


def _difference(peak: Peak | None) -> str:
    return _NOTHING if peak is None else f"{peak.difference:+z.2f}"
