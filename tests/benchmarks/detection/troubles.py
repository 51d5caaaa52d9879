"""The kinds of trouble that a curve may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from detection.curves import Array, Curve, Disturb, Emission, Event, Scene, render
from numpy.random import Generator, default_rng

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Apply: TypeAlias = "Callable[[Array, Array], Array]"
POST_S = 0.6  # nothing disturbs the pictures after an emission that its label is made of
PRE_S = 0.45


def usual(rng: Generator) -> Scene:
    """Draw a scene without any special trouble."""
    rate_hz = float(rng.choice((20, 22, 25, 30, 45, 60)))
    return Scene(
        baseline=rng.uniform(40, 180),
        rate_hz=rate_hz,
        picture_hz=min(rate_hz, float(rng.choice((10, 12, 15, 20, 25, 60)))),
        drift=rng.uniform(0, 0.3),
        breathing=rng.uniform(0, 0.7),
        pulsation=rng.uniform(0, 0.3),
        speckle=rng.uniform(0.05, 0.5),
        afterglow=rng.uniform(0, 3),
    )


class Trouble(NamedTuple):
    """How a usual scene is turned into a difficult one."""

    tune: Callable[[Scene, Generator], None]
    disturb: Disturb


def nothing(_: Scene, __: Generator, ___: list[Emission]) -> list[Event]:
    return []


def untouched(_: Scene, __: Generator) -> None:
    pass


# --- troubles with the emissions -----------------------------------------------------------------------------------


def low_rises(scene: Scene, _: Generator) -> None:
    scene.rises = (6.0, 10.0)


def high_rises(scene: Scene, _: Generator) -> None:
    scene.rises = (40.0, 80.0)


def bright_tissue(scene: Scene, rng: Generator) -> None:
    scene.baseline, scene.rises = rng.uniform(150, 200), (8.0, 80.0)


def drift(scene: Scene, rng: Generator) -> None:
    scene.drift = rng.uniform(0.3, 0.8)


def breathing(scene: Scene, rng: Generator) -> None:
    scene.breathing = rng.uniform(0.7, 1.5)


def pulsation(scene: Scene, rng: Generator) -> None:
    scene.pulsation = rng.uniform(0.3, 0.8)


def speckle(scene: Scene, rng: Generator) -> None:
    scene.speckle, scene.rises = rng.uniform(0.6, 1.2), (12.0, 60.0)


def repeated_pictures(scene: Scene, rng: Generator) -> None:
    scene.rate_hz, scene.picture_hz = float(rng.choice((45, 60))), float(rng.choice((10, 12, 15)))
    scene.repeat_noise = float(rng.choice((0.0, 0.05)))


def uneven_times(scene: Scene, rng: Generator) -> None:
    scene.uneven, scene.dropped = rng.uniform(0.3, 0.9), rng.uniform(0.05, 0.25)


def deep_dips(scene: Scene, _: Generator) -> None:
    scene.dip_share, scene.dip_depth = 0.3, (0.35, 0.6)


def duty_cycle(scene: Scene, rng: Generator) -> None:
    scene.duty, scene.rises = rng.uniform(6, 11), (18.0, 60.0)


def ripple(scene: Scene, _: Generator) -> None:
    scene.ripple = 0.15


def afterglow(scene: Scene, _: Generator) -> None:
    scene.afterglow = 5.0


def gentle_edges(scene: Scene, _: Generator) -> None:
    scene.edge_pictures = (2.0, 3.0)


def strong_marks(scene: Scene, _: Generator) -> None:
    scene.differences, scene.rises = (6.0, 15.0), (10.0, 40.0)


def fading_marks(scene: Scene, _: Generator) -> None:
    scene.fading_s = (0.35, 0.7)


def close_emissions(scene: Scene, _: Generator) -> None:
    scene.pauses_s = (1.0, 1.1)


def short_emissions(scene: Scene, _: Generator) -> None:
    scene.durations_s = (0.3, 0.4)


def long_emissions(scene: Scene, _: Generator) -> None:
    scene.durations_s = (1.0, 1.2)


# --- what is no emission -------------------------------------------------------------------------------------------


def quiet(scene: Scene, rng: Generator) -> None:
    scene.emits, scene.length_s = False, 300.0
    scene.breathing, scene.pulsation = rng.uniform(0, 1.5), rng.uniform(0, 0.8)
    scene.speckle = rng.uniform(0.02, 1.2)


def _level(value: float, flicker: float = 0.0) -> Apply:
    return lambda t, _: value + flicker * default_rng(0).uniform(-1, 1, len(t))


def _shift(by: float) -> Apply:
    return lambda _, gray: gray + by


def _spans(scene: Scene, rng: Generator, least_s: float, most_s: float) -> Iterator[tuple[float, float]]:
    """Spans of time, three seconds and more apart."""
    start = rng.uniform(3, 6)
    while start < scene.length_s - 4:
        end = start + rng.uniform(least_s, most_s)
        yield start, end
        start = end + rng.uniform(3, 8)


def _at(t: float, takes_s: float = 0.0) -> tuple[float, float]:
    """Times at which no emission may be labelled because the level changes at `t`."""
    return (t - POST_S, t + takes_s + PRE_S)


def level_steps(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    return [
        Event(start, end, _shift(rng.choice((-1, 1)) * rng.uniform(4, 40)), (_at(start), _at(end)))
        for start, end in _spans(scene, rng, 2.2, 8)
    ]


def probe_moved(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    return [_move(start, end, rng) for start, end in _spans(scene, rng, 3, 8)]


def _move(start_s: float, end_s: float, rng: Generator) -> Event:
    by, takes_s, wobble = rng.uniform(-40, 40), rng.uniform(0.05, 1.5), rng.uniform(0, 5)

    def moved(t: Array, gray: Array) -> Array:
        share = np.clip((t - start_s) / takes_s, 0, 1)
        return gray + by * share + wobble * np.sin(np.pi * share) * np.sin(4 * np.pi * share)

    return Event(start_s, end_s, moved, (_at(start_s, takes_s), _at(end_s)))


def moved_after_emission(_: Scene, rng: Generator, emissions: list[Emission]) -> list[Event]:
    """1-3 s after every other emission the probe moves, and back again after the next one."""
    events = []
    for first, second in zip(emissions[::2], emissions[1::2], strict=False):
        start, end = first.end_s + rng.uniform(1, 3), second.end_s + rng.uniform(1, 3)
        if end - start > 2.2:
            events.append(Event(start, end, _shift(rng.choice((-1, 1)) * rng.uniform(5, 25)), (_at(start), _at(end))))
    return events


def frozen_picture(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """The picture stands still, and has changed a little when it is released."""
    events = []
    for start, end in _spans(scene, rng, 3, 10):
        release = start + rng.uniform(0.1, 0.6) * (end - start)
        release = release if end - release > 2.2 else end
        events.append(Event(start, release, lambda _, gray: gray, ((start - POST_S, release + PRE_S),), holds=True))
        events.append(Event(release, end, _shift(rng.uniform(-15, 15)), (_at(release), _at(end))))
    return events


def covered(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    return [_cover(start, end, rng, PRE_S) for start, end in _spans(scene, rng, 0.3, 6)]


def short_dialogs(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """Windows that stay as long as an emission, and are a little brighter than the tissue."""
    return [_dialog(scene, start, end, 0.0, rng) for start, end in _spans(scene, rng, 0.3, 1.0)]


def fading_dialogs(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """The same, and they fade in and out."""
    return [_dialog(scene, start, end, rng.uniform(0.05, 0.15), rng) for start, end in _spans(scene, rng, 0.4, 1.5)]


def _dialog(scene: Scene, start_s: float, end_s: float, fades_s: float, rng: Generator) -> Event:
    value = min(250.0, scene.baseline + rng.uniform(8, 70))

    def dialog(t: Array, gray: Array) -> Array:
        ramp = np.minimum(t - start_s, end_s - t) / fades_s if fades_s else np.ones(len(t))
        opacity = np.clip(ramp, 0, 1)
        return opacity * value + (1 - opacity) * gray

    return Event(start_s, end_s, dialog, ((start_s - POST_S, end_s + PRE_S),))


def coughs(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """The tissue jerks up and down and comes to rest again."""
    return [_cough(start, end, rng) for start, end in _spans(scene, rng, 1.5, 2.5)]


def _cough(start_s: float, end_s: float, rng: Generator) -> Event:
    height, hz, calms_s = rng.choice((-1, 1)) * rng.uniform(1.5, 5.0), rng.uniform(1.0, 2.2), rng.uniform(0.3, 0.7)

    def cough(t: Array, gray: Array) -> Array:
        since = t - start_s
        return gray + height * np.sin(2 * np.pi * hz * since) * np.exp(-since / calms_s)

    return Event(start_s, end_s, cough, ((start_s - POST_S, end_s + PRE_S),))


def _cover(start_s: float, end_s: float, rng: Generator, apart_s: float) -> Event:
    flicker = float(rng.choice((0.0, 0.03)))
    return Event(start_s, end_s, _level(rng.uniform(0, 255), flicker), ((start_s - POST_S, end_s + apart_s),))


def covered_before_emission(_: Scene, rng: Generator, emissions: list[Emission]) -> list[Event]:
    """A window is removed 0.5-1.5 s before every other emission."""
    events = []
    for emission in emissions[::2]:
        end = emission.start_s - rng.uniform(0.5, 1.5)
        events.append(_cover(end - rng.uniform(0.5, 4), end, rng, 0.0))
    return events


def partly_covered(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """A window lies over a part of the region for long: the rest goes on living."""
    return [_mix(start, end, rng) for start, end in _spans(scene, rng, 2.2, 6)]


def _mix(start_s: float, end_s: float, rng: Generator) -> Event:
    share, value = rng.uniform(0.2, 0.8), rng.uniform(0, 255)
    return Event(
        start_s, end_s, lambda _, gray: share * value + (1 - share) * gray, ((start_s - POST_S, end_s + PRE_S),)
    )


def saturation(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """The gain is turned up until the picture is white, and down again."""
    return [_gain(start, end, rng.uniform(0.4, 1.5)) for start, end in _spans(scene, rng, 3.5, 6)]


def _gain(start_s: float, end_s: float, takes_s: float) -> Event:
    def gain(t: Array, gray: Array) -> Array:
        return gray + 300 * np.clip(np.minimum((t - start_s) / takes_s, (end_s - t) / takes_s), 0, 1)

    return Event(start_s, end_s, gain, ((start_s - POST_S, end_s + PRE_S),))


def soft_saturation(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """The region goes nearly white: hardly anything is left of the noise."""
    events = []
    for start, _end in _spans(scene, rng, 2.5, 2.5):
        end = start + rng.uniform(0.3, 3.0)
        white = _level(rng.uniform(249.0, 255.0), rng.uniform(0.02, 0.15))
        events.append(Event(start, end, white, ((start - POST_S, end + PRE_S),)))
    return events


def white_flashes(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """The region goes all white for an instant or a while; by more than an emission makes it."""
    scene.baseline = min(scene.baseline, 150.0)
    events = []
    for start, _end in _spans(scene, rng, 2.5, 2.5):
        end = start + rng.choice((0.04, 0.08, 0.6, 1.0, 2.5))
        events.append(Event(start, end, _level(255.0), ((start - POST_S, end + PRE_S),)))
    return events


def slow_swells(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    return [_swell(start, end, rng) for start, end in _spans(scene, rng, 1.5, 8)]


def swells_that_end_fast(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """They rise slowly, stay for a while and fall faster."""
    return [_lopsided(start, rng) for start, _ in _spans(scene, rng, 2.0, 2.5)]


def _lopsided(start_s: float, rng: Generator) -> Event:
    height, rises_s = rng.uniform(6, 30), rng.uniform(0.5, 1.2)
    stays_s, falls_s = rng.uniform(0, 0.6), rng.uniform(0.25, 0.6)
    end_s = start_s + rises_s + stays_s + falls_s

    def swell(t: Array, gray: Array) -> Array:
        return gray + height * np.clip(np.minimum((t - start_s) / rises_s, (end_s - t) / falls_s), 0, 1)

    return Event(start_s, end_s, swell, ((start_s - POST_S, end_s + PRE_S),))


def _swell(start_s: float, end_s: float, rng: Generator) -> Event:
    height, power = rng.uniform(5, 40), rng.uniform(1, 2.5)

    def swell(t: Array, gray: Array) -> Array:
        return gray + height * np.sin(np.pi * (t - start_s) / (end_s - start_s)) ** power

    return Event(start_s, end_s, swell, ((start_s - POST_S, end_s + PRE_S),))


def flicker(scene: Scene, rng: Generator, _: list[Emission]) -> list[Event]:
    """Single pictures are much too bright or too dark."""
    period_s = 1 / scene.picture_hz
    return [
        Event(start, start + period_s, _shift(rng.uniform(-40, 40)), ((start - POST_S, start + PRE_S),))
        for start, _end in _spans(scene, rng, 0.1, 0.1)
    ]


TROUBLES: dict[str, Trouble] = {
    "plain": Trouble(untouched, nothing),
    **{
        tune.__name__: Trouble(tune, nothing)
        for tune in (
            low_rises,
            high_rises,
            bright_tissue,
            drift,
            breathing,
            pulsation,
            speckle,
            repeated_pictures,
            uneven_times,
            deep_dips,
            duty_cycle,
            ripple,
            afterglow,
            gentle_edges,
            strong_marks,
            fading_marks,
            close_emissions,
            short_emissions,
            long_emissions,
            quiet,
        )
    },
    **{
        disturb.__name__: Trouble(untouched, disturb)
        for disturb in (
            level_steps,
            probe_moved,
            moved_after_emission,
            frozen_picture,
            covered,
            covered_before_emission,
            partly_covered,
            short_dialogs,
            fading_dialogs,
            saturation,
            soft_saturation,
            white_flashes,
            slow_swells,
            swells_that_end_fast,
            coughs,
            flicker,
        )
    },
}


def curves(seeds: range, names: Iterable[str] = TROUBLES, *, marks_last: bool = True) -> Iterator[Curve]:
    """Make one curve of every trouble and seed."""
    for name in names:
        for seed in seeds:
            rng = default_rng((seed, *name.encode()))
            scene = usual(rng)
            if not marks_last:
                scene.fading_s, scene.lasting = (0.35, 0.6), 0.0
            TROUBLES[name].tune(scene, rng)
            yield render(name, scene, TROUBLES[name].disturb, rng)
