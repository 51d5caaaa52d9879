"""The quality score of a picture: high for the living demo, low for what nothing can be measured in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from nhem_qt.capture import DemoSource
from nhem_qt.monitor.quality import quality_score

if TYPE_CHECKING:
    from nhem_qt.frame import Pixels


def demo(seconds: float, *, small: bool) -> Pixels:
    times_s = iter((0.0, seconds))
    source = DemoSource(clock=lambda: next(times_s))
    source.grab(source.bounds)
    return source.grab(source.bounds.centre() if small else source.bounds).pixels


def blurred(pixels: Pixels, radius_px: int) -> Pixels:
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3])).filter(ImageFilter.BoxBlur(radius_px))
    return np.dstack([np.asarray(image), pixels[..., 3]])


@pytest.mark.parametrize("seconds", [0.5, 2.0, 3.3, 8.6, 9.4])
def test_the_living_demo_scores_high_also_during_an_emission(seconds: float) -> None:
    assert quality_score(demo(seconds, small=True)) > 0.6
    assert quality_score(demo(seconds, small=False)) > 0.6


def test_a_blurred_picture_scores_the_lower_the_more_it_is_blurred() -> None:
    sharp = demo(2.0, small=True)
    scores = [quality_score(sharp), *(quality_score(blurred(sharp, radius_px)) for radius_px in (1, 2, 3))]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 0.35


def test_black_white_flat_and_frozen_pictures_score_low() -> None:
    sharp = demo(2.0, small=True)
    assert quality_score(np.zeros_like(sharp)) == 0
    assert quality_score(np.full_like(sharp, 255)) == 0
    assert quality_score(np.full_like(sharp, 90)) == 0
    assert quality_score(sharp, 1.0) == 0
    assert quality_score(sharp, 0.5) == pytest.approx(quality_score(sharp) / 2)


def test_a_picture_that_is_half_saturated_scores_half_at_most() -> None:
    pixels = demo(2.0, small=True).copy()
    pixels[:25] = 255
    assert quality_score(pixels) < 0.5


@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 255), st.floats(0, 1), st.integers(0, 9))
def test_a_score_of_any_picture_is_between_0_and_1(height: int, width: int, top: int, still: float, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, top + 1, (height, width, 4), np.uint8)
    assert 0 <= quality_score(pixels, still) <= 1
