"""What is known of a kept session, in a column of words and numbers."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QTextBrowser, QWidget

from nhem_qt.config import fields
from nhem_qt.detection import DetectorConfig
from nhem_qt.session import is_invented
from nhem_qt.ui import palette
from nhem_qt.ui.detector_fields import PLAIN_DETECTOR
from nhem_qt.ui.verdict import HEM, NO_HEM, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PySide6.QtGui import QColor

    from nhem_qt.detection import Peak
    from nhem_qt.session import Digest, Span, Statistics

_WIDTH_PX = 330
_MARGIN_PX = 12
_NOTHING = "\N{EM DASH}"
_GROUP = 8


class SessionFacts(QTextBrowser):
    """Facts of a session or a part of it; above them those of a span that is selected in the curve."""

    def __init__(self, digest: Digest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setFixedWidth(_WIDTH_PX)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A name may be one long word.
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        # The keys of the window go on working.
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.document().setDocumentMargin(_MARGIN_PX)
        self._digest = digest
        self.show_selected(None)

    @property
    def text(self) -> str:
        """The facts in plain words, a line for each."""
        return self.toPlainText()

    def show_selected(self, span: Span | None, statistics: Statistics | None = None) -> None:
        """Show the statistics of a selected span, too; None shows those of the session only."""
        digest = self._digest
        parts = [self._described(), self._counted(digest.statistics, digest.peaks, self._title()), self._parameters()]
        if is_invented(digest.info):
            words = self.tr("SIMULATED, NO MEASUREMENT")
            parts.insert(0, _headline(words, palette.AMBER))
        if span is not None and statistics is not None:
            peaks = [peak for peak in digest.peaks if span.overlaps(peak.start_s, peak.end_s)]
            selected = self._counted(statistics, peaks, self.tr("selected: {0}").format(self._span_words(span)))
            parts.insert(0, selected)
        self.setHtml("".join(parts))

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
                (self.tr("measured in"), info.small_roi or info.roi),
                (self.tr("rate"), self.tr("{0:g} Hz").format(info.rate_hz)),
                (self.tr("samples"), str(digest.sample_count)),
                (self.tr("dropped ticks"), self._drops()),
                (self.tr("failed"), str(digest.failed_samples)),
            ),
        )

    def _drops(self) -> str:
        count = str(self._digest.dropped_ticks)
        if self._digest.knows_dropped_ticks:
            return count
        return self.tr("not measured: {0} have no sample, dropped or in a pause").format(count)

    def _recording(self) -> tuple[tuple[str, str], ...]:
        info = self._digest.info
        named = ((self.tr("file"), info.file), (self.tr("SHA-256"), _in_groups(info.checksum))) if info.file else ()
        zero = info.recorded_at
        return (*named, (self.tr("clock at 0 s"), f"{zero:%Y-%m-%d %H:%M:%S}")) if zero else named

    def _counted(self, statistics: Statistics, peaks: Iterable[Peak], title: str) -> str:
        known = [(verdict_of(peak.color), peak.difference) for peak in peaks]
        rows = [
            (self.tr("mean gray"), _number(statistics.mean)),
            (self.tr("standard deviation"), _number(statistics.deviation)),
            (self.tr("lowest"), _number(statistics.low)),
            (self.tr("highest"), _number(statistics.high)),
        ]
        for verdict in (HEM, NO_HEM):
            found = [difference for of, difference in known if of is verdict]
            mean = self.tr(", mean {0:+z.2f}").format(sum(found) / len(found)) if found else ""
            rows.append((str(verdict), f"{len(found)}{mean}"))
        return _table(title, rows)

    def _parameters(self) -> str:
        """Tell by what was judged at first: what operators know of it, and of the rest what is not as usual."""
        values, usual = self._digest.detector.model_dump(), DetectorConfig().model_dump()
        rows = [
            (title, f"{values[name]} {unit}".rstrip())
            for name, title, unit in _parameter_titles()
            if name in PLAIN_DETECTOR or values[name] != usual[name]
        ]
        return _table(self.tr("detection"), rows)


def _parameter_titles() -> Iterator[tuple[str, str, str]]:
    """Yield name, title and unit of every parameter of the detector."""
    for info in fields():
        section, _, name = info.path.partition(".")
        if section == "peak_detection":
            yield name, info.title.lower(), info.unit


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    muted = palette.MUTED.name()
    cells = "".join(
        f'<tr><td style="color: {muted}">{html.escape(name)}&nbsp;&nbsp;</td><td>{_lines(value)}</td></tr>'
        for name, value in rows
    )
    return f"{_headline(title, palette.TEXT)}<table>{cells}</table>"


def _headline(words: str, colour: QColor) -> str:
    return f'<p style="margin: 8px 0px 2px 0px; color: {colour.name()}"><b>{_lines(words)}</b></p>'


def _lines(words: str) -> str:
    return html.escape(words).replace("\n", "<br>")


def _in_groups(digits: str) -> str:
    """Return a checksum so that its lines can be broken, and two of them compared."""
    return " ".join(digits[first : first + _GROUP] for first in range(0, len(digits), _GROUP))


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f}"
