"""The report of a session: one HTML file that needs nothing else, for reading, printing and keeping."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import nhem_qt
from nhem_qt.config import FieldInfo, fields
from nhem_qt.geometry import InvalidRoiError, Roi
from nhem_qt.session.archive import KeptSession
from nhem_qt.session.curve_condensed import CondensedCurve
from nhem_qt.session.curve_look import LIGHT
from nhem_qt.session.curve_picture import CurveSheet, curve_svg
from nhem_qt.session.info import Moment
from nhem_qt.session.progress import no_progress, part_of
from nhem_qt.session.report_markup import Box, Drawing, Html, box, element, facts, image, joined, markup, table
from nhem_qt.session.staging import whole_file
from nhem_qt.session.words import is_invented, session_title, verdict_word
from nhem_qt.shipped import shipped_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from nhem_qt.detection import Peak
    from nhem_qt.session.archive import Statistics
    from nhem_qt.session.info import KeptPicture, Span
    from nhem_qt.session.progress import Progress

_CLAIM = (
    "The verdicts follow a rule about gray values: an emission counts as HEM (hyperechoic mark) if the picture is "
    "brighter after it than before it by more than the difference threshold. This is no clinical claim."
)
_SHAPES = {"green": "\N{BLACK UP-POINTING TRIANGLE}", "red": "\N{BLACK CIRCLE}"}
_ARROW = "\N{RIGHTWARDS ARROW}"
_NOT_KEPT = "not kept"

# A table is begun anew, with its head, so that no part of a report is too long to be laid out at once.
_ROWS = 40
_LARGE, _SMALL = Box(146, 110), Box(62, 62)
_CHANGING = {"mode": "mode", "roi": "region shown", "small_roi": "region measured"}
_STRIDE = {"stride": "ticks for one gray value"}
_MOMENTS = (Moment.BEFORE, Moment.DURING, Moment.AFTER)

# The shares of the work that are done with the curve, the tables of peaks, the pictures, and the statistics.
_OF_CURVE, _OF_TABLES, _OF_PICTURES, _OF_STATISTICS = 0.5, 0.55, 0.95, 0.98

_PEAK_HEADS = ("#", "verdict", "start, s", "clock", "length, s", "before", "after", "difference", "confidence")
_PEAK_WIDTHS = (7, 12, 11, 14, 11, 9, 9, 13, 14)


def report_html(kept: KeptSession, span: Span | None = None, progress: Progress = no_progress) -> Iterator[str]:
    """Yield the report of a kept session, opened with that span, piece by piece as a page for browsers.

    With its pictures it may be too long to be held in memory. Raises StoreError.
    """
    title = markup(f"Session report {session_title(kept.info, kept.name, span)}")
    style = report_style() + shipped_path("resources/report_page.css").read_text(encoding="utf-8")
    head = f'<meta charset="utf-8">\n<title>{title}</title>\n<style>\n{style}</style>'
    yield f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n'
    for part in report_parts(kept, span, progress):
        yield part.svg if isinstance(part, Drawing) else part
        yield "\n"
    yield "</body>\n</html>\n"


def report_parts(
    kept: KeptSession, span: Span | None = None, progress: Progress = no_progress
) -> Iterator[Html | Drawing]:
    """Yield the same report part by part, none of them long; raises StoreError."""
    return _Report(kept, span).parts(progress)


def report_style() -> str:
    """Return the style sheet of the parts; it keeps to what Qt's rich text understands."""
    return shipped_path("resources/report.css").read_text(encoding="utf-8")


def write_report(path: Path, target: Path, span: Span | None = None, progress: Progress = no_progress) -> None:
    """Write the report of a kept session, or of a span of it, whole or not at all; raises StoreError or ExportError."""
    with KeptSession(path, span) as kept, whole_file(target) as file:
        file.writelines(report_html(kept, span, progress))
        progress(1.0)


