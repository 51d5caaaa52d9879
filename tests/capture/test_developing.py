"""A recording of a known picture has its gray value, whatever it is stored in, and whichever part is asked for."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.capture import DemoSource, VideoSource
from nhem_qt.capture.developing import Developer
from nhem_qt.capture.turning import Turning
from nhem_qt.frame import gray_value
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.frame import Pixels


class Matrix(NamedTuple):
    """How a standard weighs red and blue, and its number in a file."""

    red: float
    blue: float
    number: int


UNNAMED = Matrix(0.299, 0.114, 2)
MATRICES = {
    "bt601": Matrix(0.299, 0.114, 6),
    "bt709": Matrix(0.2126, 0.0722, 1),
    "bt2020": Matrix(0.2627, 0.0593, 9),
    "unnamed": UNNAMED,
}
LIMITED, FULL, NOT_SAID = 1, 2, 0

# Blue, green, red.
COLOURS = [(0, 0, 0), (255, 255, 255), (128, 128, 128), (30, 90, 160), (200, 40, 10), (0, 220, 60), (0, 0, 255)]
COLOURS += [(level, level, level) for level in (1, 17, 85, 107, 201, 254)]

STORED = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p10le", "nv12", "p010le"]
BLOCK_PX = 16


def gray_of(colour: tuple[int, int, int]) -> float:
    return gray_value(np.array([[[*colour, 255]]], np.uint8))


def to_yuv(bgr: np.ndarray, matrix: Matrix, bits: int, *, full: bool) -> np.ndarray:
    """Return Y, U and V of shape (3, h, w) as the standards say it, with `bits` each."""
    blue, green, red = (bgr[..., channel] / 255 for channel in range(3))
    luma = matrix.red * red + (1 - matrix.red - matrix.blue) * green + matrix.blue * blue
    differences = (blue - luma) / (2 - 2 * matrix.blue), (red - luma) / (2 - 2 * matrix.red)
    step = 2 ** (bits - 8)
    top = 2**bits - 1
    y = top * luma if full else step * (16 + 219 * luma)
    scale = top if full else 224 * step
    return np.clip(np.rint([y, *(128 * step + scale * one for one in differences)]), 0, top).astype(np.uint16)


def stored(planes: np.ndarray, form: str) -> av.VideoFrame:
    """Make a frame of planes (3, h, w) whose colour stands still within every block of 2x2."""
    _, height, width = planes.shape
    frame = av.VideoFrame(width, height, form)
    rows = 1 if "422" in form or "444" in form else 2
    columns = 1 if "444" in form else 2
    y, u, v = planes[0], planes[1, ::rows, ::columns], planes[2, ::rows, ::columns]
    if form in {"nv12", "p010le"}:
        u, v = np.stack([u, v], axis=-1).reshape(u.shape[0], -1), None
    shift = 6 if form == "p010le" else 0
    for plane, values in zip(frame.planes, [y, u, v], strict=False):
        cells = (values << shift).astype("<u2" if "10" in form else np.uint8)
        lines = np.zeros((cells.shape[0], plane.line_size), np.uint8)
        raw = cells.view(np.uint8).reshape(cells.shape[0], -1)
        lines[:, : raw.shape[1]] = raw
        plane.update(lines.tobytes())
    return frame


def noise(form: str, width: int, height: int, seed: int = 0) -> av.VideoFrame:
    """Make a frame without any order in its colours."""
    planes = np.random.default_rng(seed).integers(16, 235, (3, height + height % 2, width + width % 2), np.uint16)
    whole = stored(planes << (2 if "10" in form else 0), form)
    frame = av.VideoFrame(width, height, form)
    for plane, source in zip(frame.planes, whole.planes, strict=True):
        lines = np.zeros((plane.buffer_size // plane.line_size, plane.line_size), np.uint8)
        given = np.frombuffer(source, np.uint8).reshape(-1, source.line_size)
        used = min(lines.shape[1], given.shape[1])
        lines[:, :used] = given[: lines.shape[0], :used]
        plane.update(lines.tobytes())
    frame.colorspace, frame.color_range = MATRICES["bt709"].number, LIMITED
    return frame


@pytest.mark.parametrize("span", [LIMITED, FULL], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("form", STORED)
def test_a_flat_colour_has_its_gray_value_within_one(form: str, matrix: str, span: int) -> None:
    bits = 10 if "10" in form else 8
    for colour in COLOURS:
        picture = np.full((BLOCK_PX, BLOCK_PX, 3), colour, np.uint8)
        frame = stored(to_yuv(picture, MATRICES[matrix], bits, full=span == FULL), form)
        frame.colorspace, frame.color_range = MATRICES[matrix].number, span
        developer = Developer(frame)
        assert gray_value(developer.pixels(frame, developer.shown)) == pytest.approx(gray_of(colour), abs=1), colour


@pytest.mark.parametrize("form", ["yuv420p", "yuv444p10le"])
def test_where_nothing_is_said_colours_are_bt_601_in_limited_range(form: str) -> None:
    picture = np.full((BLOCK_PX, BLOCK_PX, 3), (10, 200, 90), np.uint8)
    frame = stored(to_yuv(picture, UNNAMED, 10 if "10" in form else 8, full=False), form)
    frame.color_range = NOT_SAID
    developer = Developer(frame)
    pixels = developer.pixels(frame, developer.shown)
    assert pixels[..., :3].astype(int) == pytest.approx(picture.astype(int), abs=2)


def test_the_grays_of_a_picture_are_not_darkened() -> None:
    """The usual conversion rounds down term by term: that is what a mean over many colours shows."""
    blocks = np.random.default_rng(4).integers(30, 225, (12, 12, 3), np.uint8)
    picture = blocks.repeat(BLOCK_PX, 0).repeat(BLOCK_PX, 1)
    frame = stored(to_yuv(picture, MATRICES["bt709"], 8, full=False), "yuv444p")
    frame.colorspace, frame.color_range = MATRICES["bt709"].number, LIMITED
    developer = Developer(frame)
    expected = gray_value(np.dstack([picture, picture[..., 0]]))
    assert gray_value(developer.pixels(frame, developer.shown)) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("form", ["gray", "rgb24", "bgra", "gbrp", "bgr0"])
def test_what_needs_no_conversion_is_exact(form: str) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    frame = av.VideoFrame.from_ndarray(np.dstack([ramp] * 3), format="bgr24").reformat(format=form)
    developer = Developer(frame)
    assert (developer.pixels(frame, developer.shown)[..., :3] == ramp[..., np.newaxis]).all()


@pytest.mark.parametrize(
    ("codec", "form", "matrix", "span"),
    [
        ("ffv1", "yuv420p", "bt601", LIMITED),
        ("ffv1", "yuv420p", "bt709", LIMITED),
        ("ffv1", "yuv422p10le", "bt2020", LIMITED),
        ("libx264", "yuv444p", "bt709", LIMITED),
        ("libx264", "yuv420p", "bt709", FULL),
        ("mjpeg", "yuvj420p", "bt601", FULL),
        ("libvpx-vp9", "yuv420p", "bt709", LIMITED),
    ],
)
def test_a_recording_of_the_demo_has_its_gray_values(
    tmp_path: Path, codec: str, form: str, matrix: str, span: int
) -> None:
    source = DemoSource(clock=lambda: 3.0)
    shown = source.grab(source.bounds)
    path = tmp_path / "demo.mkv"
    options = {"libx264": {"crf": "4"}, "libvpx-vp9": {"lossless": "1", "cpu-used": "8"}}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options.get(codec, {}))
        stream.width, stream.height, stream.pix_fmt = shown.roi.width, shown.roi.height, form
        stream.codec_context.qmin = stream.codec_context.qmax = 2
        stream.colorspace, stream.color_range = MATRICES[matrix].number, span
        bits, shrink = (10 if "10" in form else 8), "yuv422p10le" if "10" in form else "yuv420p"
        planes = to_yuv(shown.pixels[..., :3], MATRICES[matrix], bits, full=span == FULL)
        frame = stored(planes, "yuv444p" if form == "yuv444p" else shrink)
        frame.colorspace, frame.color_range = MATRICES[matrix].number, span
        container.mux(stream.encode(frame.reformat(format=form) if frame.format.name != form else frame))
        container.mux(stream.encode())
    video = VideoSource(path)
    assert video.bounds == shown.roi
    recorded = video.grab(video.bounds)
    video.close()
    for roi in (shown.roi, shown.roi.centre(), Roi(10, 10, 60, 60)):
        assert recorded.crop(roi).gray == pytest.approx(shown.crop(roi).gray, abs=1)


FORMS = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "nv12", "p010le"]


@given(st.data())
@pytest.mark.parametrize("size", [(64, 48), (65, 47), (33, 18), (3, 5), (1, 1)])
@pytest.mark.parametrize("form", FORMS)
def test_a_region_is_what_the_whole_picture_shows_there(form: str, size: tuple[int, int], data: st.DataObject) -> None:
    frame = noise(form, *size)
    developer = Developer(frame)
    assert developer.shown == Roi(0, 0, *size)
    x1, x2 = sorted(data.draw(st.tuples(st.integers(0, size[0]), st.integers(0, size[0])).filter(differ)))
    y1, y2 = sorted(data.draw(st.tuples(st.integers(0, size[1]), st.integers(0, size[1])).filter(differ)))
    part = developer.pixels(frame, Roi(x1, y1, x2, y2))
    assert part.shape == (y2 - y1, x2 - x1, 4)
    assert np.array_equal(part, developer.pixels(frame, developer.shown)[y1:y2, x1:x2])


def differ(pair: tuple[int, int]) -> bool:
    return pair[0] != pair[1]


def test_every_new_region_is_developed_rightly_however_many_there_were() -> None:
    frame = noise("yuv420p", 64, 48)
    developer = Developer(frame)
    whole = developer.pixels(frame, developer.shown)
    for x1, x2 in pairwise(range(0, 64, 3)):
        assert np.array_equal(developer.pixels(frame, Roi(x1, 0, x2, 48)), whole[:, x1:x2])


def test_every_frame_is_developed_from_its_own_pixels() -> None:
    first, second = noise("yuv420p", 64, 48, seed=1), noise("yuv420p", 64, 48, seed=2)
    roi = Roi(20, 10, 40, 30)
    developer = Developer(first)
    developer.pixels(first, roi)
    assert np.array_equal(developer.pixels(second, roi), Developer(second).pixels(second, roi))


ONE = 1 << 16
TURNINGS = {
    "upright": ([ONE, 0, 0, 0, ONE], lambda pixels: pixels),
    "quarter to the right": ([0, ONE, 0, -ONE, 0], lambda pixels: np.rot90(pixels, -1)),
    "half": ([-ONE, 0, 0, 0, -ONE], lambda pixels: np.rot90(pixels, 2)),
    "quarter to the left": ([0, -ONE, 0, ONE, 0], lambda pixels: np.rot90(pixels, 1)),
    "mirrored": ([-ONE, 0, 0, 0, ONE], np.fliplr),
    "upside down": ([ONE, 0, 0, 0, -ONE], np.flipud),
    "rows as columns": ([0, ONE, 0, ONE, 0], lambda pixels: pixels.swapaxes(0, 1)),
    "the same from behind": ([0, -ONE, 0, -ONE, 0], lambda pixels: np.rot90(pixels.swapaxes(0, 1), 2)),
}


@pytest.mark.parametrize("name", TURNINGS)
def test_a_turned_video_is_measured_as_it_is_shown(tmp_path: Path, name: str) -> None:
    matrix, turned = TURNINGS[name]
    picture = np.random.default_rng(2).integers(0, 256, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    upright, other = (
        turning_video(tmp_path / f"{n}.mp4", picture, m) for n, m in (("0", [ONE, 0, 0, 0, ONE]), ("1", matrix))
    )
    expected: Pixels = turned(first_pixels(upright))
    shown = first_pixels(other)
    assert np.array_equal(shown, expected)
    source = VideoSource(other)
    roi = Roi(5, 3, 21, 30)
    assert np.array_equal(source.grab(roi).pixels, expected[3:30, 5:21])
    source.close()


def turning_video(path: Path, picture: np.ndarray, matrix: list[int]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "0"})
        stream.width, stream.height, stream.pix_fmt = picture.shape[1], picture.shape[0], "yuv444p"
        stream.set_display_matrix([*matrix, 0, 0, 0, 1 << 30])
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path


def first_pixels(path: Path) -> Pixels:
    source = VideoSource(path)
    pixels = source.grab(source.bounds).pixels
    source.close()
    return pixels


def test_a_slanted_picture_is_left_as_it_is_stored() -> None:
    assert Turning.of_matrix([46341, 46341, 0, -46341, 46341]) == Turning()
