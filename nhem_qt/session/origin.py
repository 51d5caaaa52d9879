"""From which file the pictures of a session came."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.capture import CaptureError
from nhem_qt.session.progress import no_progress

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.session.progress import Progress

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Origin:
    """A recording: the name of its file, and the SHA-256 checksum of what is in it, in hexadecimal digits."""

    file: str
    checksum: str


def read_origin(path: Path, progress: Progress = no_progress) -> Origin:
    """Read a file from its begin to its end; raises CaptureError if that cannot be done."""
    digest, done = hashlib.sha256(), 0
    try:
        size = max(path.stat().st_size, 1)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                done += len(chunk)
                progress(min(done / size, 1.0))
    except OSError as error:
        raise CaptureError(f"{path} cannot be read ({error.strerror}): check the path") from error
    return Origin(path.name, digest.hexdigest())