class _Report:
    """Tells what is kept of a session, and nothing else."""

    def __init__(self, kept: KeptSession, span: Span | None) -> None:
        self._kept = kept
        self._span = span
        self._info = kept.info
        self._peaks = kept.peaks()
        self._marks = kept.marks()

    def parts(self, progress: Progress) -> Iterator[Html | Drawing]:
        """Yield the parts in order."""
        yield joined(self._heading(), *self._warnings(), self._summary())
        yield self._curve(part_of(progress, 0.0, _OF_CURVE))
        yield from self._peak_tables(part_of(progress, _OF_CURVE, _OF_TABLES))
        yield from self._mark_tables()
        yield from self._pictures(part_of(progress, _OF_TABLES, _OF_PICTURES))
        progress(_OF_PICTURES)
        gray = self._kept.statistics()
        progress(_OF_STATISTICS)
        yield joined(element("h2", "Session"), self._session_facts(gray))
        for section in (self._rejections, self._changes, self._notices, self._parameters):
            progress(_OF_STATISTICS)
            yield from section()

    def _heading(self) -> Html:
        info = self._info
        written = f"Written {dt.datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z} by NHEM-Qt {nhem_qt.__version__}"
        name = element("p", self._kept.name, "summary") if self._kept.name else ""
        began = f"Session {info.session_id}, begun {info.started_at:%Y-%m-%d %H:%M:%S %z}"
        if info.recorded_at:
            began += f", of a recording of {info.recorded_at:%Y-%m-%d %H:%M:%S %z}"
        note = element("p", joined(element("b", "Note: "), self._kept.note)) if self._kept.note else ""
        return joined(element("h1", "Session report"), name, element("p", began), note, element("p", written, "muted"))

    def _warnings(self) -> Iterator[Html]:
        source = self._info.source
        if is_invented(self._info):
            words = (
                f"SIMULATED: the program itself made the pictures of this session ({source}). They show nothing real."
            )
            yield box(words, "warning")
        if not self._kept.finished:
            words = "INTERRUPTED: the end of this session is not noted. It broke off, or was still running."
            yield box(words, "warning")
        if self._span is not None:
            span = f"{self._span.begin_s:.2f} s to {self._span.end_s:.2f} s"
            yield box(f"PART: only {span} of the session is shown.", "warning")

    def _summary(self) -> Html:
        green = sum(peak.color == "green" for peak in self._peaks)
        counts = joined(
            f"{len(self._peaks)} emissions: ",
            _verdict("green", f"{green} "),
            ", ",
            _verdict("red", f"{len(self._peaks) - green} "),
        )
        return joined(element("p", counts, "summary"), box(_CLAIM, "claim"))

    def _curve(self, progress: Progress) -> Drawing:
        stretches = CondensedCurve.of(self._kept, LIGHT.columns, progress).stretches()
        title = self._kept.name or self._info.session_id
        return Drawing(curve_svg(CurveSheet(self._info, title, stretches, self._peaks, self._marks), LIGHT))

    def _peak_tables(self, progress: Progress) -> Iterator[Html]:
        words = "Gray values before and after are means; times are seconds since the session started."
        yield joined(element("h2", "Emissions"), element("p", words if self._peaks else "None was found.", "muted"))
        chunks = list(_chunks(self._peaks))
        for number, peaks in enumerate(chunks):
            progress(number / len(chunks))
            yield table(_PEAK_HEADS, map(self._peak_row, peaks), _PEAK_WIDTHS, "n nnnnnnn")

    def _peak_row(self, peak: Peak) -> tuple[object, ...]:
        return (
            peak.peak_index,
            _verdict(peak.color),
            f"{peak.start_s:.2f}",
            self._clock(peak.start_s),
            f"{peak.duration_s:.2f}",
            f"{peak.pre_mean:.2f}",
            f"{peak.post_mean:.2f}",
            f"{peak.difference:+z.2f}",
            f"{100 * peak.confidence:.0f} %",
        )

    def _mark_tables(self) -> Iterator[Html]:
        if self._marks:
            rows = [(f"{mark.t_s:.2f}", self._clock(mark.t_s), mark.note) for mark in self._marks]
            yield from _timed_tables("Marks", "note", rows)

    def _pictures(self, progress: Progress) -> Iterator[Html]:
        if not self._peaks:
            return
        words = (
            "Of every emission the last clear picture before it, the brightest, and the last one before the verdict: "
            "the region as shown, reduced, and beside it what was measured, enlarged."
        )
        yield joined(element("h2", "Pictures of the emissions"), element("p", words, "muted"))
        for number, peak in enumerate(self._peaks):
            progress(number / len(self._peaks))
            yield self._pictures_of(peak)

    def _pictures_of(self, peak: Peak) -> Html:
        pictures = self._kept.pictures_of(peak.peak_index)
        place = f" #{peak.peak_index} at {peak.start_s:.2f} s ({self._clock(peak.start_s)}), "
        head = joined(_verdict(peak.color), place, f"difference {peak.difference:+z.2f}")
        cells = (_moment_cell(moment, [one for one in pictures if one.moment is moment]) for moment in _MOMENTS)
        row = "".join(f'<td width="33%">{cell}</td>' for cell in cells)
        top = f'<tr><th align="left" colspan="3">{head}</th></tr>'
        return Html(f'<table class="pictures" width="100%" cellspacing="0">{top}<tr>{row}</tr></table>')

    def _session_facts(self, gray: Statistics) -> Html:
        kept, info = self._kept, self._info
        ended = "not noted" if kept.ended_at is None else f"{kept.ended_at:%Y-%m-%d %H:%M:%S %z}"
        return facts(
            (
                ("id", info.session_id),
                ("name", kept.name or "none"),
                ("begin", f"{info.started_at:%Y-%m-%d %H:%M:%S %z}"),
                ("end", ended),
                ("length", f"{dt.timedelta(seconds=round(kept.length_s))} ({kept.length_s:.2f} s)"),
                ("source", info.source),
                *((("file", info.file), ("SHA-256 of the file", info.checksum)) if info.file else ()),
                *((("clock at 0 s", f"{info.recorded_at:%Y-%m-%d %H:%M:%S %z}"),) if info.recorded_at else ()),
                ("mode", info.mode),
                ("region shown", _roi_words(info.roi)),
                ("region measured", _roi_words(info.small_roi)),
                ("rate", f"{info.rate_hz:g} measurements per second wanted"),
                ("samples", kept.sample_count),
                ("ticks dropped", _drops_words(kept)),
                ("captures failed", kept.failed_samples),
                ("gray value", _gray_words(gray)),
                ("recorded by", f"NHEM-Qt {info.program_version}" if info.program_version else _NOT_KEPT),
            )
        )

    def _rejections(self) -> Iterator[Html]:
        counts = Counter(str(rejection.reason) for rejection in self._kept.rejections())
        yield element("h2", "Rejected candidates")
        if counts:
            yield table(("reason", "count"), counts.most_common(), (80, 20), " n")
        else:
            yield element("p", "None.", "muted")

    def _changes(self) -> Iterator[Html]:
        rows = list(self._change_rows())
        if rows:
            yield from _timed_tables("Changes during the session", "change", rows)

    def _change_rows(self) -> Iterator[tuple[str, str, str]]:
        before = {name: getattr(self._info, name) for name in _CHANGING} | {"stride": 1}
        detector: Mapping[str, Any] = self._info.detector
        for change in self._kept.changes():
            if change.key == "detector":
                words, detector = _differences(detector, change.value), change.value
            else:
                name = (_CHANGING | _STRIDE).get(change.key, change.key)
                words = [f"{name}: {before.get(change.key, '')} {_ARROW} {change.value}"]
                before[change.key] = change.value
            yield from ((f"{change.t_s:.2f}", self._clock(change.t_s), each) for each in words)

    def _notices(self) -> Iterator[Html]:
        notices = self._kept.notices()
        for title, head, shown in (
            ("Notices", "what the operator was told", True),
            ("Remarks", "what the program noticed and told nobody", False),
        ):
            rows = [(f"{one.t_s:.2f}", self._clock(one.t_s), one.text) for one in notices if one.shown is shown]
            if rows:
                yield from _timed_tables(title, head, rows)

    def _parameters(self) -> Iterator[Html]:
        yield element("h2", "Detector parameters at the start of the session")
        values = self._info.detector
        if not values:
            yield element("p", _NOT_KEPT, "muted")
        rows = [
            (_parameter(name).title, _value_words(name, value, values), _parameter(name).description.replace("`", ""))
            for name, value in values.items()
        ]
        for chunk in _chunks(rows):
            yield table(("parameter", "value", "what it is"), chunk, (20, 18, 62))

    def _clock(self, t_s: float) -> str:
        """Return the wall clock; with the date where it is not that of the beginning."""
        day, _, clock = self._info.timestamp(t_s).partition("T")
        return clock[:12] if self._info.timestamp(0.0).startswith(day) else f"{day} {clock[:12]}"


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(rows), _ROWS):
        yield rows[first : first + _ROWS]


