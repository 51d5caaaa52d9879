"""The peaks in the curve: their spans, and their verdicts where there is room for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen

from nhem_qt.ui import palette
from nhem_qt.ui.curve_box import CurveOverlay, draw_columns, draw_words, words_size
from nhem_qt.ui.curve_marks import FLAGS_HEIGHT_PX
from nhem_qt.ui.verdict import HEM, NO_HEM, verdict_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from nhem_qt.detection import Peak
    from nhem_qt.ui.curve_box import CurveBox

_UNDER_THE_LINES, _UNDER_THE_WORDS, _OVER_THE_LINES = -1.0, 0.7, 1.0
_SHADE_ALPHA = 60
_LEAST_WIDTH_PX = 3.0
# A narrower span shows its middle instead of its edges.
_LEAST_WIDTH_WITH_EDGES_PX = 6.0
_SOLID_PX, _DOTS_PX = (1, 0), (2, 3)
_GAP_PX = 3.0
_FRAME_PX, _FRAME_GAP_PX, _LEAST_FRAME_PX = 2.0, 2.0, 10.0
# For the shape of a verdict.
_LEAST_ROOM_PX = 16.0


class PeakTrack:
    """Peaks in time order, searched by time."""

    def __init__(self, peaks: tuple[Peak, ...]) -> None:
        self.peaks: tuple[Peak, ...] = tuple(sorted(peaks, key=lambda peak: peak.start_s))
        self.starts_s = np.array([peak.start_s for peak in self.peaks])
        # In order also where peaks overlap, so that they can be searched.
        self.ends_s = np.maximum.accumulate(np.array([peak.end_s for peak in self.peaks]))
        self.is_green = np.array([verdict_of(peak.color) is HEM for peak in self.peaks], dtype=bool)

    def within(self, begin_s: float, end_s: float) -> tuple[int, int]:
        """Return the numbers of the first peak of which something lies in this time, and of the first one after it."""
        first = int(np.searchsorted(self.ends_s, begin_s))
        return first, max(first, int(np.searchsorted(self.starts_s, end_s, "right")))

    def nearest(self, t_s: float, reach_s: float) -> Peak | None:
        """Return the peak at or next to a moment, if it is not farther away than that."""
        first, end = self.within(t_s - reach_s, t_s + reach_s)
        near = self.peaks[first:end]
        return min(near, key=lambda peak: max(peak.start_s - t_s, t_s - peak.end_s), default=None)


class PeakSpans:
    """Draws any number of peaks at a cost that depends on what is seen of them; of a preview outlines, words below."""

    def __init__(self, box: CurveBox, *, preview: bool = False) -> None:
        self._overlays = (_Shades(box, preview=preview), _Words(box, preview=preview))
        self._frame = _Frame(box)
        self._track = PeakTrack(())

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """What is drawn, in time order."""
        return self._track.peaks

    def show(self, peaks: tuple[Peak, ...]) -> None:
        """Draw these peaks and no others."""
        self._track = PeakTrack(peaks)
        if self._frame.peak not in peaks:
            self.choose(None)
        for overlay in self._overlays:
            overlay.show_track(self._track)

    def choose(self, peak: Peak | None) -> None:
        """Frame this peak; None frames none."""
        self._frame.show_peak(peak)

    def peak_at(self, t_s: float) -> Peak | None:
        """Return the peak that is drawn at a moment."""
        return self._track.nearest(t_s, _LEAST_WIDTH_PX / self._overlays[0].px_per_s)


class _PeakOverlay(CurveOverlay):
    """Knows where the peaks that are seen lie."""

    def __init__(self, box: CurveBox, z: float, *, preview: bool) -> None:
        super().__init__(box, z)
        self._preview = preview
        self._track = PeakTrack(())

    def show_track(self, track: PeakTrack) -> None:
        self._track = track
        self.update()

    def _seen(self) -> tuple[slice, NDArray[np.float64], NDArray[np.float64]]:
        """Return which peaks are seen, and their edges in pixels: none is too narrow to be seen."""
        begin_s, end_s = self.range_s
        reach_s = _LEAST_WIDTH_PX / self.px_per_s
        seen = slice(*self._track.within(begin_s - reach_s, end_s + reach_s))
        lefts, rights = self.x_px(self._track.starts_s[seen]), self.x_px(self._track.ends_s[seen])
        more = np.maximum(0, _LEAST_WIDTH_PX - (rights - lefts)) / 2
        return seen, lefts - more, rights + more

    def _are_apart(self, count: int) -> bool:
        return count * _LEAST_ROOM_PX > self.width_px


class _Shades(_PeakOverlay):
    """The spans, under the lines."""

    def __init__(self, box: CurveBox, *, preview: bool) -> None:
        super().__init__(box, _UNDER_THE_LINES, preview=preview)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        seen, lefts, rights = self._seen()
        is_green = self._track.is_green[seen]
        areas = self._areas(len(lefts))
        for verdict, which, area in zip((HEM, NO_HEM), (is_green, ~is_green), areas, strict=True):
            if which.any():
                columns = self._columns(verdict.colour, lefts[which], rights[which])
                draw_columns(painter, columns, area, _DOTS_PX if self._preview else _SOLID_PX)

    def _areas(self, count: int) -> tuple[QRectF, QRectF]:
        """Return where HEM and where no HEM is drawn: apart where they are too many to be told from their shapes."""
        if not self._are_apart(count):
            return self._rect, self._rect
        half = self._rect.height() / 2
        return self._rect.adjusted(0, 0, 0, -half), self._rect.adjusted(0, half, 0, 0)

    def _columns(self, colour: QColor, lefts: NDArray[np.float64], rights: NDArray[np.float64]) -> NDArray[np.uint32]:
        """Return the columns that are shaded, and the lines: at both edges, in a narrow span in the middle."""
        edges = np.clip(np.floor((lefts, rights)), 0, self.width_px).astype(np.intp)
        columns = np.zeros(self.width_px + 1, np.uint32)
        if not self._preview:
            begun, ended = (np.bincount(places, minlength=len(columns)) for places in edges)
            shade = QColor(colour)
            shade.setAlpha(_SHADE_ALPHA)
            columns[np.cumsum(begun - ended) > 0] = shade.rgba()
        is_wide = _is_wide(lefts, rights)
        lines = np.concatenate((lefts[is_wide], rights[is_wide] - 1, (lefts + rights - 1)[~is_wide] / 2))
        lines = np.floor(lines[(lines >= 0) & (lines < self.width_px)]).astype(np.intp)
        columns[lines] = colour.rgba()
        return columns[:-1]


class _Words(_PeakOverlay):
    """The verdicts, over the lines: shape, word and difference where there is room, else the shape, else nothing."""

    def __init__(self, box: CurveBox, *, preview: bool) -> None:
        super().__init__(box, _OVER_THE_LINES, preview=preview)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        seen, lefts, rights = self._seen()
        if self._are_apart(len(lefts)):
            return
        peaks = self._track.peaks[seen]
        # In a wide span, beside a narrow one.
        places = np.maximum(np.where(_is_wide(lefts, rights), lefts + 1, rights), 0)
        ends = np.append(lefts[1:], self._rect.width()) - _GAP_PX
        for number in np.flatnonzero(ends - places >= _LEAST_ROOM_PX).tolist():
            self._paint_verdict(painter, peaks[number], (places[number], ends[number]))

    def _paint_verdict(self, painter: QPainter, peak: Peak, room: tuple[float, float]) -> None:
        """Write what has room between two places."""
        for words in self._words_of(peak):
            size = words_size(painter, words)
            if size.width() <= room[1] - room[0]:
                top = self._rect.bottom() - size.height() - FLAGS_HEIGHT_PX if self._preview else self._rect.top()
                draw_words(painter, words, verdict_of(peak.color).colour, QRectF(QPointF(room[0], top), size))
                return

    def _words_of(self, peak: Peak) -> tuple[str, str]:
        verdict = verdict_of(peak.color)
        doubt = "?" if self._preview else ""
        return f"{verdict}\n{peak.difference:+z.2f}{doubt}", verdict.shape + doubt


class _Frame(CurveOverlay):
    """A frame around one peak, over all that is drawn of it."""

    def __init__(self, box: CurveBox) -> None:
        super().__init__(box, _UNDER_THE_WORDS)
        self.peak: Peak | None = None

    def show_peak(self, peak: Peak | None) -> None:
        self.peak = peak
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        if self.peak is None:
            return
        left, right = self.x_px(np.array([self.peak.start_s, self.peak.end_s])).tolist()
        more = max(_FRAME_GAP_PX, (_LEAST_FRAME_PX - (right - left)) / 2)
        painter.setPen(QPen(palette.TEXT, _FRAME_PX))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = _FRAME_PX / 2
        painter.drawRect(QRectF(left - more, inset, right - left + 2 * more, self._rect.height() - 2 * inset))


def _is_wide(lefts: NDArray[np.float64], rights: NDArray[np.float64]) -> NDArray[np.bool_]:
    return rights - lefts >= _LEAST_WIDTH_WITH_EDGES_PX
