"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from nhem_qt.errors import NhemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ExportError(NhemError):
    """Files cannot be written where they are wanted."""


def make_folder(folder: Path) -> None:
    """Make the folder of an export, before anything is measured for it; raises ExportError if it cannot hold files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(f"{folder} cannot be written to: choose another folder")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file or none; raises ExportError."""
    with _part_of(path) as part:
        part.write_bytes(content)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Open a text file that takes the place of `path` when it is whole; what fails or is cancelled leaves nothing.

    Raises ExportError.
    """
    # Names of files that are no text are written as they are printed.
    with _part_of(path) as part, part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        yield file


@contextlib.contextmanager
def _part_of(path: Path) -> Iterator[Path]:
    """Give the name of a file beside `path` that takes its place at the end."""
    part = path.with_name(f"{path.name}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def staged(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Give a folder whose files move into `folder` once all are whole, where they replace all that have these `names`.

    What fails or is cancelled leaves everything as it was, also no folder that was not there. Raises ExportError.
    """
    try:
        with _made(folder), tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as stage:
            new, old = Path(stage, "new"), Path(stage, "old")
            new.mkdir()
            old.mkdir()
            yield new
            _exchange(folder, new, old, names)
    except OSError as error:
        raise _unwritable(folder, error) from error


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder, and let it vanish again if what is done inside fails."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        make_folder(folder)
        yield
    except BaseException:
        for one in missing:
            with contextlib.suppress(OSError):
                one.rmdir()
        raise


def _exchange(folder: Path, new: Path, old: Path, names: Sequence[str]) -> None:
    """Put the files of `new` into `folder` and those called `names` into `old`; undo all of it if one does not move."""
    parts = sorted(new.iterdir())
    in_the_way = next((folder / part.name for part in parts if (folder / part.name).is_dir()), None)
    if in_the_way is not None:
        raise ExportError(f"{in_the_way} is a folder, so that no file can be written there: choose another one")
    moves = [(folder / name, old / name) for name in names if (folder / name).is_file()]
    moves += [(part, folder / part.name) for part in parts]
    with contextlib.ExitStack() as undoing:
        for source, target in moves:
            source.replace(target)
            undoing.callback(target.replace, source)
        undoing.pop_all()


def _unwritable(path: Path, error: OSError) -> ExportError:
    return ExportError(f"{path} cannot be written ({error.strerror}): choose another folder, or make room")
