"""The report of a session: true, complete, escaped, and in need of nothing else."""

from __future__ import annotations

import base64
import dataclasses
import io
import re
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from nhem_qt.detection import DetectorConfig, Reason, Rejection
from nhem_qt.errors import Cancelled
from nhem_qt.session import (
    Change,
    ExportError,
    KeptNotice,
    KeptSession,
    Mark,
    SessionStore,
    Span,
    StoreError,
    note_session,
    rename_session,
    report_html,
    write_report,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo

PATIENCE_S = 60.0
VOID = {"meta", "img", "br"}
SIMULATED, INTERRUPTED = "SIMULATED:", "INTERRUPTED:"


class Page(HTMLParser):
    """A report as a browser sees it; fails on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def images(self) -> list[Image.Image]:
        sources = [str(attributes["src"]) for tag, attributes in self.tags if tag == "img"]
        raw = [base64.b64decode(source.partition(";base64,")[2]) for source in sources]
        return [Image.open(io.BytesIO(each)) for each in raw]

    def rows_of(self, head: str) -> list[list[str]]:
        """Return the rows below a table head that begins so."""
        first = next(index for index, row in enumerate(self.rows) if row[0] == head)
        end = next((i for i in range(first + 1, len(self.rows)) if len(self.rows[i]) != len(self.rows[first])), None)
        return self.rows[first + 1 : end]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.words.append(data)
        if "tr" in self._open:
            self.rows[-1][-1] += data


def page_of(path: Path, span: Span | None = None) -> Page:
    with KeptSession(path, span) as kept:
        return Page("".join(report_html(kept, span)))


def make_second_version(path: Path) -> None:
    """Take from a file what the second version did not keep."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE picture; ALTER TABLE notice DROP COLUMN shown; PRAGMA user_version = 2;")


def keep(folder: Path, info: SessionInfo, *items: Any, finished: bool = True) -> Path:
    store = SessionStore(folder, info)
    for item in items:
        store.put(item)
    assert store.flush(PATIENCE_S)
    path = store.path
    if finished:
        assert store.close(PATIENCE_S)
    return path


@pytest.fixture
def samples(sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]) -> list[Sample]:
    """Ten seconds with one green and one red peak."""
    peaks = {
        100: peak_of(1, start_s=1.0, end_s=1.6444, decided_frame=100, difference=4.333),
        300: peak_of(2, color="red", start_s=5.0, end_s=5.7, decided_frame=300, difference=-0.004, confidence=0.9),
    }
    return [sample_of(index, 100 + index % 2, peaks.get(index)) for index in range(450)]


# --- what it tells


def test_every_peak_is_told_with_shape_word_times_means_and_confidence(
    tmp_path: Path, info: SessionInfo, samples: list[Sample]
) -> None:
    page = page_of(keep(tmp_path, info, *samples))
    assert page.rows_of("#") == [
        ["1", "\u25b2 HEM", "1.00", "23:59:59.123", "0.67", "100.00", "104.33", "+4.33", "75 %"],
        ["2", "\u25cf no HEM", "5.00", "2024-05-18 00:00:03.123", "0.67", "100.00", "104.33", "+0.00", "90 %"],
    ]
    assert "2 emissions: 1 \u25b2 HEM, 1 \u25cf no HEM" in page.text
    assert "no clinical claim" in page.text


def test_the_facts_of_the_session_are_told(kept_demo: Path) -> None:
    rename_session(kept_demo, "Liver phantom")
    note_session(kept_demo, "first line\nsecond line")
    page = page_of(kept_demo)
    facts = {row[0]: row[1] for row in page.rows if len(row) == 2}
    with KeptSession(kept_demo) as kept:
        info = kept.info
        assert facts["id"] == info.session_id
        assert facts["samples"] == str(kept.sample_count) == "900"
        assert facts["recorded by"] == f"NHEM-Qt {info.program_version}"
    assert facts["begin"].startswith(f"{info.started_at:%Y-%m-%d %H:%M:%S}")
    assert (facts["name"], facts["source"], facts["mode"]) == ("Liver phantom", "demo", "dual")
    assert facts["region measured"].startswith("50 x 50 px at ")
    assert facts["length"].startswith("0:00:20")
    assert "first linesecond line" in page.text
    assert ["8.00", f"{info.timestamp(8.0)[11:23]}", "HIFU on"] in page.rows
    assert ["Difference threshold", "2.1 gray"] in [row[:2] for row in page.rows] + [row[2:] for row in page.rows]
    assert "105.0 gray (not used: fixed mode only)" in page.text


