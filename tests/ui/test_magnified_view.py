"""Pixels enlarged. Run as a script, it is the child of the pixel ratio test."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from nhem_qt.ui.magnified_view import MagnifiedView
from nhem_qt.ui.palette import ACCENT


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_every_pixel_is_a_square_of_the_same_size_and_the_cross_hair_leaves_the_centre_free(ratio: float) -> None:
    environment = os.environ | {"QT_SCALE_FACTOR": str(ratio), "QT_QPA_PLATFORM": "offscreen"}
    child = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert child.returncode == 0, child.stderr


def coded(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 5 % 256, y * 5 % 256, np.full_like(x, 7), np.zeros_like(x)], axis=-1).astype(np.uint8)


def drawn(view: MagnifiedView) -> np.ndarray:
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].copy()


def prove_squares(width: int, height: int) -> None:
    view = MagnifiedView()
    view.resize(311, 287)
    view.show_pixels(coded(width, height))
    ratio = view.devicePixelRatioF()
    factor = int(min(round(311 * ratio) // width, round(287 * ratio) // height))
    wanted = np.kron(coded(width, height)[..., :3], np.ones((factor, factor, 1), np.uint8))
    assert np.array_equal(drawn(view)[: factor * height, : factor * width], wanted), (width, height, factor)


def prove_cross_hair() -> None:
    view = MagnifiedView(cross_hair=True)
    view.resize(300, 300)
    for gray in (0, 120, 255):
        view.show_pixels(np.full((50, 50, 4), gray, np.uint8))
        picture = drawn(view)
        side = picture.shape[0]
        accent = (ACCENT.blue(), ACCENT.green(), ACCENT.red())
        cross = np.all(picture == accent, axis=-1)
        for line in (cross[side // 2 - 4 : side // 2 + 4], cross[:, side // 2 - 4 : side // 2 + 4].T):
            along = np.flatnonzero(line.any(axis=0))
            assert along[0] == 0
            assert along[-1] == side - 1
        free = slice(side // 2 - side // 10, side // 2 + side // 10)
        assert np.all(picture[free, free] == gray)
        beside = picture[:, 3][np.flatnonzero(cross[:, 3])[0] - 1]
        assert beside.max() < 20


def prove_a_line_is_seen() -> None:
    view = MagnifiedView()
    view.resize(200, 200)
    view.show_pixels(np.full((1, 3000, 4), 99, np.uint8))
    assert np.all(drawn(view)[0] == 99)


if __name__ == "__main__":
    application = QApplication([])
    prove_squares(50, 50)
    prove_squares(50, 31)
    prove_squares(3, 40)
    prove_cross_hair()
    prove_a_line_is_seen()
