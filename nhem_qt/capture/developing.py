"""Regions of decoded frames as the pixels that a player shows. Needs PyAV."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from av.filter import Graph
from av.sidedata.sidedata import SideData
from av.video.reformatter import Interpolation, VideoReformatter

from nhem_qt.capture.turning import Turning
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from av import VideoFrame

    from nhem_qt.frame import Pixels

# Colour is stored for blocks of at most 4x4 px and interpolated between them: a region is converted together with
# what is around it, so that a pixel has the same value in whatever region it is asked for.
_BLOCK_PX = 4
_MARGIN_PX = 8

# Regions of a session are two, and rarely other ones.
_MOST_REGIONS = 8

# The shortest way from YUV to RGB rounds every term down: a whole gray too dark, in the mean. By way of planes with
# accurate rounding the error is half a step per colour.
_ACCURATE = Interpolation.BILINEAR | Interpolation.ACCURATE_RND


class Developer:
    """Gives regions of frames that are like `first`: same size, same format, same turning."""

    def __init__(self, first: VideoFrame) -> None:
        self._turning = _turning(first)
        self.shown = Roi(0, 0, *self._turning.shown_size(first.width, first.height))
        self._regions: dict[Roi, _Region] = {}

    def pixels(self, frame: VideoFrame, roi: Roi) -> Pixels:
        """Return the BGRA pixels of the region `roi` of the shown picture."""
        stored = self._turning.stored(roi, self.shown)
        return self._turning.turned(self._region(frame, stored).pixels(frame))

    def _region(self, frame: VideoFrame, stored: Roi) -> _Region:
        region = self._regions.get(stored)
        if region is None:
            if len(self._regions) >= _MOST_REGIONS:
                self._regions.clear()
            region = self._regions[stored] = _Region(frame, stored)
        return region


class _Region:
    """Cuts one region of the stored picture out of every frame, then converts no more than that."""

    def __init__(self, frame: VideoFrame, roi: Roi) -> None:
        block = _block(roi, Roi(0, 0, frame.width, frame.height))
        self._graph = _cutting(frame, block)
        inside = roi.moved(-block.x1, -block.y1)
        self._rows, self._columns = slice(inside.y1, inside.y2), slice(inside.x1, inside.x2)
        self._is_rgb = frame.format.is_rgb or frame.format.has_palette
        self._to_planes, self._to_bgra = VideoReformatter(), VideoReformatter()

    def pixels(self, frame: VideoFrame) -> Pixels:
        self._graph.vpush(frame)
        part = self._graph.vpull()
        if not self._is_rgb:
            matrix, span = frame.colorspace, frame.color_range
            part = self._to_planes.reformat(
                part, format="gbrp", src_colorspace=matrix, src_color_range=span, interpolation=_ACCURATE, threads=1
            )
        bgra = cast("Pixels", self._to_bgra.reformat(part, format="bgra", threads=1).to_ndarray())
        return bgra[self._rows, self._columns]


def _block(roi: Roi, stored: Roi) -> Roi:
    """Return the region with the colour blocks in it and around it, as far as the picture reaches."""
    x1, y1 = ((one - _MARGIN_PX) // _BLOCK_PX * _BLOCK_PX for one in (roi.x1, roi.y1))
    x2, y2 = (-(-(one + _MARGIN_PX) // _BLOCK_PX) * _BLOCK_PX for one in (roi.x2, roi.y2))
    return Roi(max(x1, 0), max(y1, 0), min(x2, stored.x2), min(y2, stored.y2))


def _cutting(frame: VideoFrame, block: Roi) -> Graph:
    """Return a filter that gives the block of a frame without copying it.

    Where a picture ends within a colour block, the block is made whole: it would be stretched over the rest of it.
    """
    graph = Graph()
    nodes = [
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)),
        graph.add("crop", f"{block.width}:{block.height}:{block.x1}:{block.y1}:exact=1"),
    ]
    width, height = _whole_blocks(frame, block)
    if (width, height) != (block.width, block.height):
        nodes.append(graph.add("pad", f"{width}:{height}:0:0"))
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    return graph


def _whole_blocks(frame: VideoFrame, block: Roi) -> tuple[int, int]:
    width_px = _BLOCK_PX // (frame.format.chroma_width(_BLOCK_PX) or _BLOCK_PX)
    height_px = _BLOCK_PX // (frame.format.chroma_height(_BLOCK_PX) or _BLOCK_PX)
    return -(-block.width // width_px) * width_px, -(-block.height // height_px) * height_px


def _turning(frame: VideoFrame) -> Turning:
    matrix = frame.side_data.get("DISPLAYMATRIX")
    return Turning.of_matrix(struct.unpack("9i", bytes(matrix))) if isinstance(matrix, SideData) else Turning()
