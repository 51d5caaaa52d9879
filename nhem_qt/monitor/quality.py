"""How good a picture is for measuring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nhem_qt.frame import Pixels

# As many rows and columns are looked at.
_LINES = 50
# Speckle has some 100-300, a picture out of focus less than 10.
_HALF_SHARP = 30.0
_WHITE = 255


def quality_score(bgra: Pixels, still_share: float = 0.0) -> float:
    """Score BGRA pixels, shape (h, w, 4), uint8, from 0 (worthless) to 1.

    It is sharpness * (1 - saturated) * (1 - black^4) * (1 - still_share). Sharpness is E / (E + 30) with the gradient
    energy E: the mean, over pixels that are not black, of the squared differences (green channel) to the pixel on the
    right and to the one below; a picture of one row or column has none. Saturated and black are the shares of pixels
    at 255 and 0; a good part of a scanner's picture is black. `still_share` (0-1) says how long the picture has stood
    still, 1 being too long.
    """
    green = bgra[..., 1]
    step_y, step_x = (max(1, size // _LINES) for size in green.shape)
    here = green[:-1:step_y, :-1:step_x].astype(np.int32)
    lit = int(np.count_nonzero(here))
    if lit == 0:
        return 0.0
    across = green[:-1:step_y, 1::step_x] - here
    down = green[1::step_y, :-1:step_x] - here
    energy = (int(np.vdot(across, across)) + int(np.vdot(down, down))) / lit
    black = 1 - lit / here.size
    saturated = int(np.count_nonzero(here == _WHITE)) / here.size
    return energy / (energy + _HALF_SHARP) * (1 - saturated) * (1 - black**4) * (1 - still_share)
