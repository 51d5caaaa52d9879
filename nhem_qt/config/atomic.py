"""Files that are either old or new, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import stat
import time
from typing import TYPE_CHECKING

from nhem_qt.config.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# A temporary file that is older was left by a process that died: none is written for so long.
_STALE_S = 60.0

_REMEDIES = (
    ({errno.ENOSPC, errno.EDQUOT}, "the disk is full: free some space, then try again"),
    ({errno.EROFS, errno.EACCES, errno.EPERM}, "its folder is write-protected: allow writing there, then try again"),
)


def write_files(contents: Mapping[Path, bytes], like: Path) -> None:
    """Replace or create files of one folder, in this order, each at once; permissions are those of `like`.

    All are safely on the disk under temporary names before the first is replaced.
    Raises ConfigError if they cannot be written; then no temporary file is left.
    """
    try:
        like.parent.mkdir(parents=True, exist_ok=True)
        _sweep(like)
        with contextlib.ExitStack() as stack:
            mode = _mode(like)
            pairs = [(stack.enter_context(_temporary(path, raw, mode)), path) for path, raw in contents.items()]
            for temporary, path in pairs:
                temporary.replace(path)
        sync_folder(like.parent)
    except OSError as error:
        raise not_written(like, error) from error


def not_written(path: Path, error: OSError) -> ConfigError:
    """Return the error that says why a file was not written, and what to do."""
    remedy = next((text for numbers, text in _REMEDIES if error.errno in numbers), f"{error.strerror}: try again")
    return ConfigError(f"{path.name} cannot be written, and what was there is kept; {remedy}")


def move_to_new_name(path: Path, target: Path) -> None:
    """Rename a file without ever overwriting one; raises OSError, FileExistsError if the new name is taken."""
    # Renaming alone replaces what is there: take the name first.
    target.open("xb").close()
    try:
        path.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise


def free_name(path: Path, label: str, suffix: str = "") -> Path:
    """Return a path beside `path` that does not exist, such as `fem_config.json.broken-20260131-235959`."""
    stamped = f"{path.name}.{label}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = [stamped, *(f"{stamped}-{number}" for number in range(2, 100))]
    return next(
        candidate for name in names if not (candidate := path.with_name(name + suffix)).exists() or name is names[-1]
    )


def newest_kept(path: Path, label: str) -> Path | None:
    """Return the file that was last kept beside `path` under a name of `free_name`; None if there is none."""
    return max(path.parent.glob(f"{glob.escape(path.name)}.{label}-*"), default=None)


def sync_folder(folder: Path) -> None:
    """Let renamed files be found under their new names even after a loss of power, where the system can do that.

    The files themselves are whole in any case, so that a refusal is no failure.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _temporary(path: Path, raw: bytes, mode: int | None) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            if mode is not None:
                temporary.chmod(mode)
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def _sweep(path: Path) -> None:
    for temporary in path.parent.glob(f".{glob.escape(path.name)}*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - temporary.stat().st_mtime > _STALE_S:
                temporary.unlink()