def test_the_pictures_of_every_peak_are_shown(kept_demo: Path) -> None:
    with KeptSession(kept_demo) as kept:
        peaks = kept.peaks()
        captions = [
            f"{one.moment}, {one.t_s:.2f} s, gray {one.gray:.1f}"
            for peak in peaks
            for one in sorted(kept.pictures_of(peak.peak_index), key=lambda one: one.t_s)
            if one.small
        ]
    page = page_of(kept_demo)
    images = page.images()
    assert len(images) == 6 * len(peaks)
    # What was measured is shown to the pixel.
    assert [image.size for image in images if image.format == "PNG"] == [(50, 50)] * 3 * len(peaks)
    assert {max(image.size) for image in images if image.format == "JPEG"} == {320}
    for caption in captions:
        assert caption in page.text
    assert "not kept" not in page.text


def test_pictures_that_were_not_kept_are_told_to_be_missing(
    tmp_path: Path, info: SessionInfo, samples: list[Sample]
) -> None:
    page = page_of(keep(tmp_path, info, *samples))
    assert page.images() == []
    assert page.text.count("beforenot kept") == page.text.count("afternot kept") == 2


@pytest.mark.parametrize(("source", "simulated"), [("screen", False), ("video", False), ("demo", True), ("sine", True)])
def test_a_simulated_source_is_told_at_the_top(
    tmp_path: Path, info: SessionInfo, samples: list[Sample], source: str, *, simulated: bool
) -> None:
    page = page_of(keep(tmp_path, dataclasses.replace(info, source=source), *samples))
    assert (SIMULATED in page.text) is simulated
    if simulated:
        assert page.text.index(SIMULATED) < page.text.index("emissions:")


def test_an_interrupted_session_is_told_at_the_top(tmp_path: Path, info: SessionInfo, samples: list[Sample]) -> None:
    assert INTERRUPTED not in page_of(keep(tmp_path / "whole", info, *samples)).text
    store = SessionStore(tmp_path / "half", info)
    for sample in samples:
        store.put(sample)
    assert store.flush(PATIENCE_S)
    page = page_of(store.path)
    assert store.close(PATIENCE_S)
    assert page.text.index(INTERRUPTED) < page.text.index("emissions:")
    assert ["end", "not noted"] in page.rows


def test_of_a_span_only_that_is_told(kept_demo: Path) -> None:
    with KeptSession(kept_demo) as kept:
        first, *others = kept.peaks()
    span = Span(first.start_s - 1, first.end_s + 1)
    page = page_of(kept_demo, span)
    assert "PART:" in page.text
    assert [row[0] for row in page.rows_of("#")] == ["1"]
    assert others
    assert len(page.images()) == 6
    assert [attributes.get("class") for tag, attributes in page.tags if tag == "g"].count("peak") == 1
    facts = {row[0]: row[1] for row in page.rows if len(row) == 2}
    assert int(facts["samples"]) == pytest.approx(span.length_s * 45, abs=2)


