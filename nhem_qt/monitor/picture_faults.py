"""What is wrong with a picture, as far as its pixels tell.

All is judged so that an emission, which makes the whole picture bright for a second, never looks like a fault: a missed
fault costs little, for the detector knows the shapes of steps, windows and still pictures; a false alarm costs trust.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from nhem_qt.monitor.scene import Pattern

if TYPE_CHECKING:
    from nhem_qt.frame import Pixels
    from nhem_qt.monitor.pictures import RoiData

# Samples that are further apart are not compared.
_LONGEST_GAP_S = 1.0
# Tissue that breathes is still alike after half a second, as pictures come on a busy machine; not so after a whole one.
_COMPARED_EVERY_S, _LONGEST_PICTURE_GAP_S = 0.15, 0.55

_BLACK_GRAY, _BLACK_SD_GRAY = 2.0, 1.0

# As many rows tell enough of a large picture.
_ROWS = 64
_FLAT_SHARE, _NOT_FLAT_SHARE, _TEXTURED_SHARE = 0.8, 0.6, 0.5
_SUDDEN_S = 1.0
_LOOK_EVERY_S = 0.19
_COVERED_AFTER_S = 0.15

# An emission is brighter than what was before it, and over by then.
_BRIGHTER_GRAY, _BRIGHTER_SHARE = 3.0, 0.1
_NO_EMISSION_AFTER_S = 3.0

# In a smaller region tissue that moves as it breathes is another scene at once.
_SMALLEST_SCENE_PX = 120
_LEAST_LIKENESS = 0.4
_MOVED_AFTER_S = 0.6
_SETTLED_AFTER_S = 1.0
_NEVER_SETTLES_S = 5.0


class PictureNotice(StrEnum):
    """What is wrong with the picture of a sample."""

    FROZEN = "frozen"
    BLACK = "black"
    COVERED = "covered"
    MOVED = "moved"
    STALE = "stale"


class PictureWatch:
    """Watches the pictures of a source: every small one, and the large one with it where there is one.

    A picture that has not changed at all for `frozen_after_s` is frozen.
    """

    def __init__(self, frozen_after_s: float) -> None:
        self._frozen_after_s = frozen_after_s
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget all: the pictures to come are of another region."""
        self._stillness = Stillness()
        self._cover = Cover()
        self._scene = Scene()

    @property
    def still_share(self) -> float:
        """For how much of the time after which it is frozen the picture has stood still, 0-1."""
        return min(1.0, self._stillness.lasts_s / self._frozen_after_s)

    def see_both(self, large: RoiData, small: RoiData) -> None:
        """Look at a large picture, taken together with the small one, which is to be shown to `see` as well."""
        if not is_black(small) and not self._cover.is_there:
            self._scene.see(large, small)

    def see(self, small: RoiData) -> PictureNotice | None:
        """Look at a small picture that will not be changed; returns what is wrong."""
        self._stillness.see(small)
        if is_black(small):
            return PictureNotice.BLACK
        self._cover.see(small)
        if self._cover.is_there:
            return PictureNotice.COVERED
        if self._scene.has_moved:
            return PictureNotice.MOVED
        if self._stillness.lasts_s >= self._frozen_after_s and self._stillness.is_certain(small):
            return PictureNotice.FROZEN
        return None


def is_black(picture: RoiData) -> bool:
    """Whether there is nothing to be seen, not even noise."""
    return picture.gray_value < _BLACK_GRAY and float(picture.frame.pixels[..., 1].std()) < _BLACK_SD_GRAY


