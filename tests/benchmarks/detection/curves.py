"""Gray curves with known truth, modelled on real ones.

Everything is a function of time first (tissue, marks, emissions, troubles). The scanner looks at it some ten to
sixty times a second (pictures, with speckle), and the recorder looks at the pictures at its own pace (frames, which
may repeat pictures, come late or be missing).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

Array: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.float64]]"
Indices: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.intp]]"

PRE_S = (-0.35, -0.1)
POST_S = (0.12, 0.5)
PIXELS = 2500


@dataclass(frozen=True, slots=True)
class Truth:
    """One emission: first and last moment, and the gray value that its mark adds after minus before."""

    start_s: float
    end_s: float
    difference: float
    rise: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A gray curve and the emissions in it."""

    trouble: str
    t_s: Array
    gray: Array
    truths: tuple[Truth, ...]
    rate_hz: float

    @property
    def length_s(self) -> float:
        return float(self.t_s[-1] - self.t_s[0])


@dataclass(slots=True)
class Scene:
    """What may differ from curve to curve; the troubles below turn one knob or two."""

    length_s: float = 60.0
    baseline: float = 100.0
    drift: float = 0.1  # gray/s
    breathing: float = 0.3  # gray
    pulsation: float = 0.15  # gray
    speckle: float = 0.25  # gray, sd of the mean
    rate_hz: float = 45.0
    picture_hz: float = 15.0
    uneven: float = 0.0
    dropped: float = 0.0
    repeat_noise: float = 0.02
    rises: tuple[float, float] = (12.0, 60.0)
    durations_s: tuple[float, float] = (0.3, 1.2)
    pauses_s: tuple[float, float] = (1.5, 8.0)
    differences: tuple[float, float] = (-5.0, 15.0)
    edge_pictures: tuple[float, float] = (0.0, 2.0)
    afterglow: float = 1.0  # gray at most
    dip_share: float = 0.06  # of the pictures of a plateau
    dip_depth: tuple[float, float] = (0.15, 0.5)
    ripple: float = 0.05  # of the rise, from picture to picture
    duty: float = 0.0  # gray, alternating from picture to picture
    fading_s: tuple[float, float] = (0.5, 6.0)
    lasting: float = 0.8  # share of a mark at most that stays for long
    emits: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is no emission: what it makes of the gray values from `start_s` to `end_s`.

    No emission overlaps the times of `spoils`: what it would be labelled with could not be seen.
    """

    start_s: float
    end_s: float
    apply: Callable[[Array, Array], Array]
    spoils: tuple[tuple[float, float], ...]
    holds: bool = False  # the pictures stand still


Disturb: TypeAlias = "Callable[[Scene, Generator, list[Emission]], list[Event]]"


# --- emissions and their marks -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Emission:
    """What an emission adds to the gray values, and for how long."""

    start_s: float
    end_s: float
    rise: float
    rise_s: float
    fall_s: float
    glow: float
    glow_s: float
    mark: float
    fading_s: float
    lasting: float
    slope: float

    def light(self, t: Array) -> Array:
        """Brightness that the emission adds, dips aside."""
        since, left = t - self.start_s, t - self.end_s
        up = np.clip(since / self.rise_s, 0, 1) if self.rise_s else (since >= 0).astype(float)
        down = 1 - np.clip(left / self.fall_s, 0, 1) if self.fall_s else (left < 0).astype(float)
        tilt = 1 + self.slope * np.clip(since / (self.end_s - self.start_s) - 0.5, -0.5, 0.5)
        glow = np.where(left >= self.fall_s, self.glow * np.clip(1 - (left - self.fall_s) / self.glow_s, 0, 1), 0.0)
        return self.rise * up * down * tilt + glow

    def marking(self, t: Array) -> Array:
        """Brightness of the mark: it grows during the emission and fades, first fast, then slowly."""
        left = t - self.end_s
        growth = np.clip((t - self.start_s) / (self.end_s - self.start_s), 0, 1)
        fading = np.exp(-np.maximum(left, 0) / self.fading_s)
        slowly = np.exp(-np.maximum(left, 0) / (20 * self.fading_s))
        return self.mark * growth * ((1 - self.lasting) * fading + self.lasting * slowly)


def _emissions(scene: Scene, rng: Generator) -> list[Emission]:
    found = []
    t = rng.uniform(1.5, 3.0)
    while scene.emits:
        duration = rng.uniform(*scene.durations_s)
        if t + duration > scene.length_s - 1.5:
            break
        found.append(_emission(scene, rng, t, t + duration))
        t += duration + rng.uniform(*scene.pauses_s)
    return found


def _emission(scene: Scene, rng: Generator, start_s: float, end_s: float) -> Emission:
    low, high = scene.rises
    high = max(low, min(high, 230 - scene.baseline))  # no emission is all white
    rise = low * (high / low) ** rng.uniform()
    edges = rng.uniform(*scene.edge_pictures, size=2) / max(scene.picture_hz, 12.0)
    difference = np.clip(rng.uniform(*scene.differences), -0.6 * rise, 0.6 * rise)
    fading_s, lasting = rng.uniform(*scene.fading_s), rng.uniform(0, scene.lasting)
    shape = Emission(0, end_s - start_s, 1, 0, 0, 0, 1, 1, fading_s, lasting, 0)
    mean = float(np.mean(shape.marking(end_s - start_s + np.linspace(*POST_S, 39))))
    return Emission(
        start_s,
        end_s,
        rise,
        float(edges[0]),
        float(edges[1]),
        min(rng.uniform(0, scene.afterglow), 0.3 * rise),
        rng.uniform(0.06, 0.2),
        float(difference) / mean,
        fading_s,
        lasting,
        rng.uniform(-0.2, 0.2),
    )


def _truth(emission: Emission, emissions: list[Emission], frames_s: Array, shown_s: Array) -> Truth:
    """Label an emission: from the first to the last frame that shows it at half of its brightness or more."""

    def marks(window: tuple[float, float], around_s: float) -> float:
        t = around_s + np.linspace(*window, 39)
        return float(np.mean(sum((other.marking(t) for other in emissions), np.zeros(39))))

    difference = marks(POST_S, emission.end_s) - marks(PRE_S, emission.start_s)
    visible_s = frames_s[emission.light(shown_s) >= emission.rise / 2]
    return Truth(float(visible_s[0]), float(visible_s[-1]), difference, emission.rise)


# --- from the scene to the curve -----------------------------------------------------------------------------------


def render(trouble: str, scene: Scene, disturb: Disturb, rng: Generator) -> Curve:
    """Make the curve of a scene."""
    emissions = _emissions(scene, rng)
    events = disturb(scene, rng, emissions)
    spoilt = [times for event in events for times in event.spoils]
    emissions = [each for each in emissions if not any(a < each.end_s and each.start_s < b for a, b in spoilt)]
    pictures_s = np.arange(0, scene.length_s, 1 / scene.picture_hz)
    pictures_s = pictures_s + rng.uniform(0, 0.2 / scene.picture_hz, len(pictures_s))
    gray = _tissue(scene, rng, pictures_s)
    for emission in emissions:
        gray += emission.marking(pictures_s) + _plateau(scene, rng, emission, pictures_s)
    gray += scene.speckle * rng.standard_normal(len(gray))
    for event in events:
        inside = (pictures_s >= event.start_s) & (pictures_s < event.end_s)
        gray[inside] = event.apply(pictures_s[inside], gray[inside])
    frames_s, shown = _record(scene, events, rng, pictures_s)
    recorded = gray[shown] + scene.repeat_noise * rng.uniform(-1, 1, len(shown))
    truths = tuple(_truth(each, emissions, frames_s, pictures_s[shown]) for each in emissions)
    return Curve(trouble, frames_s, _of_pixels(recorded), truths, scene.rate_hz)


def _tissue(scene: Scene, rng: Generator, t: Array) -> Array:
    breath_hz, pulse_hz = rng.uniform(0.15, 0.35), rng.uniform(0.9, 2.2)
    breath = np.sin(2 * np.pi * breath_hz * t + rng.uniform(0, 6))
    pulse_phase = 2 * np.pi * pulse_hz * t
    pulse = np.sin(pulse_phase) + 0.5 * np.sin(2 * pulse_phase + 1)
    walk = np.cumsum(rng.standard_normal(len(t))) * 0.15 / np.sqrt(scene.picture_hz)
    drift = scene.drift * rng.choice((-1, 1)) * scene.length_s / 6 * np.sin(6 * t / scene.length_s) + scene.drift * walk
    return scene.baseline + drift + scene.breathing * breath + scene.pulsation * pulse


def _plateau(scene: Scene, rng: Generator, emission: Emission, t: Array) -> Array:
    light = emission.light(t)
    on = (t >= emission.start_s + emission.rise_s) & (t < emission.end_s)
    light[on] *= 1 + scene.ripple * rng.standard_normal(int(on.sum()))
    light[on] += scene.duty * np.where(np.arange(int(on.sum())) % 2, -0.5, 0.5)
    inner = np.flatnonzero(on)[1:-1]
    dips = inner[rng.uniform(size=len(inner)) < scene.dip_share]
    # no two dips in a row where pictures are slow: a dip lasts a tenth of a second, or it is a pause
    apart = max(1, round(0.1 * scene.picture_hz))
    dips = dips[np.insert(np.diff(dips) > apart, 0, True)] if len(dips) else dips
    light[dips] *= 1 - rng.uniform(*scene.dip_depth, size=len(dips))
    return light


def _record(scene: Scene, events: list[Event], rng: Generator, pictures_s: Array) -> tuple[Array, Indices]:
    """Return the times of the frames, and the picture that each of them shows."""
    frames_s = np.arange(pictures_s[0], scene.length_s, 1 / scene.rate_hz)
    frames_s = frames_s + scene.uneven / scene.rate_hz * rng.uniform(0, 1, len(frames_s))
    frames_s = frames_s[rng.uniform(size=len(frames_s)) >= scene.dropped]
    shown = np.maximum(np.searchsorted(pictures_s, frames_s, side="right") - 1, 0)
    for event in events:
        if event.holds:
            inside = (frames_s >= event.start_s) & (frames_s < event.end_s)
            shown[inside] = shown[inside][0] if inside.any() else 0
    return frames_s, shown


def _of_pixels(gray: Array) -> Array:
    """Mean of 2500 whole gray values of 0-255."""
    return np.round(np.clip(gray, 0, 255) * PIXELS) / PIXELS
