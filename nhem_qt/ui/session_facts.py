"""What is known of a kept session, in a column of words and numbers."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from nhem_qt.ui import palette
from nhem_qt.ui.verdict import HEM, NO_HEM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhem_qt.detection import Peak
    from nhem_qt.session import Digest, Span, Statistics

_WIDTH_PX = 330
_NOTHING = "\N{EM DASH}"
_GROUP = 8


class SessionFacts(QScrollArea):
    """Facts of a session or a part of it; below them those of a span that is selected in the curve."""

    def __init__(self, digest: Digest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setFixedWidth(_WIDTH_PX)
        self.setWidgetResizable(True)
        self._digest = digest
        self._label = QLabel(self)
        self._label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._label.setWordWrap(True)
        self._label.setContentsMargins(14, 10, 14, 10)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setWidget(self._label)
        self.show_selected(None)

    @property
    def text(self) -> str:
        """The facts as rich text."""
        return self._label.text()

    def show_selected(self, span: Span | None, statistics: Statistics | None = None) -> None:
        """Show the statistics of a selected span, too; None shows those of the session only."""
        parts = [self._described(), self._counted(self._digest.statistics, self._digest.peaks, self._title())]
        if span is not None and statistics is not None:
            peaks = [peak for peak in self._digest.peaks if span.overlaps(peak.start_s, peak.end_s)]
            parts.append(self._counted(statistics, peaks, self.tr("selected: {0}").format(self._span_words(span))))
        self._label.setText("<br>".join(parts))

    def _title(self) -> str:
        span = self._digest.span
        return self.tr("whole session") if span is None else self.tr("cut: {0}").format(self._span_words(span))

    def _span_words(self, span: Span) -> str:
        return self.tr("{0:.2f} to {1:.2f} s ({2:.2f} s)").format(span.begin_s, span.end_s, span.length_s)

    def _described(self) -> str:
        digest, info = self._digest, self._digest.info
        end = self.tr("in order") if digest.finished else self.tr("not noted: interrupted, or still running")
        return _table(
            digest.name or info.session_id,
            (
                (self.tr("started"), f"{info.started_at:%Y-%m-%d %H:%M:%S}"),
                (self.tr("length"), self.tr("{0:.1f} s").format(digest.length_s)),
                (self.tr("end"), end),
                (self.tr("note"), digest.note or _NOTHING),
                (self.tr("source"), info.source),
                *self._recording(),
                (self.tr("mode"), info.mode),
                (self.tr("region"), info.roi),
                (self.tr("rate"), self.tr("{0:g} Hz").format(info.rate_hz)),
                (self.tr("samples"), str(digest.sample_count)),
                (self.tr("dropped ticks"), str(digest.dropped_ticks)),
                (self.tr("failed"), str(digest.failed_samples)),
            ),
        )

    def _recording(self) -> tuple[tuple[str, str], ...]:
        info = self._digest.info
        return ((self.tr("file"), info.file), (self.tr("SHA-256"), _in_groups(info.checksum))) if info.file else ()

    def _counted(self, statistics: Statistics, peaks: Iterable[Peak], title: str) -> str:
        differences: dict[str, list[float]] = {"green": [], "red": []}
        for peak in peaks:
            differences[peak.color].append(peak.difference)
        rows = [
            (self.tr("mean gray"), _number(statistics.mean)),
            (self.tr("standard deviation"), _number(statistics.deviation)),
            (self.tr("lowest"), _number(statistics.low)),
            (self.tr("highest"), _number(statistics.high)),
        ]
        for color, verdict in (("green", HEM), ("red", NO_HEM)):
            found = differences[color]
            mean = self.tr(", mean {0:+.2f}").format(sum(found) / len(found)) if found else ""
            rows.append((str(verdict), f"{len(found)}{mean}"))
        return _table(title, rows)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    muted = palette.MUTED.name()
    cells = "".join(
        f'<tr><td style="color: {muted}">{html.escape(name)}&nbsp;&nbsp;</td><td>{html.escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<b>{html.escape(title)}</b><table>{cells}</table>"


def _in_groups(digits: str) -> str:
    """Return a checksum so that its lines can be broken, and two of them compared."""
    return " ".join(digits[first : first + _GROUP] for first in range(0, len(digits), _GROUP))


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f}"