def flat_share(bgra: Pixels) -> float:
    """Share of neighbouring pixels of BGRA pixels, shape (h, w, 4), that are exactly equal in green, 0-1."""
    green = bgra[..., 1]
    step = max(1, len(green) // _ROWS)
    here = green[:-1:step, :-1]
    pairs = 2 * here.size
    same = np.count_nonzero(here == green[:-1:step, 1:]) + np.count_nonzero(here == green[1::step, :-1])
    return same / pairs if pairs else 0.0


class Stillness:
    """For how long the picture has not changed.

    A picture that changes has another gray value: only where that stays the same for long are the pixels compared.
    """

    def __init__(self) -> None:
        self.lasts_s = 0.0
        self._since: RoiData | None = None
        self._last_s = 0.0

    def see(self, picture: RoiData) -> None:
        """Take in the next picture."""
        t_s, since = picture.frame.t_s, self._since
        is_next = 0 <= t_s - self._last_s <= _LONGEST_GAP_S
        self._last_s = t_s
        if since is None or picture.gray_value != since.gray_value or not is_next:
            self._since, self.lasts_s = picture, 0.0
        else:
            self.lasts_s = t_s - since.frame.t_s

    def is_certain(self, picture: RoiData) -> bool:
        """Compare the pixels; if they are others, the time counts anew."""
        if self._since is not None and np.array_equal(self._since.frame.pixels, picture.frame.pixels):
            return True
        self._since, self.lasts_s = picture, 0.0
        return False


class Cover:
    """Something flat, a window, that came over the small ROI all at once.

    It is looked for a few times a second, however often pictures are taken: the detector does not see what is covered,
    and must find the same in all runs.
    """

    def __init__(self) -> None:
        self.is_there = False
        self._looked_s = -np.inf
        self._textured_s = -np.inf
        self._gray_before = 0.0
        self._flat_since_s: float | None = None

    def see(self, small: RoiData) -> None:
        """Take in the next picture."""
        t_s = small.frame.t_s
        if 0 <= t_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = t_s
        share = flat_share(small.frame.pixels)
        if self.is_there:
            self.is_there = share >= _NOT_FLAT_SHARE
        elif share >= _FLAT_SHARE:
            self._suspect(small, t_s)
        else:
            self._flat_since_s = None
        if share <= _TEXTURED_SHARE:
            self._textured_s, self._gray_before = t_s, small.gray_value

    def _suspect(self, small: RoiData, t_s: float) -> None:
        if self._flat_since_s is None:
            if t_s - self._textured_s <= _SUDDEN_S:
                self._flat_since_s = t_s
            return
        is_brighter = small.gray_value > self._gray_before + _BRIGHTER_GRAY
        if t_s - self._flat_since_s >= (_NO_EMISSION_AFTER_S if is_brighter else _COVERED_AFTER_S):
            self.is_there, self._flat_since_s = True, None


class Scene:
    """Whether the large ROI all at once shows something else, and goes on doing so.

    `has_moved` holds from then until the pictures are like each other again. Only a scene that was steady for a second
    can be left, and only pictures that come soon after each other are compared: tissue moves all the time. With fewer
    than two pictures per second nothing is noticed. Pictures that are brighter than the scene may be those of an
    emission; after them a scene begins anew.
    """

    def __init__(self) -> None:
        self.has_moved = False
        self._last: Pattern | None = None
        self._grays = (0.0, 0.0)
        self._compared_s = -np.inf
        self._steady_s = 0.0
        self._bright_since_s: float | None = None
        self._left_since_s: float | None = None
        self._moved_s = 0.0

    def see(self, large: RoiData, small: RoiData) -> None:
        """Take in the next large picture and the small one in it."""
        t_s, grays, roi = large.frame.t_s, (large.gray_value, small.gray_value), large.frame.roi
        gap_s = t_s - self._compared_s
        if min(roi.width, roi.height) < _SMALLEST_SCENE_PX or 0 <= gap_s < _COMPARED_EVERY_S:
            return
        was_bright = self._bright_since_s is not None
        if self._may_be_emission(grays, t_s):
            return
        if was_bright or not 0 <= gap_s <= _LONGEST_PICTURE_GAP_S:
            self._last, self.has_moved = None, False
        self._compared_s = t_s
        self._compare(Pattern.of(large.frame.pixels), grays, gap_s)

    def _may_be_emission(self, grays: tuple[float, float], t_s: float) -> bool:
        """Whether the picture is brighter than the scene, and not for longer than an emission may last."""
        pairs = zip(grays, self._grays, strict=True)
        brighter = any(now > before + max(_BRIGHTER_GRAY, _BRIGHTER_SHARE * before) for now, before in pairs)
        if self._last is None or not brighter:
            self._bright_since_s = None
            return False
        if self._bright_since_s is None:
            self._bright_since_s = t_s
        return 0 <= t_s - self._bright_since_s < _NO_EMISSION_AFTER_S

    def _compare(self, pattern: Pattern, grays: tuple[float, float], gap_s: float) -> None:
        # To undo a shift costs much: it is worth it only where there is a scene that could be left.
        is_steady = self._steady_s >= _SETTLED_AFTER_S
        likeness = None if self._last is None else self._last.likeness(pattern, shifted=is_steady)
        if likeness is not None and likeness >= _LEAST_LIKENESS:
            self._steady_s += gap_s
        elif likeness is not None and is_steady and not self.has_moved:
            if not self._has_left_for_long():
                return
            self.has_moved, self._moved_s, self._steady_s = True, self._compared_s, 0.0
        else:
            self._steady_s = 0.0
        self._last, self._grays, self._left_since_s = pattern, grays, None
        if self._steady_s >= _SETTLED_AFTER_S or self._compared_s - self._moved_s > _NEVER_SETTLES_S:
            self.has_moved = False

    def _has_left_for_long(self) -> bool:
        if self._left_since_s is None:
            self._left_since_s = self._compared_s
        return self._compared_s - self._left_since_s >= _MOVED_AFTER_S
