"""The command line."""

from __future__ import annotations

import argparse
import io
import json
import logging
import math
import os
import platform
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

import nhem_qt
from nhem_qt.analysis import (
    FASTEST_HZ,
    SLOWEST_HZ,
    ClashError,
    Request,
    RoiChoice,
    SizedRoi,
    analyse_all,
    recordings,
    require_room,
    write_summary,
)
from nhem_qt.capture import CaptureError, SourceChoice
from nhem_qt.config import check, default_config_path, load_config, migrate_single_to_dual, shown
from nhem_qt.detection import DetectorConfig
from nhem_qt.doctor import Machine, as_json, can_monitor, examine, finding_text, has_display, verdict_text
from nhem_qt.errors import NhemError
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import InvalidRoiError, Roi
from nhem_qt.logs import log_path, log_to_console, log_to_file
from nhem_qt.own_folders import own_data_folder
from nhem_qt.session import (
    PEAK_COLUMNS,
    SessionState,
    export_kept,
    find_session,
    list_sessions,
    make_folder,
    no_progress,
    peak_cells,
    peak_row,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nhem_qt.analysis import Analysis, Outcome, Position
    from nhem_qt.config import LoadedConfig
    from nhem_qt.detection import Peak
    from nhem_qt.session import KeptSummary

EXIT_DONE = 0
EXIT_FAILED = 1


class NoDisplayError(NhemError):
    """There is nothing to show a window on."""


_DETECTOR_OPTIONS = ("mode", "threshold", "difference_threshold", "margin_frames", "min_region_length")
_WINDOW_OPTIONS = ("config", "data_dir", "source", "roi", "start", "seconds", "export", "screenshot")
_SHARED_OPTIONS = {
    "config": ("PATH", "configuration file (default: ./fem_config.json, else your own)"),
    "data_dir": ("DIR", "where sessions are kept (default: your data folder)"),
}

_REDRAW_S = 0.2
_USUAL_COLUMNS = 80

_ENDS = {
    SessionState.FINISHED: "",
    # A session that broke off a moment ago looks the same from outside.
    SessionState.RUNNING: "  not finished",
    SessionState.INTERRUPTED: "  interrupted",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code: 0 done, 1 failed at run time, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # A log that cannot be written, on a full disk say, is no reason to print how the program works.
    logging.raiseExceptions = False
    options = _parsed(sys.argv[1:] if arguments is None else arguments)
    try:
        if options.run is not _run_window:
            # An end that is asked for is as orderly as Ctrl+C.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            _let_signals_in()
        return int(options.run(options))
    except NhemError as error:
        _complain(error)
    except KeyboardInterrupt:
        _complain("stopped before the end; what is written so far is whole")
    except BrokenPipeError:  # before OSError, of which it is one
        # Whoever read the output has seen enough: say nothing more, also not while Python shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _complain(f"the output cannot be written ({error.strerror}): make room, or write elsewhere")
    return EXIT_FAILED


def _complain(error: object) -> None:
    print(f"nhem-qt: {error}", file=sys.stderr)


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(_joined(arguments))
    if options.command is not None:
        _refuse_window_options(parser, options)
    return options


def _refuse_window_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Leave with the exit code for wrong usage if the command can make nothing of an option before it."""
    for name in _WINDOW_OPTIONS:
        if name not in options.shared and getattr(options, name):
            words = f"it is meant for the window here, not for {options.command}"
            parser.error(f"argument {_flag(name)}: {words}: see nhem-qt {options.command} --help")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


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
    parser.set_defaults(run=_run_window, shared=(), config=None, data_dir=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    _add_analyze(commands)
    _add_sessions(commands)
    _add_config(commands)
    _add_doctor(commands)
    return parser


def _add_window_options(parser: argparse.ArgumentParser) -> None:
    _add_shared(parser, *_SHARED_OPTIONS)
    add = parser.add_argument
    add("--source", type=_source, help="screen (default), demo, sine or video:PATH")
    add("--roi", type=_roi, metavar="X1,Y1,X2,Y2", help="large ROI in device pixels, for this run only")
    add("--start", action="store_true", help="start monitoring at once")
    add("--seconds", type=_seconds, metavar="N", help="start at once, stop after N s of monitoring, and leave")
    add("--export", type=Path, metavar="DIR", help="on leaving: samples.csv, peaks.csv, snapshot.json into DIR")
    add("--screenshot", type=Path, metavar="FILE", help="on leaving: PNG of the main window")


def _add_shared(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add options that may also stand before a command: by a default they would reset what is given there."""
    for name in names:
        metavar, words = _SHARED_OPTIONS[name]
        parser.add_argument(_flag(name), type=Path, default=argparse.SUPPRESS, metavar=metavar, help=words)
    parser.set_defaults(shared=names)


def _add_analyze(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("analyze", help="find the emissions in videos and CSV curves", allow_abbrev=False)
    # Unset options must not overwrite the configuration: what is not given is not there.
    parser.set_defaults(run=partial(_run_analyze, parser))
    add = parser.add_argument
    words = "a video, a CSV with the columns t_s and gray, or a folder of these"
    add("files", nargs="+", type=Path, metavar="FILE", help=words)
    words = "large ROI in pixels of the video (default: all of it); as WxH:X1,Y1,X2,Y2 for videos of that size"
    # Under a name of its own: the window's --roi is in device pixels.
    add("--roi", type=_sized_roi, action="append", default=[], dest="rois", metavar="X1,Y1,X2,Y2", help=words)
    words = "write FILE_samples.csv and FILE_peaks.csv into DIR, and for a folder or several FILEs summary.csv"
    add("--out", type=Path, metavar="DIR", help=words)
    add("--json", action="store_true", help="print one JSON object per file and line")
    _add_shared(parser, "config")
    add("--rate", type=_rate, metavar="HZ", help="rate of a CSV without t_s")
    add("--mode", choices=("adaptive", "fixed"), help="where a region opens: above the baseline, or above --threshold")
    add("--threshold", type=float, metavar="G", help="gray value at which a region opens in fixed mode")
    add("--difference-threshold", type=float, metavar="G", help="above this difference an emission is green")
    add("--margin-frames", type=int, metavar="N", help="frames averaged before and after an emission")
    add("--min-region-length", type=int, metavar="N", help="fewest frames of an emission")


def _add_sessions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sessions = commands.add_parser("sessions", help="list the kept sessions, oldest first", allow_abbrev=False)
    sessions.set_defaults(run=_run_sessions)
    export = commands.add_parser("export", help="write the files of a kept session", allow_abbrev=False)
    export.set_defaults(run=_run_export)
    export.add_argument("session", metavar="SESSION", help="the first word of a line of `nhem-qt sessions`")
    words = "tables, snapshot, curve and last picture go there, replacing what an earlier export left"
    export.add_argument("--out", type=Path, metavar="DIR", required=True, help=words)
    export.add_argument("--report", action="store_true", help="write report.html as well")
    for parser in (sessions, export):
        _add_shared(parser, "data_dir")


def _add_config(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("config", help="show, check or migrate a configuration", allow_abbrev=False)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, run, words in (
        ("show", _run_config_show, "print every value in use, and where it comes from"),
        ("check", _run_config_check, "print what is wrong, one problem a line"),
        ("migrate", _run_config_migrate, "convert from single to dual mode; the original is kept beside the file"),
    ):
        action = actions.add_parser(name, help=words, description=words, allow_abbrev=False)
        action.set_defaults(run=run)
        action.add_argument("path", nargs="?", type=Path, metavar="PATH", help="default: what the program would load")


def _add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "tell what this machine offers, and what stands in the way of monitoring"
    parser = commands.add_parser("doctor", help=words, description=words, allow_abbrev=False)
    parser.set_defaults(run=_run_doctor)
    _add_shared(parser, "config", "data_dir")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


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


def _sized_roi(text: str) -> SizedRoi:
    try:
        return SizedRoi.parse(text)
    except InvalidRoiError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seconds(text: str) -> float:
    return _positive(text, "is no duration: give a number of seconds greater than 0")


def _rate(text: str) -> float:
    complaint = f"is no rate: give a number of samples per second from {SLOWEST_HZ:g} to {FASTEST_HZ:g}"
    rate_hz = _positive(text, complaint)
    if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
        raise argparse.ArgumentTypeError(f"{text!r} {complaint}")
    return rate_hz


def _positive(text: str, complaint: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} {complaint}")
    return number


def _load_config(path: Path | None, arguments: Mapping[str, object]) -> LoadedConfig:
    """Load the configuration and open the log on standard error."""
    # A file named by hand may be anything, such as a recording: it is left where it is.
    loaded = load_config(path or default_config_path(), os.environ, arguments, set_aside=path is None)
    log_to_console(loaded.config.logging.level)
    return loaded


def _tell_problems(loaded: LoadedConfig) -> None:
    for text in (*loaded.problems, *loaded.notices):
        logging.getLogger(__name__).warning(text)


def _run_sessions(options: argparse.Namespace) -> int:
    summaries = list_sessions(options.data_dir or own_data_folder())
    if sys.stdout.isatty():
        print(f"{len(summaries)} kept sessions in {options.data_dir or own_data_folder()}")
    for summary in summaries:
        print(_session_line(summary))
    return EXIT_DONE


def _session_line(summary: KeptSummary) -> str:
    if summary.error is not None:
        return f"{summary.session_id}  damaged: {summary.error}"
    started = f"{summary.started_at:%Y-%m-%d %H:%M:%S}"
    found = f"{summary.green} green  {summary.red} red"
    end = _ENDS[summary.state] + (f"  {summary.name}" if summary.name else "")
    return f"{summary.session_id}  {started}  {summary.length_s:8.1f} s  {summary.source:6s}  {found}{end}"


def _run_export(options: argparse.Namespace) -> int:
    path = find_session(options.data_dir or own_data_folder(), options.session)
    progress = partial(_print_share, options.session) if sys.stderr.isatty() else no_progress
    export_kept(path, options.out, progress=progress, report=options.report)
    return EXIT_DONE


def _print_share(session_id: str, share: float) -> None:
    print(f"{session_id}: {share:4.0%}", end="\r", file=sys.stderr, flush=True)


def _run_config_show(options: argparse.Namespace) -> int:
    path = options.path or default_config_path()
    print("\n".join(shown(load_config(path, os.environ, {}, set_aside=False))))
    return EXIT_DONE


def _run_config_check(options: argparse.Namespace) -> int:
    problems = check(options.path or default_config_path(), os.environ)
    for problem in problems:
        print(problem)
    return EXIT_FAILED if problems else EXIT_DONE


def _run_config_migrate(options: argparse.Namespace) -> int:
    result = migrate_single_to_dual(options.path)
    failed = result.outcome == "failed"
    print(result.report, file=sys.stderr if failed else sys.stdout)
    return EXIT_FAILED if failed else EXIT_DONE


def _run_doctor(options: argparse.Namespace) -> int:
    log_to_console("INFO")
    path = options.config or default_config_path()
    data_folder = options.data_dir or own_data_folder()
    findings = []
    for finding in examine(Machine(os.environ, path, data_folder, log_path(options.data_dir))):
        findings.append(finding)
        if not options.json:
            print(finding_text(finding), flush=True)
    print(as_json(findings) if options.json else verdict_text(findings))
    return EXIT_DONE if can_monitor(findings) else EXIT_FAILED


def _run_analyze(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    given = {name: getattr(options, name) for name in _DETECTOR_OPTIONS if getattr(options, name) is not None}
    files = recordings(options.files)
    _check_detector_options(parser, given)
    _check_room(parser, options.out, files)
    loaded = _load_config(options.config, {f"peak_detection.{name}": value for name, value in given.items()})
    _tell_problems(loaded)
    line = _ProgressLine()
    request = Request(loaded.config, _roi_choice(parser, options), options.rate, options.out, line.tell)
    is_batch = len(files) > 1 or any(path.is_dir() for path in options.files)
    failed = _analyzed(files, request, line, as_json=options.json, with_summary=is_batch)
    if failed and len(files) > 1:
        _complain(f"{len(failed)} of {len(files)} files could not be analysed in full: {', '.join(map(str, failed))}")
    return EXIT_FAILED if failed else EXIT_DONE


def _check_detector_options(parser: argparse.ArgumentParser, given: Mapping[str, object]) -> None:
    """Leave with the exit code for wrong usage if a value cannot be used."""
    try:
        DetectorConfig.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        parser.error(f"argument {_flag(str(first['loc'][0]))}: {first['msg']}")


def _check_room(parser: argparse.ArgumentParser, out: Path | None, files: Sequence[Path]) -> None:
    """Leave with the exit code for wrong usage if results would replace what they must not."""
    try:
        if out is not None:
            require_room(files, out)
    except ClashError as error:
        parser.error(f"argument --out: {error}")


def _roi_choice(parser: argparse.ArgumentParser, options: argparse.Namespace) -> RoiChoice:
    try:
        return RoiChoice.of(options.rois)
    except InvalidRoiError as error:
        parser.error(f"argument --roi: {error}")


def _analyzed(
    files: Sequence[Path], request: Request, line: _ProgressLine, *, as_json: bool, with_summary: bool
) -> list[Path]:
    """Analyse all files and print what was found, or why not; returns those that failed or are broken."""
    outcomes: list[Outcome] = []
    try:
        for outcome in analyse_all(files, request):
            line.clear()
            outcomes.append(outcome)
            _tell_outcome(outcome, as_json=as_json)
    finally:
        line.clear()
        # Also where it ends too early: what was done by then is whole.
        if request.out is not None and with_summary and outcomes:
            write_summary(request.out, outcomes)
    return [outcome.file for outcome in outcomes if outcome.error is not None]


def _tell_outcome(outcome: Outcome, *, as_json: bool) -> None:
    found = outcome.found
    if found is None:
        _complain(outcome.error)
        return
    for text in (*found.notices, *found.flaws):
        _complain(f"{outcome.file.name}: {text}")
    print(_json_line(found) if as_json else _table(found), flush=True)


class _ProgressLine:
    """One line on a terminal that tells how far an analysis is; elsewhere there is none."""

    def __init__(self) -> None:
        self._is_watched = sys.stderr.isatty()
        self._width = 0
        self._drawn_s = -math.inf

    def tell(self, position: Position) -> None:
        """Draw it anew, but no more often than can be read."""
        if self._is_watched and time.monotonic() - self._drawn_s >= _REDRAW_S:
            self._drawn_s = time.monotonic()
            self._draw(str(position))

    def clear(self) -> None:
        """Make room for other words."""
        if self._width:
            self._draw("")

    def _draw(self, text: str) -> None:
        # What reaches over the edge would stay there; not every terminal knows its width.
        text = text[: (os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_COLUMNS) - 1]
        print(f"\r{text:{self._width}s}", end="\r", file=sys.stderr, flush=True)
        self._width = len(text)


def _json_line(found: Analysis) -> str:
    peaks = [dict(zip(PEAK_COLUMNS, peak_row(peak_cells(peak), found.info), strict=True)) for peak in found.peaks]
    content = {"file": str(found.file), "frames": found.frames, "rate_hz": found.info.rate_hz, "peaks": peaks}
    return json.dumps(content, allow_nan=False)


def _table(found: Analysis) -> str:
    head = f"{found.file}: {found.frames} samples at {found.info.rate_hz:g} Hz, {_counts(found.peaks)}"
    return "\n".join([head, *map(_peak_line, found.peaks)])


def _run_window(options: argparse.Namespace) -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Until there is a window, a wish to stop is only noted.
        signal.signal(number, lambda *_: stop.set())
    _let_signals_in()
    loaded = _load_config(options.config, {})
    _require_display(os.environ)
    _require_outputs(options)
    if stop.is_set() and options.screenshot is None:
        return EXIT_DONE
    # Qt is loaded only where a window is wanted: all else works without it.
    from nhem_qt.ui.app import Departure, run_window  # noqa: PLC0415
    from nhem_qt.ui.main_window import WindowSetup  # noqa: PLC0415

    data_folder = options.data_dir or own_data_folder()
    _begin_log_file(options.data_dir)
    source = options.source or SourceChoice(SourceKind.SCREEN)
    setup = WindowSetup(source, options.roi, loaded, data_folder, log_path(options.data_dir), options.seconds)
    departure = Departure(options.start, options.export, options.screenshot)
    summary = run_window(setup, departure, (*loaded.problems, *loaded.notices), stop)
    if options.seconds is not None:
        print(f"{summary.sample_count} samples, {_counts(summary.peaks)}")
        for peak in summary.peaks:
            print(_peak_line(peak))
    return EXIT_DONE


def _let_signals_in() -> None:
    """Heed the wishes to stop that were kept back while the program was loaded."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


def _begin_log_file(data_folder: Path | None) -> None:
    log_to_file(log_path(data_folder))
    words = "nhem-qt %s begins: Python %s, %s"
    logging.getLogger(__name__).info(words, nhem_qt.__version__, platform.python_version(), platform.platform())


def _require_display(environment: Mapping[str, str]) -> None:
    """Qt would abort the process without a display, so look for one first."""
    if not has_display(environment):
        raise NoDisplayError(
            "There is no display: start the program in a desktop session, or under a virtual one with xvfb-run"
        )


def _require_outputs(options: argparse.Namespace) -> None:
    """Find out before anything is measured whether its results can be written."""
    if options.export is not None:
        make_folder(options.export)
    if options.screenshot is not None:
        make_folder(options.screenshot.absolute().parent)


def _counts(peaks: Sequence[Peak]) -> str:
    green = sum(peak.color == "green" for peak in peaks)
    return f"{len(peaks)} peaks: {green} green (HEM), {len(peaks) - green} red (no HEM)"


def _peak_line(peak: Peak) -> str:
    return (
        f"  {peak.peak_index:3d}  {peak.color:5s}  {peak.start_s:8.2f} s to {peak.end_s:8.2f} s"
        f"  difference {peak.difference:+z6.2f}  confidence {peak.confidence:.2f}"
    )
