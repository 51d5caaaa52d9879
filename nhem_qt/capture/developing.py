"""Regions of decoded frames as the pixels that a player shows. Needs PyAV."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import SideData
from av.video.reformatter import VideoReformatter

from nhem_qt.capture.turning import Turning
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.plane import VideoPlane

    from nhem_qt.frame import Pixels

Values: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[np.uint8]]"
"""One colour of a picture, shape (height, width)."""

# Colour is stored for blocks of at most 4x4 px.
_LARGEST_BLOCK_PX = 4

# Two have a part in the colour of a pixel, and fewer than four in a row are interpolated in another way.
_BLOCKS_AROUND = 3

# Regions of a session are two, and rarely other ones.
_MOST_REGIONS = 8

# The shortest way from YUV to RGB rounds every term down: a whole gray too dark, in the mean. By way of planes with
# accurate rounding the error is half a step per colour. These are SWS_BILINEAR and SWS_ACCURATE_RND.
_ACCURATE = 0x2 | 0x40000

# The bytes of a pixel in one number.
_BGRA = np.dtype("<u4")
_OPAQUE = _BGRA.type(0xFF000000)


class Developer:
    """Gives regions of frames that are like `first`: same size, same format, same turning."""

    def __init__(self, first: VideoFrame) -> None:
        self._turning = _turning(first)
        self.shown = Roi(0, 0, *self._turning.shown_size(first.width, first.height))
        self._regions: dict[Roi, _Region] = {}

    def pixels(self, frame: VideoFrame, roi: Roi) -> Pixels:
        """Return the BGRA pixels of the region `roi` of the shown picture."""
        region = self._regions.get(roi)
        if region is None:
            region = self._remembered(roi, _Region(frame, self._turning.stored(roi, self.shown), self._turning))
        return region.pixels(frame)

    def _remembered(self, roi: Roi, region: _Region) -> _Region:
        if len(self._regions) >= _MOST_REGIONS:
            self._regions.clear()
        self._regions[roi] = region
        return region


class _Region:
    """Cuts one region of the stored picture out of every frame, converts no more than that, and turns it."""

    def __init__(self, frame: VideoFrame, roi: Roi, turning: Turning) -> None:
        part = _with_surroundings(roi, frame)
        self._graph = _cutting(frame, part)
        inside = roi.moved(-part.x1, -part.y1)
        self._rows, self._columns = slice(inside.y1, inside.y2), slice(inside.x1, inside.x2)
        self._turned = turning.turned
        self._to_planes = VideoReformatter()

    def pixels(self, frame: VideoFrame) -> Pixels:
        self._graph.vpush(frame)
        part = self._graph.vpull()
        colours = self._to_planes.reformat(part, format="gbrp", interpolation=_ACCURATE, threads=1)
        green, blue, red = (_values(plane)[self._rows, self._columns] for plane in colours.planes)
        return self._turned(_bgra(blue, green, red))


def _values(plane: VideoPlane) -> Values:
    """Return the values of a plane as a view; its lines in memory may be longer than the picture is wide."""
    # It is one, which PyAV does not declare.
    buffer = cast("memoryview", plane)
    return np.frombuffer(buffer, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def _bgra(blue: Values, green: Values, red: Values) -> Pixels:
    """Put three planes together, four bytes at once: the conversion of FFmpeg takes five times as long for that.

    All in one array: memory for more of them would be asked of the system for every picture.
    """
    pixels = red.astype(_BGRA)
    for values in (green, blue):
        pixels <<= _BGRA.type(8)
        pixels |= values
    pixels |= _OPAQUE
    return pixels.view(np.uint8).reshape(*pixels.shape, 4)


def _with_surroundings(roi: Roi, frame: VideoFrame) -> Roi:
    """Return the region with the colour blocks in it and some around it, as far as the picture reaches.

    Colours are interpolated between blocks: so a pixel has the same value in whatever region it is asked for.
    """
    width_px, height_px = _block_px(frame)
    more = _BLOCKS_AROUND
    x1, x2 = (roi.x1 // width_px - more) * width_px, (-(-roi.x2 // width_px) + more) * width_px
    y1, y2 = (roi.y1 // height_px - more) * height_px, (-(-roi.y2 // height_px) + more) * height_px
    return Roi(max(x1, 0), max(y1, 0), min(x2, frame.width), min(y2, frame.height))


def _cutting(frame: VideoFrame, part: Roi) -> Graph:
    """Return a filter that gives this part of a frame, without copying it.

    Where a picture ends within a block, the block is made whole: its colour would be stretched over the rest of it.
    """
    graph = Graph()
    nodes = [
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)),
        graph.add("crop", f"{part.width}:{part.height}:{part.x1}:{part.y1}:exact=1"),
    ]
    width_px, height_px = _block_px(frame)
    if part.width % width_px or part.height % height_px:
        whole = -(-part.width // width_px) * width_px, -(-part.height // height_px) * height_px
        nodes.append(graph.add("pad", f"{whole[0]}:{whole[1]}:0:0"))
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    return graph


def _block_px(frame: VideoFrame) -> tuple[int, int]:
    """Return width and height of the blocks that have one colour in this format."""
    columns, rows = frame.format.chroma_width(_LARGEST_BLOCK_PX), frame.format.chroma_height(_LARGEST_BLOCK_PX)
    return _LARGEST_BLOCK_PX // (columns or _LARGEST_BLOCK_PX), _LARGEST_BLOCK_PX // (rows or _LARGEST_BLOCK_PX)


def _turning(frame: VideoFrame) -> Turning:
    matrix = frame.side_data.get("DISPLAYMATRIX")
    return Turning.of_matrix(struct.unpack("9i", bytes(matrix))) if isinstance(matrix, SideData) else Turning()