def _timed_tables(title: str, head: str, rows: Sequence[tuple[str, str, str]]) -> Iterator[Html]:
    yield element("h2", title)
    for chunk in _chunks(rows):
        yield table(("time, s", "clock", head), chunk, (12, 20, 68), "nn")


def _verdict(color: str, before: str = "") -> Html:
    return element("span", f"{before}{_SHAPES.get(color, '')} {verdict_word(color)}", color)


def _moment_cell(moment: Moment, pictures: Sequence[KeptPicture]) -> Html:
    large = next((one for one in pictures if not one.small), None)
    small = next((one for one in pictures if one.small), None)
    if small is not None and large is not None and small.roi == large.roi:
        small = None
    shown = [(one, within) for one, within in ((large, _LARGE), (small, _SMALL)) if one is not None]
    if not shown:
        return joined(moment, Html("<br>"), element("span", _NOT_KEPT, "muted"))
    images = [_picture(one, within) for one, within in shown]
    measured = shown[-1][0]
    caption = f"{moment}, {measured.t_s:.2f} s, gray {measured.gray:.1f}"
    return joined(Html(" ".join(images)), Html("<br>"), element("span", caption, "muted"))


def _picture(picture: KeptPicture, within: Box) -> Html:
    try:
        return image(picture.png, f"{picture.moment}, {picture.t_s:.2f} s", within)
    except OSError:
        return element("span", "damaged", "muted")


