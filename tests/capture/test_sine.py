"""The simulated sine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.capture import SineSource
from nhem_qt.capture.sine import sine_gray
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(("t_s", "gray"), [(0.0, 120.0), (0.5, 130.0), (1.0, 120.0), (1.5, 110.0), (2.0, 120.0)])
def test_the_sine_is_120_plus_10_at_half_a_hertz(t_s: float, gray: float) -> None:
    assert sine_gray(t_s) == pytest.approx(gray)


@given(st.floats(0, 1e5))
def test_the_picture_is_even_and_follows_the_sine_to_the_next_whole_gray_value(t_s: float) -> None:
    clock = Clock()
    source = SineSource(clock)
    clock.now_s += t_s
    frame = source.grab(Roi(10, 20, 60, 70))
    assert frame.pixels.shape == (50, 50, 4)
    assert len(np.unique(frame.pixels)) == 1
    assert frame.gray == pytest.approx(sine_gray(clock.now_s - 1000.0), abs=0.5 + 1e-6)
    assert (frame.t_s, frame.source, frame.roi) == (clock.now_s, SourceKind.SINE, Roi(10, 20, 60, 70))


def test_large_and_small_region_show_the_same_gray() -> None:
    clock = Clock()
    source = SineSource(clock)
    clock.now_s += 0.3
    assert source.grab(source.bounds).gray == source.grab(source.bounds.centre()).gray
    source.close()
