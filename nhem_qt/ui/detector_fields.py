"""The parameters of the detector as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QToolButton, QWidget

from nhem_qt.config import fields
from nhem_qt.detection import DetectorConfig
from nhem_qt.ui import palette
from nhem_qt.ui.field_editor import FieldEditor

if TYPE_CHECKING:
    from nhem_qt.config import FieldInfo

# What operators know of the detector; the rest is for those who know its README.
PLAIN_DETECTOR = ("mode", "threshold", "difference_threshold", "margin_frames", "min_region_length")

_SECTION = "peak_detection."


class DetectorFields(QWidget):
    """A form for all parameters of the detector; those that few know are folded away. What is edited is marked."""

    edited = Signal()

    def __init__(self, config: DetectorConfig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = config
        self._editors: dict[str, FieldEditor] = {}
        self._labels: dict[str, QLabel] = {}
        self._form = QFormLayout(self)
        self._more = QToolButton(self)
        self._lay_out()
        self._more.toggled.connect(self._on_more_toggled)
        self._on_more_toggled(unfolded=False)
        self.reset()

    @property
    def changes(self) -> dict[str, Any]:
        """The edited values by name."""
        return {name: editor.value for name, editor in self._editors.items() if editor.is_changed}

    @property
    def config(self) -> DetectorConfig:
        """The parameters with all that was edited."""
        return DetectorConfig.model_validate(self._config.model_dump() | self.changes)

    def reset(self) -> None:
        """Forget what was edited."""
        for name, editor in self._editors.items():
            editor.show_value(getattr(self._config, name), "")
        self._show_changes()

    def _on_editor_edited(self) -> None:
        self._show_changes()
        self.edited.emit()

    def _on_more_toggled(self, unfolded: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._more.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        for name in self._editors.keys() - set(PLAIN_DETECTOR):
            self._form.setRowVisible(self._editors[name], unfolded)

    def _lay_out(self) -> None:
        infos = {info.path.removeprefix(_SECTION): info for info in fields() if info.path.startswith(_SECTION)}
        self._form.setContentsMargins(0, 0, 0, 0)
        self._more.setCheckable(True)
        self._more.setAutoRaise(True)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for name in PLAIN_DETECTOR:
            self._add(name, infos.pop(name))
        self._form.addRow(self._more)
        self.setTabOrder(self._editors[PLAIN_DETECTOR[-1]].field, self._more)
        for name, info in infos.items():
            self._add(name, info)

    def _add(self, name: str, info: FieldInfo) -> None:
        editor, label = FieldEditor(info, self), QLabel(info.title, self)
        editor.edited.connect(self._on_editor_edited)
        label.setToolTip(editor.toolTip())
        label.setBuddy(editor.field)
        self._form.addRow(label, editor)
        self._editors[name], self._labels[name] = editor, label

    def _show_changes(self) -> None:
        """Mark what was edited, and grey what has no effect."""
        fixed = self._editors["mode"].value == "fixed"
        self._editors["threshold"].show_use("" if fixed else self.tr("fixed mode only"))
        changes = self.changes
        for name, editor in self._editors.items():
            changed = name in changes
            self._labels[name].setStyleSheet(f"color: {palette.AMBER.name()}" if changed else "")
            editor.show_remark(self.tr("was {0}").format(editor.shown_text) if changed else "")
        hidden = len(changes.keys() - set(PLAIN_DETECTOR))
        self._more.setText(self.tr("More ({0} changed)").format(hidden) if hidden else self.tr("More"))
