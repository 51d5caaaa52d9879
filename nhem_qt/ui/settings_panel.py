"""All settings in one place: typed while validated, tried out on the curve, applied or reverted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nhem_qt.config import PROFILES, FieldInfo, LoadedConfig, active_profile, fields, profile_changes
from nhem_qt.monitor import Regions, RoiMode
from nhem_qt.ui import palette
from nhem_qt.ui.detector_fields import PLAIN_DETECTOR
from nhem_qt.ui.field_editor import FieldEditor
from nhem_qt.ui.roi_group import RoiGroup

if TYPE_CHECKING:
    from collections.abc import Mapping


_ROIS = {"large_roi": RoiMode.DUAL, "legacy_roi": RoiMode.SINGLE}
# ROIs have groups of their own; the rest is for the program alone.
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
        self._editors: dict[str, FieldEditor] = {}
        self._rois: dict[str, RoiGroup] = {}
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
        edited = {path: editor.value for path, editor in self._editors.items() if editor.is_changed}
        for name, group in self._rois.items():
            corners = group.changes
            if corners is None:
                edited[f"roi_capture.{name}"] = None
            else:
                edited |= {f"roi_capture.{name}.{corner}": value for corner, value in corners.items()}
        return edited

    @property
    def edited_regions(self) -> Regions | None:
        """What would be measured with the ROI that was edited; None if none was, or it holds no pixel."""
        for name, group in self._rois.items():
            if group.changes:
                return None if group.roi is None else Regions(_ROIS[name], group.roi)
        return None

    def show_config(self, loaded: LoadedConfig) -> None:
        """Show these values; what was edited is forgotten."""
        self._loaded = loaded
        for path, editor in self._editors.items():
            editor.show_value(_value_at(loaded, path), loaded.origin(path))
        for name, group in self._rois.items():
            group.show_roi(getattr(loaded.config.roi_capture, name))
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
        for name in reversed(_ROIS):
            self._rois[name] = self._roi_group(name)
            column.insertWidget(2, self._rois[name])
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
            "advanced": self.tr("Detection, advanced"),
            "logging": self.tr("Log"),
        }
        groups: dict[str, list[FieldInfo]] = {title: [] for title in titles.values()}
        for info in fields():
            if info.kind not in {"fixed", "table"} and not info.path.startswith(_ELSEWHERE):
                groups[titles[_group_of(info)]].append(info)
        return groups

    def _roi_group(self, name: str) -> RoiGroup:
        large = name == "large_roi"
        title = self.tr("Large ROI (dual mode), px") if large else self.tr("Legacy ROI (single mode), px")
        tip = self.tr("Shown; its centre is measured") if large else self.tr("Shown, and measured as a whole")
        group = RoiGroup(title, tip, self)
        group.edited.connect(self._on_editor_edited)
        return group

    def _group(self, title: str, infos: list[FieldInfo]) -> QGroupBox:
        box = QGroupBox(title, self)
        form = QFormLayout(box)
        for info in infos:
            editor = FieldEditor(info, box)
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

    def _show_threshold_use(self) -> None:
        """Grey the threshold where it is not used, and say so."""
        fixed = self._editors["peak_detection.mode"].value == "fixed"
        self._editors["peak_detection.threshold"].show_use("" if fixed else self.tr("fixed mode only"))

    def _show_changes(self) -> None:
        changes = self.changes
        self._show_threshold_use()
        self._apply.setEnabled(bool(changes) and all(group.is_valid for group in self._rois.values()))
        self._revert.setEnabled(bool(changes))
        colour = palette.AMBER if changes else palette.MUTED
        self._message.setStyleSheet(f"color: {colour.name()}")
        words = self.tr("{0} changed, not applied yet").format(len(changes))
        self._message.setText(words if changes else self.tr("all applied"))


def _group_of(info: FieldInfo) -> str:
    plain = info.path.partition(".")[2] in PLAIN_DETECTOR
    return info.section if plain or info.section != "peak_detection" else "advanced"


def _value_at(loaded: LoadedConfig, path: str) -> Any:
    value: Any = loaded.config
    for name in path.split("."):
        value = getattr(value, name)
    return value


def detector_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changed parameters of the detector by their names alone."""
    prefix = "peak_detection."
    return {path.removeprefix(prefix): value for path, value in changes.items() if path.startswith(prefix)}
