"""The report as PDF: whole pages, or nothing."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QThread
from PySide6.QtGui import QTextDocument, QTextFormat

from nhem_qt.errors import Cancelled
from nhem_qt.session import Drawing, ExportError, KeptSession, report_parts, report_style
from nhem_qt.ui.report_pdf import _Pages, write_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("qtbot")


def page_count(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def title_of(pdf: bytes) -> str:
    """Return the title, which stands in the file as UTF-16."""
    found = re.search(rb"/Title \((.*?)\)\n", pdf, re.DOTALL)
    assert found is not None
    return re.sub(rb"\\(.)", rb"\1", found[1]).decode("utf-16")


def drawn(pdf: bytes) -> list[bytes]:
    """Return what is drawn, page by page."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    texts = []
    for stream in streams:
        try:
            # The last byte of a checksum may look like the end of a line, and be taken for it.
            texts.append(zlib.decompressobj().decompress(stream))
        except zlib.error:
            continue
    return [text for text in texts if b" Tf" in text]


def pdf_of(path: Path, target: Path, title: str = "Session report") -> bytes:
    with KeptSession(path) as kept:
        write_pdf(report_parts(kept), report_style(), title, target)
    return target.read_bytes()


def test_a_pdf_has_pages_and_the_title(kept_demo: Path, tmp_path: Path) -> None:
    pdf = pdf_of(kept_demo, tmp_path / "report.pdf", f"Session report {kept_demo.stem}")
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert page_count(pdf) == len(drawn(pdf)) >= 2
    assert title_of(pdf) == f"Session report {kept_demo.stem}"


def test_parts_fill_the_pages_from_top_to_bottom(tmp_path: Path) -> None:
    def pages(count: int) -> int:
        write_pdf((f"<p>line {number}</p>" for number in range(count)), "", "lines", tmp_path / "lines.pdf")
        return page_count((tmp_path / "lines.pdf").read_bytes())

    assert pages(1) == 1
    assert pages(30) == 1
    assert 4 <= pages(300) <= 10


@pytest.mark.parametrize(("lines", "pages"), [(0, 1), (8, 1), (30, 2)])
def test_a_drawing_is_never_torn(tmp_path: Path, lines: int, pages: int) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="80"><rect width="100" height="80"/></svg>'
    write_pdf([*["<p>a line</p>"] * lines, Drawing(svg)], "", "drawing", tmp_path / "drawing.pdf")
    assert page_count((tmp_path / "drawing.pdf").read_bytes()) == pages


@pytest.mark.parametrize(("rows", "torn"), [(2, False), (3, True)])
def test_a_short_table_begins_a_page_rather_than_being_torn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, *, torn: bool
) -> None:
    breaks = []
    draw = _Pages._draw

    def spy(pages: _Pages, document: QTextDocument, number: int) -> None:
        tables = document.rootFrame().childFrames()
        breaks.extend(table.frameFormat().pageBreakPolicy() for table in tables if number == 0)
        draw(pages, document, number)

    monkeypatch.setattr(_Pages, "_draw", spy)
    row = f"<tr><td>{'<br>'.join(['word'] * (30 // rows))}</td></tr>"
    # Three quarters of the page are taken: the table would reach over its end.
    write_pdf([*["<p>a line</p>"] * 32, f"<table>{row * rows}</table>"], "", "table", tmp_path / "table.pdf")
    none = QTextFormat.PageBreakFlag.PageBreak_Auto
    assert [policy == none for policy in breaks] == [torn]
    assert page_count((tmp_path / "table.pdf").read_bytes()) == 2


def test_nothing_to_write_is_an_empty_page(tmp_path: Path) -> None:
    write_pdf((), "", "nothing", tmp_path / "empty.pdf")
    assert page_count((tmp_path / "empty.pdf").read_bytes()) == 1


def test_a_pdf_can_be_written_beside_the_window(qtbot: QtBot, kept_demo: Path, tmp_path: Path) -> None:
    class Writer(QThread):
        def run(self) -> None:
            pdf_of(kept_demo, tmp_path / "beside.pdf")

    writer = Writer()
    with qtbot.waitSignal(writer.finished, timeout=20_000):
        writer.start()
    writer.wait()
    assert page_count((tmp_path / "beside.pdf").read_bytes()) == page_count(pdf_of(kept_demo, tmp_path / "here.pdf"))


def test_a_pdf_that_is_cancelled_leaves_what_was_there(tmp_path: Path) -> None:
    def parts() -> Iterator[str]:
        yield "<p>begun</p>"
        raise Cancelled

    target = tmp_path / "report.pdf"
    with pytest.raises(Cancelled):
        write_pdf(parts(), "", "title", target)
    assert list(tmp_path.iterdir()) == []
    target.write_bytes(b"older")
    with pytest.raises(Cancelled):
        write_pdf(parts(), "", "title", target)
    assert target.read_bytes() == b"older"


@pytest.mark.parametrize("place", [lambda folder: folder / "none" / "x.pdf", lambda folder: folder])
def test_a_pdf_that_cannot_be_written_is_told(tmp_path: Path, place: Callable[[Path], Path]) -> None:
    with pytest.raises(ExportError, match="choose another folder"):
        write_pdf(["<p>words</p>"], "", "title", place(tmp_path))
