"""What the demo's scanner looks at and how it looks: the fields of the phantom that stay the same.

Lengths are pixels of the picture, levels are gray values. The scan lines of the sector leave one point, the apex, above
the picture; a place in it is therefore also told by its distance from the apex and its angle off the vertical.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from nhem_qt.geometry import Roi

Field: TypeAlias = npt.NDArray[np.float32]
"""Shape (height, width)."""

_Array: TypeAlias = npt.NDArray[Any]

BOUNDS = Roi(0, 0, 720, 520)
FOCUS_X_PX, FOCUS_Y_PX = 360, 260
FOCUS_GRAY = 100.0
HALF_ANGLE_RAD = 0.6
SHIFT_X_PX, SHIFT_Y_PX = 80, 10
"""How far the tissue can be shifted to either side: its field is larger than the picture by as much."""

_APEX_Y_PX = -60
_TOP_RADIUS_PX, _BOTTOM_RADIUS_PX = 84, 568
_PX_PER_CM = 78
_SKIN_Y_PX, _SKIN_CURVE_PX = 168, 1400
_BONE_X_PX, _BONE_Y_PX, _BONE_CURVE_PX = 352, 392, 330
_GRAY_PER_DB = 3.2

_DOME_Y_PX, _DOME_CURVE_PX = 199, 620
_LAYERS = (
    (-8, -1, 1, 4, 8, 22, 27, 34, 36, 39, 48, 92, 130, 180, 260, 400),
    (-90, 195, 205, 145, 106, 92, 40, 48, 118, 66, 66, 56, 44, 36, 20, -10),
)
"""Depth below the skin in pixels, and the gray there: skin, fat, muscle."""
_DOME = ((-6, -1, 2, 8, 20, 61, 140), (0, 70, 74, 56, 52, 44, 20))
"""Depth below the arched organ's surface, and the gray that it adds."""
_VESSELS_PX = ((208, 262, 17, 12), (505, 246, 13, 10))
"""Centre x and y, half width, half height."""
_SHADOWS_RAD = ((-0.43, 0.022), (-0.335, 0.012), (0.36, 0.016), (0.47, 0.03))
"""Angle and half width of the stripes that gas and the edges of vessels leave behind."""


def polar(x_px: _Array, y_px: _Array) -> tuple[_Array, _Array]:
    """Return the distances from the apex (pixels) and the angles off the vertical (rad, positive to the right)."""
    x, y = x_px - FOCUS_X_PX, y_px - _APEX_Y_PX
    return np.hypot(x, y), np.arctan2(x, y)


def picture_grid() -> tuple[_Array, _Array]:
    """Return x and y of every pixel of the picture, each of its shape."""
    x_px, y_px = np.meshgrid(np.arange(BOUNDS.width), np.arange(BOUNDS.height))
    return x_px, y_px


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], sd_px: tuple[float, float]) -> Field:
    """Draw Gaussian noise blurred by `sd_px` in y and x, with mean 0 and standard deviation 1; opposite edges fit."""
    waves = np.fft.rfft2(rng.standard_normal(shape, dtype=np.float32))
    fy, fx = np.fft.fftfreq(shape[0])[:, np.newaxis], np.fft.rfftfreq(shape[1])
    waves *= np.exp(-2 * np.pi**2 * ((sd_px[0] * fy) ** 2 + (sd_px[1] * fx) ** 2))
    waves[0, 0] = 0
    noise = np.fft.irfft2(waves, shape)
    scaled: Field = (noise / noise.std()).astype(np.float32)
    return scaled


def tissue(rng: np.random.Generator) -> Field:
    """Draw the tissue: the picture's size and SHIFT_X_PX and SHIFT_Y_PX more on each side; FOCUS_GRAY at the focus."""
    x_px, y_px = np.meshgrid(
        np.arange(-SHIFT_X_PX, BOUNDS.width + SHIFT_X_PX, dtype=np.float32),
        np.arange(-SHIFT_Y_PX, BOUNDS.height + SHIFT_Y_PX, dtype=np.float32),
    )
    gray = _layers(rng, x_px, y_px)
    gray = _with_bone(rng, gray, x_px, y_px)
    gray -= _shade(x_px, y_px)
    gray += _speckle(rng, x_px, y_px)
    focus = BOUNDS.centre().moved(SHIFT_X_PX, SHIFT_Y_PX)
    gray += FOCUS_GRAY - gray[focus.y1 : focus.y2, focus.x1 : focus.x2].mean()
    return gray.astype(np.float32)


def sector() -> Field:
    """Return the share, 0-1, with which the scanner sees each pixel: 1 in the sector, 0 outside, soft edges."""
    radius_px, angle_rad = polar(*picture_grid())
    inside_px = np.minimum(radius_px - _TOP_RADIUS_PX, _BOTTOM_RADIUS_PX - radius_px)
    inside_px = np.minimum(inside_px, (HALF_ANGLE_RAD - np.abs(angle_rad)) * radius_px)
    seen: Field = np.clip(inside_px / 1.5, 0, 1).astype(np.float32)
    return seen


