from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.capture.anatomy import BOUNDS, FOCUS_X_PX, FOCUS_Y_PX, SHIFT_X_PX, SHIFT_Y_PX
from nhem_qt.capture.phantom import NOISE_REACH_PX, Glare, Mark, Phantom, Picture, draw_glare
from nhem_qt.frame import gray_value
from nhem_qt.geometry import Roi

PHANTOM = Phantom(seed=1)
SMALL = BOUNDS.centre()
QUIET = Picture(shift_px=(0, 0.0), noise_px=(0, 0))


def draw(seed: int, rise_gray: float = 30.0, level: float = 1.0, swept: float = 1.0) -> Glare:
    return draw_glare(np.random.default_rng(seed), rise_gray, level, swept)


def small_gray(**changed: object) -> float:
    picture = Picture(**{"shift_px": (0, 0.0), "noise_px": (0, 0), **changed})
    return gray_value(PHANTOM.render(picture, SMALL))


@st.composite
def rois(draw_value: st.DrawFn) -> Roi:
    x1 = draw_value(st.integers(0, BOUNDS.width - 1))
    y1 = draw_value(st.integers(0, BOUNDS.height - 1))
    return Roi(x1, y1, draw_value(st.integers(x1 + 1, BOUNDS.width)), draw_value(st.integers(y1 + 1, BOUNDS.height)))


marks = st.builds(Mark, st.integers(-150, 150), st.floats(-10, 10), st.floats(-1, 15))
pictures = st.builds(
    Picture,
    shift_px=st.tuples(st.integers(-SHIFT_X_PX, SHIFT_X_PX), st.floats(-SHIFT_Y_PX + 1, SHIFT_Y_PX - 1)),
    noise_px=st.tuples(st.integers(0, NOISE_REACH_PX), st.integers(0, NOISE_REACH_PX)),
    gain=st.floats(0.99, 1.01),
    marks=st.lists(marks, max_size=4).map(tuple),
    glare=st.none() | st.builds(draw, st.integers(0, 99), st.floats(15, 50), st.floats(0, 1.2), st.floats(0, 1)),
)


@given(picture=pictures, roi=rois())
def test_a_pixel_is_the_same_whichever_rectangle_is_asked_for(picture: Picture, roi: Roi) -> None:
    whole = PHANTOM.render(picture, BOUNDS)
    part = PHANTOM.render(picture, roi)
    np.testing.assert_array_equal(part, whole[roi.y1 : roi.y2, roi.x1 : roi.x2])


def test_pixels_are_opaque_bgra_bytes_in_an_array_of_their_own() -> None:
    first = PHANTOM.render(QUIET, SMALL)
    kept = first.copy()
    first[:] = 0
    assert (kept.shape, kept.dtype) == ((50, 50, 4), np.uint8)
    assert (kept[..., 3] == 255).all()
    np.testing.assert_array_equal(PHANTOM.render(QUIET, SMALL), kept)


def test_a_small_rectangle_takes_a_small_fraction_of_the_memory() -> None:
    picture = Picture((0, 0.5), (0, 0), marks=(Mark(0, 0, 5),), glare=draw(1))
    peaks = []
    for roi in (SMALL, BOUNDS):
        tracemalloc.start()
        PHANTOM.render(picture, roi)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # The whole has 150 times as many pixels, but what they are worked out from is held for one band at a time.
    assert peaks[0] < peaks[1] / 20


def test_the_same_seed_gives_the_same_tissue_and_another_seed_another() -> None:
    same, other = (Phantom(seed).render(QUIET, SMALL) for seed in (1, 2))
    np.testing.assert_array_equal(same, PHANTOM.render(QUIET, SMALL))
    assert (other != same).any()


@pytest.mark.parametrize("glare", [None, draw(1)], ids=["quiet", "emission"])
def test_nothing_is_drawn_over_the_small_roi(glare: Glare | None) -> None:
    y, x = PHANTOM._annotated_px
    assert not ((SMALL.y1 <= y) & (y < SMALL.y2) & (SMALL.x1 <= x) & (x < SMALL.x2)).any()
    pixels = PHANTOM.render(Picture((0, 0.0), (0, 0), glare=glare), SMALL)
    assert (np.ptp(pixels[..., :3], axis=2) == 0).all()


def test_the_green_beam_lines_meet_at_the_focus() -> None:
    blue, green, red = np.moveaxis(PHANTOM.render(QUIET, BOUNDS)[..., :3].astype(int), 2, 0)
    y, x = np.nonzero((green - red > 100) & (green - blue > 100))
    left, right = (np.polyfit(x[side], y[side], 1) for side in (x < FOCUS_X_PX, x > FOCUS_X_PX))
    meet_x = (right[1] - left[1]) / (left[0] - right[0])
    assert meet_x == pytest.approx(FOCUS_X_PX, abs=1)
    assert np.polyval(left, meet_x) == pytest.approx(FOCUS_Y_PX, abs=1)


@pytest.mark.parametrize("gray", [-0.8, 2.0, 8.0])
def test_a_centred_mark_adds_its_gray_to_the_small_roi(gray: float) -> None:
    added = small_gray(marks=(Mark(0, 0, gray),)) - small_gray()
    assert added == pytest.approx(gray, rel=0.03, abs=0.02)


def test_a_mark_one_spot_away_hardly_touches_the_small_roi() -> None:
    assert small_gray(marks=(Mark(36, 0, 10.0),)) - small_gray() < 0.5


@pytest.mark.parametrize("rise_gray", [18.0, 30.0, 45.0])
def test_glare_raises_the_small_roi_by_about_its_rise(rise_gray: float) -> None:
    risen = np.mean([small_gray(glare=draw(seed, rise_gray)) for seed in range(40)]) - small_gray()
    assert risen == pytest.approx(rise_gray, rel=0.1)


def test_glare_makes_the_whole_sector_bright_and_leaves_the_rest_black() -> None:
    quiet, lit = (PHANTOM.render(Picture((0, 0.0), (0, 0), glare=glare), BOUNDS)[..., 0] for glare in (None, draw(1)))
    assert lit.mean() > 1.7 * quiet.mean()
    assert lit[480, 60] == quiet[480, 60] == 0


def test_an_emission_that_begins_within_a_picture_is_seen_in_the_lines_still_to_come() -> None:
    quiet, lit = (
        PHANTOM.render(Picture((0, 0.0), (0, 0), glare=glare), Roi(0, 150, 720, 500))[..., 0].astype(int)
        for glare in (None, draw(1, swept=0.4))
    )
    np.testing.assert_array_equal(lit[:, :FOCUS_X_PX], quiet[:, :FOCUS_X_PX])
    assert (lit - quiet)[:, FOCUS_X_PX:].mean() > 10


def test_the_tissue_moves_as_it_is_shifted() -> None:
    still = Phantom(seed=1)
    still._noise[:] = 1
    here = still.render(QUIET, SMALL)
    moved = still.render(Picture((3, -4.0), (0, 0)), SMALL.moved(3, -4))
    np.testing.assert_array_equal(moved, here)
