"""One value in a form: a field that cannot hold what is not allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QSpinBox, QWidget

if TYPE_CHECKING:
    from nhem_qt.config import FieldInfo

_WIDEST_PX = 1_000_000
_LEAST_DECIMALS, _MOST_DECIMALS = 2, 6
_FIELD_WIDTH_PX = 128


class FieldEditor(QWidget):
    """One value: a field that cannot hold what is not allowed, and a remark on it, such as where it comes from."""

    edited = Signal()

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self._info = info
        self._shown: Any = None
        self._shown_text = ""
        self._decided_by = ""
        self._origin = QLabel(self)
        self._origin.setObjectName("caption")
        self.field = self._make_field()
        # A wheel that turns over a form scrolls it; it must not change what lies under the mouse.
        self.field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.field.installEventFilter(self)
        self.setToolTip(f"{info.description}\n{info.path}: {info.allowed}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.field.setFixedWidth(_FIELD_WIDTH_PX)
        self._origin.setWordWrap(True)
        row.addWidget(self.field)
        row.addWidget(self._origin)

    @property
    def value(self) -> Any:
        """What the field holds."""
        if isinstance(self.field, QComboBox):
            return self.field.currentData()
        if isinstance(self.field, QCheckBox):
            return self.field.isChecked()
        return self.field.value()

    @property
    def is_changed(self) -> bool:
        """Whether the field holds something else than what is in use."""
        return bool(self.value != self._shown)

    @property
    def shown_text(self) -> str:
        """The value that is in use as the field shows it, without its unit."""
        return self._shown_text

    def show_value(self, value: Any, origin: str) -> None:
        """Show what is in use; what the environment or an argument decides cannot be changed here."""
        with QSignalBlocker(self.field):
            self._set(value)
        self._shown, self._shown_text = self.value, self._text()
        self._decided_by = origin if origin in {"environment", "argument"} else ""
        self.show_use("")

    def show_use(self, unused: str) -> None:
        """Grey the field and say why: it is not used, or decided elsewhere."""
        reason = self._decided_by or unused
        self.field.setEnabled(not reason)
        self._origin.setText(reason)

    def show_remark(self, words: str) -> None:
        """Say something about a field that is in use."""
        if self.field.isEnabled():
            self._origin.setText(words)

    def edit(self, value: Any) -> None:
        """Put in another value as if it had been typed."""
        if self.field.isEnabled():
            with QSignalBlocker(self.field):
                self._set(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to the form around, unless the field has been gone to."""
        if watched is self.field and event.type() == QEvent.Type.Wheel and not self.field.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _text(self) -> str:
        if isinstance(self.field, QSpinBox | QDoubleSpinBox):
            return self.field.text().removesuffix(self.field.suffix())
        return self.field.currentText() if isinstance(self.field, QComboBox) else self.field.text()

    def _set(self, value: Any) -> None:
        if isinstance(self.field, QComboBox):
            self.field.setCurrentIndex(self.field.findData(value))
        elif isinstance(self.field, QCheckBox):
            self.field.setChecked(value)
        elif isinstance(self.field, QSpinBox):
            self.field.setValue(int(value))
        else:
            self.field.setDecimals(max(self.field.decimals(), _decimals(value)))
            self.field.setValue(float(value))

    def _make_field(self) -> QComboBox | QCheckBox | QSpinBox | QDoubleSpinBox:
        if self._info.kind == "choice":
            return self._make_choice()
        if self._info.kind == "switch":
            switch = QCheckBox(self)
            switch.toggled.connect(self.edited)
            return switch
        return self._make_number()

    def _make_choice(self) -> QComboBox:
        choice = QComboBox(self)
        if self._info.nullable:
            choice.addItem(self.tr("as configured"), None)
        for name in self._info.choices:
            choice.addItem(name, name)
        choice.currentIndexChanged.connect(self.edited)
        return choice

    def _make_number(self) -> QSpinBox | QDoubleSpinBox:
        info = self._info
        least, most = info.minimum, info.maximum
        number: QSpinBox | QDoubleSpinBox
        if info.kind == "whole number":
            number = QSpinBox(self)
            number.setRange(int(least or 0), int(_WIDEST_PX if most is None else most))
        else:
            number = QDoubleSpinBox(self)
            number.setDecimals(_decimals(least or 0.0))
            number.setRange(
                (least or 0.0) + (0.01 if info.above_minimum else 0.0), _WIDEST_PX if most is None else most
            )
            number.setSingleStep(0.1)
        number.setSuffix(f" {info.unit}" if info.unit else "")
        number.valueChanged.connect(self.edited)
        return number


def _decimals(value: float) -> int:
    """How many decimals show the value as it is; two at least."""
    return max(_LEAST_DECIMALS, len(f"{value:.{_MOST_DECIMALS}f}".rstrip("0").rpartition(".")[2]))
