"""A whole video at full speed, into a session that is kept like any other."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from nhem_qt.capture import VideoSource
from nhem_qt.monitor import cut_short
from nhem_qt.session import LiveSession, StoreError, delete_session, no_progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nhem_qt.config import FemConfig
    from nhem_qt.monitor import RegionChoice
    from nhem_qt.session import Origin, Progress


def measure_video(
    path: Path,
    choice: RegionChoice,
    config: FemConfig,
    data_folder: Path,
    origin: Origin,
    progress: Progress = no_progress,
) -> Path:
    """Measure every frame of a video as fast as it can be decoded; returns the file of the kept session.

    Samples and peaks are those of `analyse`. The session is kept whole, or not at all if anything fails or `progress`
    raises. Raises CaptureError, OffScreenError or StoreError.
    """
    with contextlib.closing(VideoSource(path)) as source:
        session = LiveSession(source, choice, config, data_folder, origin)
        kept_path = session.kept_path
        if kept_path is None:
            raise StoreError(session.store_failure)
        with _undone_on_failure(session, kept_path):
            _measure(session, source, progress)
            _conclude(session)
    return kept_path


@contextlib.contextmanager
def _undone_on_failure(session: LiveSession, kept_path: Path) -> Iterator[None]:
    """Leave no file behind where something fails inside."""
    try:
        yield
    except BaseException:
        session.close()
        delete_session(kept_path)
        raise


def _measure(session: LiveSession, source: VideoSource, progress: Progress) -> None:
    _tell_region(session)
    while (tick := session.schedule.next_tick(0.0)) is not None:
        progress(min(tick.due_s / source.length_s, 1.0) if source.length_s else 0.0)
        session.take(tick)
    for notice in (cut_short(source.frames_missing) if source.frames_missing else None, source.damage):
        if notice is not None:
            session.keep_notice(notice)


def _conclude(session: LiveSession) -> None:
    session.finish()
    session.close()
    if session.store_failure is not None:
        raise StoreError(session.store_failure)


def _tell_region(session: LiveSession) -> None:
    wanted, used = session.wanted.large, session.monitor.regions.large
    if used != wanted:
        session.keep_notice(f"The region {wanted} reaches over the edge of the picture: {used} is measured instead")
