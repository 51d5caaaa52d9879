"""All settings in one place: typed while validated, tried out on the curve, applied or reverted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nhem_qt.config import PROFILES, FieldInfo, LoadedConfig, active_profile, fields, profile_changes
from nhem_qt.ui import palette

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDEST_PX = 1_000_000
_DECIMALS = 2
# The regions are drawn and not typed here; the rest is for the program alone.
_ELSEWHERE = ("roi_capture.large_roi.", "roi_capture.legacy_roi.", "roi_capture.small_roi.", "roi_capture.migration")


class SettingsPanel(QWidget):
    """Shows every value with its unit, range and meaning.

    Nothing changes before `apply_requested`, which carries the changed values by dotted path. `preview_requested`
    carries them too whenever one is edited, and is empty when nothing is.
    """

    preview_requested = Signal(object)
    apply_requested = Signal(object)

    def __init__(self, loaded: LoadedConfig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loaded = loaded
        self._editors: dict[str, _Editor] = {}
        self._profile = QComboBox(self)
        self._message = QLabel(self)
        self._message.setWordWrap(True)
        self._apply = QPushButton(self.tr("&Apply"), self)
        self._revert = QPushButton(self.tr("Re&vert"), self)
        self._lay_out()
        self._apply.clicked.connect(self._on_apply_clicked)
        self._revert.clicked.connect(self._on_revert_clicked)
        self._profile.activated.connect(self._on_profile_activated)
        self.show_config(loaded)

    @property
    def changes(self) -> dict[str, Any]:
        """The edited values by dotted path."""
        return {path: editor.value for path, editor in self._editors.items() if editor.is_changed}

    def show_config(self, loaded: LoadedConfig) -> None:
        """Show these values; what was edited is forgotten."""
        self._loaded = loaded
        for path, editor in self._editors.items():
            editor.show_value(_value_at(loaded, path), loaded.origin(path))
        self._show_profile(active_profile(loaded.config))
        self._show_changes()

    def _on_editor_edited(self) -> None:
        self._show_profile(None)
        self._show_changes()
        self.preview_requested.emit(self.changes)

    def _on_apply_clicked(self) -> None:
        self.apply_requested.emit(self.changes)

    def _on_revert_clicked(self) -> None:
        self.show_config(self._loaded)
        self.preview_requested.emit({})

    def _on_profile_activated(self, index: int) -> None:
        name = self._profile.itemData(index)
        if name is None:
            return
        for path, value in profile_changes(name, self._loaded.config).items():
            if path in self._editors:
                self._editors[path].edit(value)
        self._show_changes()
        self.preview_requested.emit(self.changes)

    def _lay_out(self) -> None:
        self._profile.addItem(self.tr("own values"), None)
        for name in PROFILES:
            self._profile.addItem(name, name)
        content = QWidget(self)
        column = QVBoxLayout(content)
        for section, infos in self._sections().items():
            column.addWidget(self._group(section, infos))
        column.addStretch()
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        buttons = QHBoxLayout()
        buttons.addWidget(self._apply)
        buttons.addWidget(self._revert)
        outer = QVBoxLayout(self)
        profile = QFormLayout()
        profile.addRow(self.tr("&Profile"), self._profile)
        outer.addLayout(profile)
        outer.addWidget(scroll, stretch=1)
        outer.addWidget(self._message)
        outer.addLayout(buttons)

    def _sections(self) -> dict[str, list[FieldInfo]]:
        titles = {
            "data_processing": self.tr("Rates and buffers"),
            "roi_capture": self.tr("Regions"),
            "peak_detection": self.tr("Detection"),
            "logging": self.tr("Log"),
        }
        groups: dict[str, list[FieldInfo]] = {title: [] for title in titles.values()}
        for info in fields():
            if info.kind not in {"fixed", "table"} and not info.path.startswith(_ELSEWHERE):
                groups[titles[info.section]].append(info)
        return groups

    def _group(self, title: str, infos: list[FieldInfo]) -> QGroupBox:
        box = QGroupBox(title, self)
        form = QFormLayout(box)
        for info in infos:
            editor = _Editor(info, box)
            editor.edited.connect(self._on_editor_edited)
            self._editors[info.path] = editor
            label = QLabel(info.title, box)
            label.setToolTip(editor.toolTip())
            label.setBuddy(editor.field)
            form.addRow(label, editor)
        return box

    def _show_profile(self, name: str | None) -> None:
        with QSignalBlocker(self._profile):
            self._profile.setCurrentIndex(self._profile.findData(name))

    def _show_changes(self) -> None:
        changes = self.changes
        self._apply.setEnabled(bool(changes))
        self._revert.setEnabled(bool(changes))
        colour = palette.AMBER if changes else palette.MUTED
        self._message.setStyleSheet(f"color: {colour.name()}")
        words = self.tr("{0} changed, not applied yet").format(len(changes))
        self._message.setText(words if changes else self.tr("all applied"))


class _Editor(QWidget):
    """One value: a field that cannot hold what is not allowed, and where the value comes from."""

    edited = Signal()

    def __init__(self, info: FieldInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self._info = info
        self._shown: Any = None
        self._origin = QLabel(self)
        self._origin.setObjectName("caption")
        self.field = self._make_field()
        self.setToolTip(f"{info.description}\n{info.path}: {info.allowed}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
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

    def show_value(self, value: Any, origin: str) -> None:
        """Show what is in use; what the environment or an argument decides cannot be changed here."""
        with QSignalBlocker(self.field):
            self._set(value)
        self._shown = self.value
        decided = origin in {"environment", "argument"}
        self.field.setEnabled(not decided)
        self._origin.setText(origin if decided else "")

    def edit(self, value: Any) -> None:
        """Put in another value as if it had been typed."""
        if self.field.isEnabled():
            with QSignalBlocker(self.field):
                self._set(value)

    def _set(self, value: Any) -> None:
        if isinstance(self.field, QComboBox):
            self.field.setCurrentIndex(self.field.findData(value))
        elif isinstance(self.field, QCheckBox):
            self.field.setChecked(value)
        elif isinstance(self.field, QSpinBox):
            self.field.setValue(int(value))
        else:
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
            choice.addItem(self.tr("by what is configured"), None)
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
            number.setDecimals(_DECIMALS)
            number.setRange(
                (least or 0.0) + (0.01 if info.above_minimum else 0.0), _WIDEST_PX if most is None else most
            )
            number.setSingleStep(0.1)
        number.setSuffix(f" {info.unit}" if info.unit else "")
        number.valueChanged.connect(self.edited)
        return number


def _value_at(loaded: LoadedConfig, path: str) -> Any:
    value: Any = loaded.config
    for name in path.split("."):
        value = getattr(value, name)
    return value


def detector_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changed parameters of the detector by their names alone."""
    prefix = "peak_detection."
    return {path.removeprefix(prefix): value for path, value in changes.items() if path.startswith(prefix)}
