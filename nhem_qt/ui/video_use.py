"""Which source is watched: the screen, or a video of which any picture can be looked at before it is measured."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from nhem_qt.analysis import measure_video
from nhem_qt.capture import VIDEO_SUFFIXES, SourceChoice, VideoFacts, look_at, still_at
from nhem_qt.frame import SourceKind
from nhem_qt.session import Origin, read_origin

if TYPE_CHECKING:
    from nhem_qt.config import FemConfig
    from nhem_qt.frame import Frame
    from nhem_qt.monitor import RegionChoice
    from nhem_qt.session import LiveSession, Progress
    from nhem_qt.ui.background import Jobs
    from nhem_qt.ui.monitoring import Monitoring

_PATTERNS = " ".join(f"*{suffix}" for suffix in VIDEO_SUFFIXES)

# No two frames are so close to each other.
_BESIDE_S = 1e-5


class OpenedVideo(NamedTuple):
    """A video, what its file is, and its first picture as a whole."""

    facts: VideoFacts
    origin: Origin
    first: Frame


class VideoUse(QObject):
    """The source that is watched, and the place in it at which measuring begins.

    While a video is measured, the place follows; after that it stays where the session ended. Another place ends the
    session, for every session is one continuous part of the recording.
    """

    opened = Signal()
    """A video is open, at its first picture."""
    still_found = Signal(object)
    """The picture (Frame) at the place of now, as a whole; nothing is measured."""
    analysed = Signal(object)
    """The file (Path) of a session in which the whole video was measured."""
    failed = Signal(str)

    def __init__(self, window: QWidget, jobs: Jobs, monitoring: Monitoring, choice: SourceChoice) -> None:
        super().__init__(window)
        self.choice = choice
        self.video: OpenedVideo | None = None
        self._window = window
        self._jobs = jobs
        self._monitoring = monitoring
        self._measured: LiveSession | None = None
        self._opening: Path | None = None
        self._is_opening = False
        self._shown_s = 0.0
        self._sought_s: float | None = None
        self._steps = 0
        self._is_leaving = False
        self._is_looking = False
        self._is_analysing = False
        self._last_folder = ""
        monitoring.began.connect(self._on_monitoring_began)
        monitoring.ended.connect(self._on_monitoring_ended)

    @property
    def lacks_video(self) -> bool:
        """Whether a video is wanted that is not open: it still is being opened, or could not be."""
        return self.choice.kind is SourceKind.VIDEO and self.video is None

    @property
    def is_open(self) -> bool:
        """Whether a video is watched, and it is open."""
        return self.video is not None

    @property
    def position_s(self) -> float:
        """The time in the video that is shown, or will be next."""
        return self._shown_s if self._sought_s is None else self._sought_s

    @property
    def begin_s(self) -> float:
        """The time in the source at which a session begins: after the end of a video, that is its begin."""
        at_end = self.video is not None and self.position_s >= self.video.facts.last_s
        return 0.0 if at_end else self.position_s

    def ask(self) -> None:
        """Let a video be chosen, and open it."""
        dialog = QFileDialog(self._window, self.tr("Open video"), self._last_folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Videos ({0})").format(_PATTERNS), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._on_dialog_file_selected)
        dialog.open()

    def open(self, path: Path) -> None:
        """Open a video; `opened` or `failed` follows, or nothing if it is cancelled. Until then all stays as it is."""
        self._opening, self._is_opening = path, True
        title = self.tr("Opening {0}").format(path.name)
        self._jobs.begin_long(title, partial(self._open, path), partial(self._on_opening_done, path), self.failed.emit)

    def open_lacking(self) -> None:
        """Open the video that is wanted, unless that is being done."""
        if self.lacks_video and self.choice.path is not None and not self._is_opening:
            self.open(self.choice.path)

    def watch_screen(self) -> None:
        """Close the video and watch the screen."""
        self.choice, self.video, self._opening = SourceChoice(SourceKind.SCREEN), None, None
        self._shown_s, self._sought_s = 0.0, None

    def seek(self, t_s: float) -> None:
        """Go to another time in the video; a session that runs is ended."""
        self._sought_s, self._is_leaving = t_s, self._monitoring.is_running
        if self._is_leaving:
            self._monitoring.stop()
        else:
            self._look()

    def step(self, frames: int) -> None:
        """Go so many frames on, or back if it is negative; a session that runs is ended."""
        self._steps += frames
        self._take_step()

    def scrub(self, t_s: float) -> None:
        """Show another time in the video; while it is measured, nothing of that is shown."""
        if not self._monitoring.is_running:
            self.seek(t_s)

    def follow(self) -> None:
        """Go along with the session that runs."""
        if self._measured is not None and self.video is not None:
            self._shown_s = self._measured.moment_s

    def analyse(self, choice: RegionChoice, config: FemConfig, data_folder: Path) -> None:
        """Measure the whole video as fast as possible; `analysed` or `failed` follows, nothing if it is cancelled."""
        if self.video is None or self._is_analysing:
            return
        self._is_analysing = True
        facts, origin, _ = self.video
        work = partial(self._analyse, partial(measure_video, facts.path, choice, config, data_folder, origin))
        title = self.tr("Analysing {0}").format(facts.path.name)
        self._jobs.begin_long(title, work, self.analysed.emit, self.failed.emit)

    def _on_dialog_file_selected(self, chosen: str) -> None:
        self._last_folder = str(Path(chosen).parent)
        self.open(Path(chosen))

    def _on_opening_done(self, path: Path, result: object) -> None:
        if path != self._opening:
            return
        self._opening = None
        if self._monitoring.is_running:
            words = self.tr("{0} is not opened, for monitoring has begun meanwhile: stop it, then open the video")
            self.failed.emit(words.format(path.name))
            return
        self.video = cast("OpenedVideo", result)
        self.choice = SourceChoice(SourceKind.VIDEO, path)
        self._shown_s, self._sought_s = 0.0, None
        self.opened.emit()

    def _on_monitoring_began(self, session: LiveSession) -> None:
        """Go along with it from the place that was wanted, unless another one is wanted already."""
        self._measured = session
        if not self._is_leaving:
            self._sought_s = None

    def _on_monitoring_ended(self) -> None:
        """Look at the place that was wanted, else at that where it ended."""
        self.follow()
        self._measured, self._is_leaving = None, False
        self._sought_s = self.position_s
        self._look()

    def _on_still_found(self, path: Path, result: object) -> None:
        """Show what was found, unless something else is wanted or measured meanwhile."""
        self._is_looking = False
        is_wanted = self.video is not None and self.video.facts.path == path and self._sought_s is None
        if is_wanted and not self._monitoring.is_running:
            still = cast("Frame", result)
            self._shown_s = still.t_s
            self.still_found.emit(still)
        self._look()
        self._take_step()

    def _on_look_failed(self, message: str) -> None:
        self._is_looking, self._steps = False, 0
        self.failed.emit(message)
        self._look()

    def _look(self) -> None:
        """Fetch the picture that is wanted now; one at a time, and none of those that were wanted in between.

        While something is measured, none is: what is wanted then is where it goes on afterwards.
        """
        if self._is_looking or self._sought_s is None or self.video is None or self._monitoring.is_running:
            return
        t_s, self._sought_s = self._sought_s, None
        # A step to either side must come to another frame, however long the frames are shown.
        look = partial(still_at, self.video.facts.path, t_s, after=t_s > self._shown_s)
        self._shown_s = t_s
        self._is_looking = True
        self._jobs.begin(look, partial(self._on_still_found, self.video.facts.path), self._on_look_failed)

    def _take_step(self) -> None:
        """Take one of the steps that are wanted, from the frame that is shown: it must be known first."""
        if self._steps and self._sought_s is None and not self._is_looking:
            direction = 1 if self._steps > 0 else -1
            self._steps -= direction
            self.seek(self._shown_s + direction * _BESIDE_S)

    def _open(self, path: Path, progress: Progress) -> OpenedVideo:
        try:
            return OpenedVideo(look_at(path), read_origin(path, progress), still_at(path, 0.0))
        finally:
            self._is_opening = False

    def _analyse(self, measure: partial[Path], progress: Progress) -> Path:
        try:
            return measure(progress=progress)
        finally:
            self._is_analysing = False