def annotation() -> tuple[_Array, _Array]:
    """Draw what the scanner's program lays over the picture: BGRA as one uint32 per pixel, and where it is drawn.

    The beam lines point at the focus and end before the small ROI, the crosses stand beside it: tissue is measured.
    """
    image = Image.new("RGBA", (BOUNDS.width, BOUNDS.height))
    draw = ImageDraw.Draw(image)
    _draw_ruler(draw)
    _draw_aim(draw)
    draw.text((604, 10), "DEMO PHANTOM", fill=(236, 160, 32))
    rgba = np.asarray(image).astype(np.uint32)
    red, green, blue = (rgba[..., channel] * rgba[..., 3] // 255 for channel in range(3))
    bgra: _Array = (0xFF << 24 | red << 16 | green << 8 | blue).astype("<u4")
    is_drawn: _Array = rgba[..., 3] > 0
    return bgra, is_drawn


def _layers(rng: np.random.Generator, x_px: Field, y_px: Field) -> _Array:
    depth_px = y_px - _SKIN_Y_PX + (x_px - FOCUS_X_PX) ** 2 / _SKIN_CURVE_PX
    dome_px = y_px - _DOME_Y_PX - (x_px - FOCUS_X_PX) ** 2 / _DOME_CURVE_PX
    ripple_px = 3.5 * smooth_noise(rng, x_px.shape, (14, 30)) * np.clip((depth_px - 8) / 20, 0, 1)
    fibres = 6 * smooth_noise(rng, x_px.shape, (2, 16)) + 3 * smooth_noise(rng, x_px.shape, (10, 22))
    gray: _Array = np.interp(depth_px + ripple_px, *_LAYERS) + np.interp(dome_px + ripple_px, *_DOME) + fibres
    for centre_x, centre_y, half_width, half_height in _VESSELS_PX:
        off = np.hypot((x_px - centre_x) / half_width, (y_px - centre_y) / half_height)
        gray += np.interp(off, (0, 0.85, 1.0, 1.1, 1.4), (-90, -80, 35, 35, 0))
    return gray


def _with_bone(rng: np.random.Generator, gray: _Array, x_px: Field, y_px: Field) -> _Array:
    """Lay a bright arc deep below the focus, with the dark shadow behind that bone and gas have."""
    depth_px = y_px - _BONE_Y_PX - (x_px - _BONE_X_PX) ** 2 / _BONE_CURVE_PX
    depth_px = depth_px + 2.5 * smooth_noise(rng, x_px.shape, (14, 14))
    width = np.clip((150 - np.abs(x_px - _BONE_X_PX)) / 50, 0, 1)
    shadow = np.interp(depth_px, (2, 30), (0, 110)) * width
    arc = np.interp(depth_px, (-6, -1, 2, 9), (0, 130, 130, 0)) * width
    return gray + arc - shadow


def _shade(x_px: Field, y_px: Field) -> _Array:
    """Return how much darker the tissue is towards the edges of the sector and in the stripes of shadow."""
    radius_px, angle_rad = polar(x_px, y_px)
    shade = np.interp(np.abs(angle_rad), (0.34, 0.5, 0.62), (0, 35, 75))
    behind = np.clip((radius_px - 255) / 60, 0, 1)
    for stripe_rad, half_width_rad in _SHADOWS_RAD:
        shade += 55 * behind * np.exp(-(((angle_rad - stripe_rad) / half_width_rad) ** 2))
    return shade


def _speckle(rng: np.random.Generator, x_px: Field, y_px: Field) -> _Array:
    """Draw log-compressed fully developed speckle, mean 0: grains broader than high that widen with the sector."""
    radius_px, angle_rad = polar(x_px, y_px)
    shape, rad_per_line = (648, 640), 2.2 / 640
    real, imaginary = (smooth_noise(rng, shape, (1.3, 2.0)) for _ in range(2))
    decibel = 20 * np.log10(np.hypot(real, imaginary) + 0.02)
    row = np.clip(radius_px, 0, shape[0] - 2)
    line = np.clip(angle_rad / rad_per_line + shape[1] / 2, 0, shape[1] - 2)
    return _GRAY_PER_DB * _bilinear(decibel - decibel.mean(), row, line)


def _bilinear(grid: _Array, rows: _Array, columns: _Array) -> _Array:
    row, column = rows.astype(np.intp), columns.astype(np.intp)
    down, right = rows - row, columns - column
    upper = grid[row, column] * (1 - right) + grid[row, column + 1] * right
    lower = grid[row + 1, column] * (1 - right) + grid[row + 1, column + 1] * right
    return upper * (1 - down) + lower * down


def _draw_ruler(draw: ImageDraw.ImageDraw) -> None:
    top_px = _APEX_Y_PX + _TOP_RADIUS_PX
    for millimetre in range(0, 63, 2):
        y_px = top_px + millimetre * _PX_PER_CM // 10
        is_centimetre = millimetre % 10 == 0
        draw.line([(3, y_px), (12 if is_centimetre else 6, y_px)], fill=(190, 190, 190))
        if is_centimetre:
            draw.text((16, y_px - 6), str(millimetre // 10), fill=(190, 190, 190))


def _draw_aim(draw: ImageDraw.ImageDraw) -> None:
    for side in (-1, 1):
        beam = [(FOCUS_X_PX + side * x_px, FOCUS_Y_PX - 0.75 * x_px) for x_px in (320, 44)]
        draw.line(beam, fill=(40, 190, 40))
        x_px = FOCUS_X_PX + side * 33
        draw.line([(x_px - 3, FOCUS_Y_PX), (x_px + 3, FOCUS_Y_PX)], fill=(220, 220, 220))
        draw.line([(x_px, FOCUS_Y_PX - 3), (x_px, FOCUS_Y_PX + 3)], fill=(220, 220, 220))
