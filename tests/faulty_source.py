"""A source that fails on purpose: by hand, by a script, or at random from a seed."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from nhem_qt.capture import CaptureError
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nhem_qt.capture import FrameSource
    from nhem_qt.frame import Frame, SourceKind


class Failing(StrEnum):
    """How it fails."""

    RAISES = "raises"
    HANGS = "hangs"
    BLACK = "black"
    FROZEN = "frozen"
    WRONG_SIZED = "wrong-sized"
    TORN = "torn"
    VANISHED = "vanished"


@dataclass(frozen=True)
class Episode:
    """It fails from `begin_s` to `end_s` on the clock of the source."""

    failing: Failing
    begin_s: float
    end_s: float


def random_episodes(seed: int, count_of_each: int, rest_s: float, longest_s: float) -> list[Episode]:
    """Draw so many episodes of every kind in random order, of up to `longest_s`, and at least `rest_s` apart."""
    rng = np.random.default_rng(seed)
    now_s, episodes = rest_s, []
    for kind in rng.permutation(list(Failing) * count_of_each):
        end_s = now_s + longest_s * float(rng.choice((0.01, 0.05, 0.2, 0.5, 1.0)))
        episodes.append(Episode(Failing(kind), now_s, end_s))
        now_s = end_s + rest_s * float(rng.uniform(1, 2))
    return episodes


class FaultySource:
    """Gives the pictures of another source, but for the time of its episodes, or while `failing` is set.

    A hanging grab calls `hang`; by default it waits until `release` is set. Every grab that went wrong is counted in
    `failed_grabs`, and those that gave no frame, or one of a wrong size, by what they did in `raised`.
    """

    def __init__(
        self,
        inner: FrameSource,
        clock: Callable[[], float] = time.perf_counter,
        episodes: Iterable[Episode] = (),
        hang: Callable[[], None] | None = None,
    ) -> None:
        self._inner = inner
        self._clock = clock
        self.begin(episodes)
        self.release = threading.Event()
        self._hang = hang or self._wait
        self._held: Frame | None = None
        self._variants: Iterator[int] = itertools.count()
        self.failing: Failing | None = None
        self.grabs = 0
        self.failed_grabs: Counter[Failing] = Counter()
        self.raised: Counter[str] = Counter()

    def begin(self, episodes: Iterable[Episode], zero_s: float = 0.0) -> None:
        """Take other episodes; their times count from `zero_s`."""
        self._zero_s = zero_s
        self._episodes = iter(episodes)
        self._episode = next(self._episodes, None)

    @property
    def kind(self) -> SourceKind:
        return self._inner.kind

    @property
    def bounds(self) -> Roi:
        if self._failing_now() is Failing.VANISHED:
            raise CaptureError("the screen is gone")
        return self._inner.bounds

    def grab(self, roi: Roi) -> Frame:
        self.grabs += 1
        failing = self._failing_now()
        if failing is None:
            self._held = None
            return self._inner.grab(roi)
        self.failed_grabs[failing] += 1
        return self._failed_grab(failing, roi)

    def close(self) -> None:
        self._inner.close()

    def _wait(self) -> None:
        self.release.wait()

    def _failing_now(self) -> Failing | None:
        now_s = self._clock() - self._zero_s
        while self._episode is not None and now_s >= self._episode.end_s:
            self._episode = next(self._episodes, None)
        episode = self._episode
        return episode.failing if episode is not None and now_s >= episode.begin_s else self.failing

    def _failed_grab(self, failing: Failing, roi: Roi) -> Frame:
        match failing:
            case Failing.RAISES | Failing.VANISHED:
                self._raise(failing)
            case Failing.HANGS:
                frame = self._inner.grab(roi)
                self._hang()
                return frame
            case Failing.WRONG_SIZED:
                self.raised["extraction"] += 1
                return _wrong_sized(self._inner.grab(roi), next(self._variants))
            case Failing.BLACK:
                return dataclasses.replace(now := self._inner.grab(roi), pixels=np.zeros_like(now.pixels))
            case Failing.TORN:
                return self._torn(self._inner.grab(roi))
        return dataclasses.replace(self._frozen().crop(roi), t_s=self._inner.grab(roi).t_s)

    def _raise(self, failing: Failing) -> None:
        variant = next(self._variants) % 3
        self.raised["resource" if variant == 1 else "capture"] += 1
        if variant == 1:
            raise MemoryError
        if variant == 2:
            raise OSError(f"the display {failing}")
        raise CaptureError(f"the screen {failing}")

    def _frozen(self) -> Frame:
        if self._held is None:
            self._held = self._inner.grab(self._inner.bounds).copy()
        return self._held

    def _torn(self, now: Frame) -> Frame:
        """The lower part is that of an earlier picture."""
        pixels = now.pixels.copy()
        half = len(pixels) // 2
        pixels[half:] = self._frozen().crop(now.roi).pixels[half:]
        return dataclasses.replace(now, pixels=pixels)


def _wrong_sized(frame: Frame, variant: int) -> Frame:
    """Return a frame that is too small, shifted, without its fourth channel, of another type, or without a time."""
    roi, pixels = frame.roi, frame.pixels
    wrong = (
        dataclasses.replace(frame, pixels=pixels[1:]),
        dataclasses.replace(frame, pixels=pixels[:, :-1], roi=Roi(roi.x1, roi.y1, roi.x2 - 1, roi.y2)),
        dataclasses.replace(frame, roi=roi.moved(1, 0)),
        dataclasses.replace(frame, pixels=pixels[..., :3]),
        dataclasses.replace(frame, pixels=pixels.astype(np.float64)),
        dataclasses.replace(frame, t_s=float("nan")),
        dataclasses.replace(frame, pixels=pixels[:0]),
    )
    return wrong[variant % len(wrong)]