def test_rejections_changes_and_notices_are_told(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    detector = DetectorConfig().model_dump(mode="json")
    info = dataclasses.replace(info, detector=detector, small_roi="185,145,235,195")
    reasons = [Reason.TOO_SHORT, Reason.FLAT, Reason.TOO_SHORT]
    rejected = [
        dataclasses.replace(sample_of(index), rejection=Rejection(reason, index, index + 1, 0.1, 0.2, 1.0, 3.0))
        for index, reason in enumerate(reasons)
    ]
    changes = [
        Change(1.5, "detector", detector | {"difference_threshold": 3.5}),
        Change(2.0, "detector", detector | {"difference_threshold": 3.5, "mode": "fixed"}),
        Change(2.5, "roi", "0,0,200,200"),
    ]
    notices = [KeptNotice(0.5, "The region was adjusted"), KeptNotice(0.6, "The picture stands still", shown=False)]
    page = page_of(keep(tmp_path, info, *rejected, *changes, *notices))
    assert page.rows_of("reason") == [["too short", "2"], ["flat", "1"]]
    told = [row[2] for row in page.rows if len(row) == 3 and row[2] != "what it is"][: -len(detector)]
    assert told == [
        *("change", "Difference threshold: 2.1 gray \u2192 3.5 gray", "Mode: adaptive \u2192 fixed"),
        "region shown: 10,20,410,320 \u2192 0,0,200,200",
        *("what the operator was told", "The region was adjusted"),
        *("what the program noticed and told nobody", "The picture stands still"),
    ]


def test_every_parameter_is_explained(kept_demo: Path) -> None:
    rows = [row for row in page_of(kept_demo).rows if len(row) == 3]
    explained = {row[0]: row[1:] for row in rows[rows.index(["parameter", "value", "what it is"]) :]}
    assert len(explained) == len(DetectorConfig.model_fields) + 1
    assert explained["Lively"][0] == "0.15 gray"
    assert explained["Lively"][1].startswith("Noise of a picture that is alive")
    assert explained["Threshold"][0] == "105.0 gray (not used: fixed mode only)"
    assert all(row[1] for row in explained.values())


def test_ticks_that_only_may_have_been_dropped_are_not_called_so(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    path = keep(tmp_path, info, *(sample_of(index) for index in (0, 1, 2, 8, 9)))

    def told(span: Span | None = None) -> str:
        return next(row[1] for row in page_of(path, span).rows if row[0] == "ticks dropped")

    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT OR REPLACE INTO session VALUES ('dropped_ticks', '2')")
        connection.commit()
    part = Span(0.0, 0.2)
    assert (told(), told(part)) == ("2", "5")
    make_second_version(path)
    assert (told(), told(part)) == ("2", "not measured: 5 have no sample, dropped or in a pause")


def test_what_an_older_file_does_not_tell_is_not_made_up(tmp_path: Path, info: SessionInfo) -> None:
    page = page_of(keep(tmp_path, info))
    facts = {row[0]: row[1] for row in page.rows if len(row) == 2}
    assert (facts["region measured"], facts["recorded by"]) == ("not kept", "not kept")
    assert facts["gray value"] == "nothing was measured"
    assert re.search(r"Detector parameters at the start of the session\s*not kept", page.text)
    assert "0 emissions" in page.text


# --- one file that needs nothing else


def test_a_report_comes_in_pieces_none_of_them_long(kept_demo: Path) -> None:
    with KeptSession(kept_demo) as kept:
        lengths = [len(piece) for piece in report_html(kept)]
        pictures = sum(len(picture.png) for picture in kept.pictures_of(1))
    assert max(lengths) < 2 * pictures
    assert sum(lengths) > 3 * max(lengths)


def test_a_report_refers_to_nothing_outside_of_itself(kept_demo: Path) -> None:
    with KeptSession(kept_demo) as kept:
        html = "".join(report_html(kept))
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "base", "a", "form"}
    for _, attributes in page.tags:
        assert str(attributes.get("src", "data:image/")).startswith("data:image/")
        assert not {"href", "srcset", "background", "action"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"@import|url\(|@font-face", html)
    assert set(re.findall(r"https?://[^\"< ]*", html)) == {"http://www.w3.org/2000/svg"}


EVIL = "<script>alert('1')</script> & \"quotes\" \u63a2\u5934"


def test_what_people_wrote_is_shown_as_they_wrote_it(tmp_path: Path, info: SessionInfo, samples: list[Sample]) -> None:
    path = keep(tmp_path, info, *samples, Mark(2.0, EVIL), KeptNotice(3.0, EVIL))
    rename_session(path, EVIL)
    note_session(path, EVIL)
    page = page_of(path)
    assert "script" not in {tag for tag, _ in page.tags}
    # Title, heading, drawing (title and flag), note, mark, fact, notice.
    assert page.text.count(EVIL) >= 6


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_words_leave_the_page_well_formed(
    tmp_path_factory: pytest.TempPathFactory, info: SessionInfo, words: str
) -> None:
    path = keep(tmp_path_factory.mktemp("words"), info, Mark(1.0, words), KeptNotice(1.0, words))
    note_session(path, words)
    with KeptSession(path) as kept:
        html = "".join(report_html(kept))
    Page(html)
    assert html.encode()


# --- whole or not at all


def impatient(limit: float) -> Callable[[float], None]:
    def progress(share: float) -> None:
        if share >= limit:
            raise Cancelled

    return progress


@pytest.mark.parametrize("limit", [0.0, 0.3, 0.52, 0.7, 0.96, 1.0])
def test_a_cancelled_report_leaves_what_was_there(kept_demo: Path, tmp_path: Path, limit: float) -> None:
    target = tmp_path / "report.html"
    with pytest.raises(Cancelled):
        write_report(kept_demo, target, progress=impatient(limit))
    assert not target.exists()
    target.write_text("older", encoding="utf-8")
    with pytest.raises(Cancelled):
        write_report(kept_demo, target, progress=impatient(limit))
    assert target.read_text(encoding="utf-8") == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "report.html"]


def test_the_progress_of_a_report_grows_to_the_end(kept_demo: Path, tmp_path: Path) -> None:
    shares: list[float] = []
    write_report(kept_demo, tmp_path / "report.html", progress=shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert Page((tmp_path / "report.html").read_text(encoding="utf-8")).rows_of("#")


def test_what_is_wrong_with_session_or_target_is_told(kept_demo: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        write_report(tmp_path / "none.sqlite", tmp_path / "report.html")
    with pytest.raises(ExportError, match="choose another folder"):
        write_report(kept_demo, tmp_path / "nowhere" / "report.html")


def test_a_report_of_hundreds_of_peaks_stays_handy(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    peaks = [peak_of(number, start_s=float(number), end_s=number + 0.5, decided_frame=number) for number in range(300)]
    page = page_of(keep(tmp_path, info, *(sample_of(number, 100.0, peaks[number]) for number in range(300))))
    numbers = [row[0] for row in page.rows if len(row) == 9 and row[0] != "#"]
    assert numbers == [str(number) for number in range(300)]
    assert sum(row[0] == "#" for row in page.rows if row) == 8
