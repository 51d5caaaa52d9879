"""The corners of one configured ROI, typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QGroupBox, QLabel, QSpinBox, QWidget

from nhem_qt.geometry import InvalidRoiError, Roi
from nhem_qt.ui import palette

if TYPE_CHECKING:
    from nhem_qt.config import RoiConfig

# Monitors left of or above the first one have negative coordinates.
_FARTHEST_PX = 100_000
_FIELD_WIDTH_PX = 84
_NAMES = ("x1", "y1", "x2", "y2")


class RoiGroup(QGroupBox):
    """Four corners in device pixels; unchecked while nothing is configured."""

    edited = Signal()

    def __init__(self, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setToolTip(tip)
        self.setCheckable(True)
        self._shown: tuple[int, ...] | None = None
        self._fields = [self._make_field() for _ in _NAMES]
        self._message = QLabel(self)
        self._message.setWordWrap(True)
        self._lay_out()
        self.toggled.connect(self.edited)
        self.edited.connect(self._show_problem)

    @property
    def roi(self) -> Roi | None:
        """The ROI typed; None if there is none, or the corners hold no pixel."""
        try:
            return Roi(*self._corners) if self.isChecked() else None
        except InvalidRoiError:
            return None

    @property
    def is_valid(self) -> bool:
        """Whether what is typed can be used."""
        return not self.isChecked() or self.roi is not None

    @property
    def changes(self) -> dict[str, int] | None:
        """The corners by name, None to configure nothing; an empty dictionary if nothing is changed."""
        now = self._corners if self.isChecked() else None
        if now == self._shown:
            return {}
        return None if now is None else dict(zip(_NAMES, now, strict=True))

    def show_roi(self, config: RoiConfig | None) -> None:
        """Show what is configured."""
        with QSignalBlocker(self):
            self.setChecked(config is not None)
            for name, field in zip(_NAMES, self._fields, strict=True):
                with QSignalBlocker(field):
                    field.setValue(0 if config is None else getattr(config, name))
        self._shown = self._corners if config is not None else None
        self._show_problem()

    @property
    def _corners(self) -> tuple[int, ...]:
        return tuple(field.value() for field in self._fields)

    def _show_problem(self) -> None:
        wrong = self.tr("No pixel inside: X2 must be greater than X1, and Y2 than Y1")
        self._message.setText("" if self.is_valid else wrong)
        self._message.setVisible(not self.is_valid)

    def _make_field(self) -> QSpinBox:
        field = QSpinBox(self)
        field.setRange(-_FARTHEST_PX, _FARTHEST_PX)
        field.setFixedWidth(_FIELD_WIDTH_PX)
        field.valueChanged.connect(self.edited)
        return field

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        for index, (name, field) in enumerate(zip(_NAMES, self._fields, strict=True)):
            label = QLabel(name.upper(), self)
            label.setBuddy(field)
            grid.addWidget(label, index // 2, 2 * (index % 2))
            grid.addWidget(field, index // 2, 2 * (index % 2) + 1)
        self._message.setStyleSheet(f"color: {palette.RED.name()}")
        grid.addWidget(self._message, 2, 0, 1, 4)
