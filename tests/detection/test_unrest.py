"""The noise of the picture and the motion of the tissue."""

from __future__ import annotations

import math
import random

import pytest

from nhem_qt.detection.config import DetectorConfig
from nhem_qt.detection.history import Sample
from nhem_qt.detection.unrest import Motion, Noise

CONFIG = DetectorConfig()


def noise_of(pictures: list[float], repeats: int = 1) -> float:
    noise = Noise(CONFIG)
    for gray in pictures:
        for _ in range(repeats):
            noise.add(gray)
    return noise.sigma


def motion_of(amplitude: float, seconds: int = 60, jump: float = 0.0) -> float:
    motion = Motion(CONFIG)
    for frame in range(seconds * 45):
        t_s = frame / 45
        breath = amplitude * math.sin(2 * math.pi * 0.25 * t_s)
        motion.add(Sample(frame, t_s, 100 + breath + jump * (t_s > seconds / 2)))
    return motion.sigma


@pytest.mark.parametrize("sigma", [0.3, 0.8])
def test_noise_is_the_standard_deviation_from_picture_to_picture(sigma: float) -> None:
    dice = random.Random(3)  # noqa: S311
    assert noise_of([dice.gauss(100, sigma) for _ in range(2000)]) == pytest.approx(sigma, rel=0.35)


def test_repeated_pictures_do_not_make_the_noise_seem_smaller() -> None:
    dice = random.Random(4)  # noqa: S311
    pictures = [dice.gauss(100, 0.5) for _ in range(500)]
    assert noise_of(pictures, repeats=3) == noise_of(pictures)


def test_a_picture_that_stands_still_keeps_the_noise_it_had() -> None:
    dice = random.Random(5)  # noqa: S311
    pictures = [dice.gauss(100, 0.5) for _ in range(500)]
    assert noise_of([*pictures, *[pictures[-1]] * 500]) == noise_of(pictures)


def test_motion_follows_the_breathing_of_the_tissue() -> None:
    assert motion_of(0.0) < 0.25
    assert motion_of(0.3) < motion_of(0.8) < motion_of(1.6)
    assert motion_of(0.8) == pytest.approx(0.8, rel=0.4)  # sqrt(2) * sin(pi / 4) = 1 times the amplitude


def test_one_jump_hardly_counts_as_motion() -> None:
    assert motion_of(0.3, jump=30.0) < 1.5 * motion_of(0.3)


def test_before_anything_is_known_motion_is_what_the_configuration_expects() -> None:
    assert Motion(CONFIG).sigma == CONFIG.motion_gray
