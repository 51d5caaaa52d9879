"""Gray values and views of pixels."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from nhem_qt.frame import Frame, Pixels, SourceKind, gray_value
from nhem_qt.geometry import Roi


def pillow_mean(bgra: Pixels) -> float:
    """Mean of Pillow's mode "L", from whole numbers so that nothing is rounded before the end."""
    picture = Image.fromarray(np.ascontiguousarray(bgra[..., 2::-1])).convert("L")
    return sum(gray * count for gray, count in enumerate(picture.histogram())) / (bgra.shape[0] * bgra.shape[1])


def pictures(max_side: int = 40) -> st.SearchStrategy[Pixels]:
    sides = st.integers(1, max_side)
    bytes_ = st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 127, 128, 254, 255]))
    return st.tuples(sides, sides).flatmap(lambda side: npst.arrays(np.uint8, (*side, 4), elements=bytes_))


def noise(height: int, width: int, seed: int = 1) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)


@given(pictures())
def test_the_gray_value_is_exactly_the_mean_of_pillows_mode_l(bgra: Pixels) -> None:
    assert gray_value(bgra) == pillow_mean(bgra)


def test_every_level_of_every_channel_gives_pillows_gray() -> None:
    levels = np.array([0, 1, 2, 63, 64, 127, 128, 129, 200, 253, 254, 255], np.uint8)
    blue, green, red = (channel.ravel() for channel in np.meshgrid(levels, levels, levels))
    pixels = np.stack([blue, green, red, np.zeros_like(blue)], axis=-1)
    luma = np.asarray(Image.fromarray(np.ascontiguousarray(pixels[None, :, 2::-1])).convert("L"))[0]
    assert [gray_value(pixel.reshape(1, 1, 4)) for pixel in pixels] == luma.tolist()


@given(pictures(), st.data())
def test_cropped_strided_and_flipped_views_are_measured_as_their_copies(bgra: Pixels, data: st.DataObject) -> None:
    height, width = bgra.shape[:2]
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    rows, columns = (data.draw(st.sampled_from([-3, -2, -1, 1, 2, 3])) for _ in range(2))
    view = bgra[top:, left:][::rows, ::columns]
    assert gray_value(view) == gray_value(view.copy()) == pillow_mean(view)


@pytest.mark.parametrize("shape", [(1, 1), (1, 16385), (3, 20_000), (33, 1000), (16385, 1), (517, 313), (1080, 1920)])
def test_pictures_of_more_than_one_band_are_measured_whole(shape: tuple[int, int]) -> None:
    bgra = noise(*shape)
    assert gray_value(bgra) == pillow_mean(bgra)


@pytest.mark.parametrize("gray", [0, 1, 127, 254, 255])
def test_an_even_picture_has_its_own_gray_whatever_its_alpha(gray: int) -> None:
    bgra = np.full((30, 20, 4), gray, np.uint8)
    bgra[..., 3] = 255 - gray
    assert gray_value(bgra) == float(gray)


def test_the_largest_picture_does_not_overflow() -> None:
    white = np.broadcast_to(np.full((1, 1, 4), 255, np.uint8), (4320, 7680, 4))
    assert gray_value(white) == 255.0


def test_the_gray_value_is_a_plain_float() -> None:
    assert type(gray_value(noise(3, 3))) is float


def test_a_read_only_picture_can_be_measured_and_is_left_as_it_is() -> None:
    bgra = noise(60, 60)
    before = bgra.copy()
    bgra.setflags(write=False)
    gray_value(bgra)
    assert np.array_equal(bgra, before)


@pytest.mark.parametrize("shape", [(2000, 2000), (1000, 4000), (4000, 1000)])
def test_measuring_a_large_picture_takes_far_less_memory_than_a_copy_of_it(shape: tuple[int, int]) -> None:
    bgra = noise(*shape)
    gc.collect()
    tracemalloc.start()
    try:
        gray_value(bgra)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < bgra.nbytes / 20


def a_frame(height: int = 80, width: int = 100) -> Frame:
    return Frame(noise(height, width), Roi(-10, 20, -10 + width, 20 + height), 1.25, SourceKind.SCREEN)


def test_a_crop_is_a_view_of_the_pixels_at_its_place() -> None:
    frame = a_frame()
    part = frame.crop(Roi(5, 30, 25, 40))
    assert np.shares_memory(part.pixels, frame.pixels)
    assert np.array_equal(part.pixels, frame.pixels[10:20, 15:35])
    assert (part.roi, part.t_s, part.source) == (Roi(5, 30, 25, 40), frame.t_s, frame.source)


def test_a_crop_of_a_crop_is_the_crop() -> None:
    frame, inner = a_frame(), Roi(6, 32, 9, 39)
    assert np.array_equal(frame.crop(Roi(5, 30, 25, 40)).crop(inner).pixels, frame.crop(inner).pixels)


def test_a_crop_of_everything_is_everything() -> None:
    frame = a_frame()
    assert np.array_equal(frame.crop(frame.roi).pixels, frame.pixels)


def test_a_copy_has_pixels_of_its_own() -> None:
    part = a_frame().crop(Roi(5, 30, 25, 40))
    copy = part.copy()
    assert copy.pixels.base is None
    assert np.array_equal(copy.pixels, part.pixels)
    assert (copy.roi, copy.t_s, copy.source) == (part.roi, part.t_s, part.source)


def read_only(pixels: Pixels) -> Pixels:
    pixels.setflags(write=False)
    return pixels


def test_pixels_that_nobody_can_write_to_need_no_copy() -> None:
    roi, taken = Roi(0, 0, 4, 3), bytearray(48)
    arrays = [
        read_only(noise(3, 4)),
        read_only(noise(3, 4).view("<u4").view(np.uint8)),
        read_only(np.frombuffer(taken, np.uint8).reshape(3, 4, 4)),
        np.frombuffer(bytes(taken), np.uint8).reshape(3, 4, 4),
    ]
    assert [Frame(pixels, roi, 0.0, SourceKind.SCREEN).is_own for pixels in arrays] == [True] * 4


def test_pixels_that_can_be_written_to_or_keep_others_in_memory_need_one() -> None:
    roi, whole = Roi(0, 0, 4, 3), noise(6, 4)
    arrays = [
        whole[:3],
        read_only(whole[:3]),
        noise(3, 4),
        read_only(np.frombuffer(bytearray(96), np.uint8, 48).reshape(3, 4, 4)),
        read_only(np.asarray(memoryview(bytearray(96))[:48]).reshape(3, 4, 4)),
    ]
    assert not any(Frame(pixels, roi, 0.0, SourceKind.SCREEN).is_own for pixels in arrays)


def test_a_frame_is_kept_as_it_is_or_as_a_copy() -> None:
    frame = Frame(read_only(noise(3, 4)), Roi(0, 0, 4, 3), 0.0, SourceKind.SCREEN)
    part = frame.crop(Roi(0, 0, 2, 2))
    assert frame.owned() is frame
    assert not np.shares_memory(part.owned().pixels, frame.pixels)
    assert np.array_equal(part.owned().pixels, part.pixels)


def test_the_gray_value_of_a_frame_is_that_of_its_pixels() -> None:
    part = a_frame().crop(Roi(5, 30, 25, 40))
    assert part.gray == gray_value(part.pixels)
