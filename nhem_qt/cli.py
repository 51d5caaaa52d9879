"""The command line."""

from __future__ import annotations

import argparse
import logging
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

import nhem_qt
from nhem_qt.capture import CaptureError, SourceChoice
from nhem_qt.config import default_config_path, load_config
from nhem_qt.errors import NhemError
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import InvalidRoiError, Roi
from nhem_qt.session import make_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nhem_qt.detection import Peak

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2


class NoDisplayError(NhemError):
    """There is nothing to show a window on."""


_DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code: 0 done, 1 failed at run time, 2 wrong usage."""
    options = _parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    try:
        _run_window(options)
    except NhemError as error:
        print(f"nhem-qt: {error}", file=sys.stderr)
        return EXIT_FAILED
    return EXIT_DONE


def _joined(arguments: Sequence[str]) -> list[str]:
    """Write `--roi -10,0,90,80` as one word, for argparse takes the value for an option else."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--roi":
            joined[-1] = f"--roi={argument}"
        else:
            joined.append(argument)
    return joined


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nhem-qt", description=nhem_qt.__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"nhem-qt {nhem_qt.__version__}")
    _add_window_options(parser)
    return parser


def _add_window_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--config", type=Path, metavar="PATH", help="configuration file (default: ./fem_config.json, else your own)")
    add("--source", type=_source, default=SourceChoice(SourceKind.SCREEN), help="screen, demo, sine or video:PATH")
    add("--roi", type=_roi, metavar="X1,Y1,X2,Y2", help="large ROI in device pixels, for this run only")
    add("--start", action="store_true", help="start monitoring at once")
    add("--seconds", type=_seconds, metavar="N", help="start at once, stop after N s of monitoring, and leave")
    add("--export", type=Path, metavar="DIR", help="on leaving: samples.csv, peaks.csv, snapshot.json into DIR")
    add("--screenshot", type=Path, metavar="FILE", help="on leaving: PNG of the main window")
    add("--data-dir", type=Path, metavar="DIR", help="where sessions are kept (default: your data folder)")


def _source(text: str) -> SourceChoice:
    try:
        return SourceChoice.parse(text)
    except CaptureError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _roi(text: str) -> Roi:
    try:
        return Roi.parse(text)
    except InvalidRoiError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: give a number of seconds greater than 0")
    return seconds


def _run_window(options: argparse.Namespace) -> None:
    loaded = load_config(options.config or default_config_path(), os.environ, {})
    logging.basicConfig(level=loaded.config.logging.level, format="%(asctime)s %(levelname)s %(message)s")
    for problem in loaded.problems:
        logging.getLogger(__name__).warning(problem)
    _require_display(os.environ)
    _require_outputs(options)
    # Qt is loaded only where a window is wanted: all else works without it.
    from nhem_qt.ui.app import Departure, run_window  # noqa: PLC0415
    from nhem_qt.ui.main_window import WindowSetup  # noqa: PLC0415

    data_folder = options.data_dir or platformdirs.user_data_path("nhem-qt", appauthor=False)
    setup = WindowSetup(options.source, options.roi, loaded.config, data_folder, options.seconds)
    departure = Departure(options.start, options.export, options.screenshot)
    summary = run_window(setup, departure, loaded.problems)
    if options.seconds is not None:
        _print_summary(summary.sample_count, summary.peaks)


def _require_display(environment: Mapping[str, str]) -> None:
    """Qt would abort the process without a display, so look for one first."""
    if sys.platform.startswith("linux") and not any(environment.get(name) for name in _DISPLAY_VARIABLES):
        raise NoDisplayError(
            "There is no display: start the program in a desktop session, or under a virtual one with xvfb-run"
        )


def _require_outputs(options: argparse.Namespace) -> None:
    """Find out before anything is measured whether its results can be written."""
    if options.export is not None:
        make_folder(options.export)
    if options.screenshot is not None:
        make_folder(options.screenshot.absolute().parent)


def _print_summary(sample_count: int, peaks: Sequence[Peak]) -> None:
    green = sum(peak.color == "green" for peak in peaks)
    print(f"{sample_count} samples, {len(peaks)} peaks: {green} green (HEM), {len(peaks) - green} red (no HEM)")
    for peak in peaks:
        print(
            f"  {peak.peak_index:3d}  {peak.color:5s}  {peak.start_s:8.2f} s to {peak.end_s:8.2f} s"
            f"  difference {peak.difference:+6.2f}  confidence {peak.confidence:.2f}"
        )
