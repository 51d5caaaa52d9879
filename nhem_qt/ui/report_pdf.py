"""The report of a session as PDF, laid out by Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QMarginsF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTable,
)
from PySide6.QtSvg import QSvgRenderer

from nhem_qt.session import Drawing, write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from PySide6.QtCore import QIODevice

_MARGIN_MM = 15.0
_FOOT_MM = 8.0
_GAP_MM = 3.0
_MM_PER_INCH = 25.4
_FONT_PT = 9
# So many parts are laid out at once: the window waits while Qt does that.
_PARTS_AT_ONCE = 4
_LEAST_SHARE_BELOW_HEADING = 0.15
# The pictures of an emission under their head.
_ROWS_KEPT_TOGETHER = 2


def write_pdf(parts: Iterable[str | Drawing], style: str, title: str, target: Path) -> None:
    """Write parts of HTML, none of them long, and drawings as a PDF of A4 pages, whole or not at all.

    May be called in any thread that Qt has made, and never holds up the others for long. Raises ExportError, and
    whatever the parts raise.
    """
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    pages = _Pages(buffer, title)
    try:
        pages.add_all(parts, style)
    finally:
        pages.end()
    write_bytes(target, bytes(buffer.data().data()))


class _Pages:
    """Pages of a PDF that are filled from the top, each with the title and its number at its foot."""

    def __init__(self, device: QIODevice, title: str) -> None:
        self._title = title
        self._count = 0
        self._used = 0.0
        self._writer = QPdfWriter(device)
        self._writer.setTitle(title)
        self._writer.setCreator("NHEM-Qt")
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
        self._writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
        self._painter = QPainter(self._writer)
        # Lengths in a document are those of a screen.
        self._scale = self._writer.logicalDpiY() / QGuiApplication.primaryScreen().logicalDotsPerInchY()
        self._area = QRectF(0, 0, self._writer.width(), self._writer.height() - self._length(_FOOT_MM))
        self._begin_page()

    def add_all(self, parts: Iterable[str | Drawing], style: str) -> None:
        """Put parts below each other."""
        texts: list[str] = []
        for part in parts:
            if isinstance(part, Drawing):
                self._add_text(texts, style)
                texts = []
                self._add_drawing(part)
            elif len(texts) < _PARTS_AT_ONCE:
                texts.append(part)
            else:
                self._add_text(texts, style)
                texts = [part]
        self._add_text(texts, style)

    def end(self) -> None:
        """Draw no more."""
        self._painter.end()

    def _add_drawing(self, drawing: Drawing) -> None:
        renderer = QSvgRenderer(drawing.svg.encode())
        size, gap = renderer.defaultSize(), self._length(_GAP_MM)
        height = self._area.width() * size.height() / size.width()
        if self._used + gap + height > self._area.height():
            self._begin_page()
        renderer.render(self._painter, QRectF(0, self._used + gap, self._area.width(), height))
        self._used += height + 2 * gap

    def _add_text(self, texts: Sequence[str], style: str) -> None:
        if not texts:
            return
        document = self._document(f"<style>{style}</style>{''.join(texts)}")
        _keep_together(document)
        pages = document.pageCount()
        for number in range(pages):
            if number:
                self._begin_page()
            self._draw(document, number)
        self._used = document.size().height() - (pages - 1) * self._area.height()

    def _document(self, html: str) -> QTextDocument:
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.documentLayout().setPaintDevice(self._writer)
        document.setDefaultFont(QFont("sans-serif", _FONT_PT))
        document.setDocumentMargin(0)
        document.setHtml(html)
        # What stands on the page already is left free.
        free = QTextBlockFormat()
        free.setLineHeight(self._used / self._scale, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor = QTextCursor(document)
        cursor.insertBlock()
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        cursor.setBlockFormat(free)
        document.setPageSize(self._area.size())
        return document

    def _draw(self, document: QTextDocument, number: int) -> None:
        part = self._area.translated(0, number * self._area.height())
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = part
        context.palette.setColor(QPalette.ColorRole.Text, QColor("black"))
        self._painter.save()
        self._painter.translate(-part.topLeft())
        self._painter.setClipRect(part)
        document.documentLayout().draw(self._painter, context)
        self._painter.restore()

    def _begin_page(self) -> None:
        if self._count:
            self._writer.newPage()
        self._count += 1
        self._used = 0.0
        foot = QRectF(0, self._area.bottom(), self._area.width(), self._length(_FOOT_MM))
        self._painter.setFont(QFont("sans-serif", _FONT_PT - 1))
        bottom = Qt.AlignmentFlag.AlignBottom
        self._painter.drawText(foot, bottom | Qt.AlignmentFlag.AlignLeft, self._title)
        self._painter.drawText(foot, bottom | Qt.AlignmentFlag.AlignRight, str(self._count))

    def _length(self, millimetres: float) -> float:
        return self._writer.resolution() * millimetres / _MM_PER_INCH


def _keep_together(document: QTextDocument) -> None:
    """Begin a page before what its end would tear apart: short tables, and headings from what they head."""
    layout, height = document.documentLayout(), document.pageSize().height()
    for block in _blocks(document):
        room = height - layout.blockBoundingRect(block).bottom() % height
        if block.blockFormat().headingLevel() and room < _LEAST_SHARE_BELOW_HEADING * height:
            form = QTextBlockFormat()
            form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            QTextCursor(block).mergeBlockFormat(form)
    for frame in document.rootFrame().childFrames():
        place = layout.frameBoundingRect(frame)
        torn = place.top() // height != (place.bottom() - 1) // height
        if torn and isinstance(frame, QTextTable) and frame.rows() <= _ROWS_KEPT_TOGETHER:
            whole = frame.format()
            whole.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            frame.setFormat(whole)


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()