def _drops_words(kept: KeptSession) -> str:
    if kept.knows_dropped_ticks:
        return str(kept.dropped_ticks)
    return f"not measured: {kept.dropped_ticks} have no sample, dropped or in a pause"


def _gray_words(gray: Statistics) -> str:
    if gray.mean is None or gray.deviation is None:
        return "nothing was measured"
    return f"mean {gray.mean:.2f}, standard deviation {gray.deviation:.2f}, from {gray.low:.2f} to {gray.high:.2f}"


def _roi_words(roi: str) -> str:
    try:
        parsed = Roi.parse(roi)
    except InvalidRoiError:
        return roi or _NOT_KEPT
    return f"{parsed.width} x {parsed.height} px at {parsed} (device pixels)"


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"{_parameter(name).title}: {_plain(name, before.get(name))} {_ARROW} {_plain(name, value)}"
        for name, value in after.items()
        if value != before.get(name)
    ]


def _parameter(name: str) -> FieldInfo:
    path = f"peak_detection.{name}"
    return next((field for field in fields() if field.path == path), FieldInfo(path, name, "", "fixed", None))


def _value_words(name: str, value: object, all_values: Mapping[str, Any]) -> str:
    unused = name == "threshold" and all_values.get("mode") == "adaptive"
    return f"{_plain(name, value)} (not used: fixed mode only)" if unused else _plain(name, value)


def _plain(name: str, value: object) -> str:
    """Return a value of a parameter with its unit."""
    words = value if isinstance(value, str) else json.dumps(value)
    return f"{words} {_parameter(name).unit}".rstrip()
