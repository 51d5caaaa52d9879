"""Long work in a process of its own: in this one it would take Python from the thread that measures."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import traceback
from typing import TYPE_CHECKING

from nhem_qt.errors import Cancelled, NhemError
from nhem_qt.session.progress import no_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from nhem_qt.session.progress import Progress

# What measures and what is looked at go first.
_NICENESS = 10
# Somebody who wants no more of it waits no longer for the process to tidy up.
_PATIENCE_S = 10.0


def do_apart(work: Callable[[Progress], object], progress: Progress = no_progress) -> None:
    """Do work in another process, which has less priority; what it returns is lost.

    The work must be picklable: a function of a module, or a partial of one. What it raises is raised here. What
    `progress` raises ends it where it tells its own progress next. Raises NhemError if the process ends before its
    work.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    with here:
        process = context.Process(target=_serve, args=(there, work), daemon=True)
        with there:
            process.start()
        with _ended(process, here):
            _heed(here, progress)


@contextlib.contextmanager
def _ended(process: SpawnProcess, connection: Connection) -> Iterator[None]:
    """See that the process ends: by itself, or when it is told that nobody wants its work."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            connection.send(None)
        process.join(_PATIENCE_S)
        process.kill()
        process.join()
        process.close()


def _heed(connection: Connection, progress: Progress) -> None:
    while True:
        try:
            message: float | Exception | None = connection.recv()
        except (EOFError, OSError) as error:
            raise NhemError("The process that did this was ended from outside: try again") from error
        if message is None:
            return
        if isinstance(message, Exception):
            raise message
        progress(message)


def _serve(connection: Connection, work: Callable[[Progress], object]) -> None:
    """Do the work and tell what came of it; this is the other process."""
    # Ctrl+C comes to both, and is the other one's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)

    def tell(share: float) -> None:
        # There is nothing to read but the wish to end; that nobody is there any more reads the same.
        if connection.poll():
            raise Cancelled("cancelled")
        connection.send(share)

    with contextlib.suppress(OSError):
        connection.send(_outcome_of(work, tell))


def _outcome_of(work: Callable[[Progress], object], progress: Progress) -> Exception | None:
    try:
        work(progress)
    except NhemError as error:
        return error
    except Exception:  # noqa: BLE001 - it is told where there is a log
        return RuntimeError(traceback.format_exc())
    return None
