"""The figures of a health report as rows of title, words and curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.monitor import HealthReport

_NOTHING = "\N{EM DASH}"


class Figure(NamedTuple):
    """Title and meaning of a figure, its words, and the number that is drawn over time, if one is."""

    title: str
    tip: str
    words: Callable[[HealthReport], str]
    value: Callable[[HealthReport], float | None] | None = None


def health_figures(tr: Callable[[str], str]) -> tuple[Figure, ...]:
    """Return all figures, the most wanted first."""
    return (
        Figure(
            tr("values"),
            tr("Gray values measured per second, of the last 100"),
            lambda report: tr("{0:.1f} per second").format(report.rate_hz),
            lambda report: report.rate_hz,
        ),
        Figure(
            tr("pictures"),
            tr("Pictures of the large region taken per second"),
            lambda report: tr("{0:.1f} per second").format(report.picture_rate_hz),
        ),
        Figure(
            tr("time for a value"),
            tr("From capture to verdict: 50, 95 and 99 of the last 100 values took less than this"),
            lambda report: tr("{0:.1f} / {1:.1f} / {2:.1f} ms").format(
                report.latency_p50_ms, report.latency_p95_ms, report.latency_p99_ms
            ),
            lambda report: report.latency_p95_ms,
        ),
        Figure(
            tr("on time"),
            tr("How many of the last 100 were captured within 100 ms of when they were due"),
            lambda report: f"{report.synchronisation_rate:.0%}",
            lambda report: report.synchronisation_rate,
        ),
        Figure(
            tr("captured"),
            tr("How many of the last 100 captures worked"),
            lambda report: f"{report.success_rate:.0%}",
            lambda report: report.success_rate,
        ),
        Figure(
            tr("recovered"),
            tr("How many of the outages of this session are over"),
            lambda report: f"{report.recovery_rate:.0%}",
        ),
        Figure(
            tr("dropped"),
            tr("Values that came too late and were left out, and those left out to spare a busy machine"),
            lambda report: _drops(report, tr),
        ),
        Figure(
            tr("faults"),
            tr("What went wrong in this session"),
            lambda report: _failures(report, tr),
        ),
        Figure(
            tr("picture quality"),
            tr("Sharpness, brightness and age of the measured picture as a score from 0 to 1"),
            lambda report: _NOTHING if report.quality is None else f"{report.quality:.2f}",
            lambda report: report.quality,
        ),
        Figure(
            tr("memory"),
            tr("What the program takes"),
            lambda report: _NOTHING if report.memory_mb is None else tr("{0:.0f} MB").format(report.memory_mb),
            lambda report: report.memory_mb,
        ),
        Figure(
            tr("processor"),
            tr("What the program takes of all processors, and how busy the machine is"),
            lambda report: _processor(report, tr),
            lambda report: report.cpu_share,
        ),
    )


def _drops(report: HealthReport, tr: Callable[[str], str]) -> str:
    if not report.left_out:
        return str(report.dropped)
    return tr("{0}, and {1} left out").format(report.dropped, report.left_out)


def _failures(report: HealthReport, tr: Callable[[str], str]) -> str:
    counts = [f"{kind} {count}" for kind, count in report.failures.items() if count]
    return ", ".join(counts) or tr("none")


def _processor(report: HealthReport, tr: Callable[[str], str]) -> str:
    if report.cpu_share is None:
        return _NOTHING
    return tr("{0:.0%}, load {1}").format(report.cpu_share, report.load)
