"""The time line of a video: where it is, and where it shall go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QStyle, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QWheelEvent

    from nhem_qt.capture import VideoFacts

_MS = 1000
_MINUTE_S, _HOUR_S = 60, 3600


class TimeLine(QWidget):
    """Shows the time in a video and lets another one be chosen; hidden as long as there is no video."""

    sought = Signal(float)
    """Another time (s) was chosen."""
    scrubbed = Signal(float)
    """The handle is dragged over a time (s)."""
    stepped = Signal(int)
    """An arrow key asks for the next frame (1), or the one before (-1)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeLine")
        self._slider = _Slider(self)
        self._slider.valueChanged.connect(self._on_slider_value_changed)
        self._slider.sliderMoved.connect(self._on_slider_moved)
        self._slider.stepped.connect(self.stepped)
        self._position = QLabel(self)
        self._facts = QLabel(self)
        self._facts.setObjectName("caption")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 4)
        row.setSpacing(12)
        for part in (self._position, self._slider, self._facts):
            row.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            self.tr(
                "Where the video is played and measured from. Another place ends the session that runs, and Start "
                "begins a new one there: every session is one continuous part of the recording"
            )
        )
        self.hide()

    @property
    def words(self) -> str:
        """What is said of the video."""
        return self._facts.text()

    @property
    def time_words(self) -> str:
        """What is said of the time in it."""
        return self._position.text()

    def show_video(self, facts: VideoFacts | None) -> None:
        """Show the line of this video, or none."""
        self.setHidden(facts is None)
        if facts is None:
            return
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, round(_MS * facts.last_s))
            self._slider.setPageStep(_MS)
        longest = time_words(facts.length_s)
        self._position.setMinimumWidth(self._position.fontMetrics().horizontalAdvance(longest + "0"))
        words = self.tr("{0} long    {1} \N{MULTIPLICATION SIGN} {2} px    {3:.1f} Hz")
        self._facts.setText(words.format(longest, facts.bounds.width, facts.bounds.height, facts.rate_hz))
        self.show_position(0.0)

    def show_position(self, t_s: float) -> None:
        """Show the time in the video, unless another one is just being chosen."""
        if self._slider.isSliderDown():
            return
        with QSignalBlocker(self._slider):
            self._slider.setValue(round(_MS * t_s))
        self._position.setText(time_words(t_s))

    def _on_slider_value_changed(self, value_ms: int) -> None:
        self._position.setText(time_words(value_ms / _MS))
        self.sought.emit(value_ms / _MS)

    def _on_slider_moved(self, value_ms: int) -> None:
        self._position.setText(time_words(value_ms / _MS))
        self.scrubbed.emit(value_ms / _MS)


class _Slider(QSlider):
    """Goes to where it is clicked; its value changes when the mouse lets go of it, never by the wheel.

    Single steps are left to whoever knows the frames, which are not shown at whole milliseconds.
    """

    stepped = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setTracking(False)
        self.setSingleStep(0)
        self.actionTriggered.connect(self._on_action_triggered)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(self.tr("Time in the video"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the handle under the mouse, which then drags it."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderPosition(self._value_at(event.position().x()))
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to others: a turn of it by chance would end a session."""
        event.ignore()

    def _on_action_triggered(self, action: int) -> None:
        steps = {self.SliderAction.SliderSingleStepAdd.value: 1, self.SliderAction.SliderSingleStepSub.value: -1}
        if action in steps:
            self.stepped.emit(steps[action])

    def _value_at(self, x: float) -> int:
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
        room = self.width() - handle
        return QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), round(x - handle / 2), room)


def time_words(t_s: float) -> str:
    """Return a time as minutes and seconds, and hours if there are any."""
    hundredths = round(100 * t_s)
    seconds, hundredths = divmod(hundredths, 100)
    minutes, seconds = divmod(seconds, _MINUTE_S)
    hours, minutes = divmod(minutes, _HOUR_S // _MINUTE_S)
    clock = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{clock}:{seconds:02d}.{hundredths:02d}"
