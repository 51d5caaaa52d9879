"""Takes the pictures of the README: `xvfb-run -s "-screen 0 1920x1080x24" python tests/pictures/take.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from nhem_qt.capture import DemoSource, SourceChoice
from nhem_qt.config import FemConfig, LoadedConfig
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.session import open_long_curve, read_digest
from nhem_qt.ui.app import dress
from nhem_qt.ui.main_window import MainWindow, WindowSetup
from nhem_qt.ui.region_dialog import RegionDialog
from nhem_qt.ui.review_window import ReviewWindow

FOLDER = Path(__file__).parent
# By then the demo has shown emissions of both colours.
RUN_MS = 19_500
# The next report is shown by then.
HEALTH_MS = 1000


def take_window(app: QApplication, folder: Path) -> None:
    """Run the demo for a while and take the window as it is then, and its health."""
    choice, loaded = SourceChoice(SourceKind.DEMO), LoadedConfig(FemConfig(), None, ())
    window = MainWindow(WindowSetup(choice, None, loaded, folder, folder / "nhem-qt.log"))
    window.resize(1440, 860)
    window.show()
    window.start()

    def take() -> None:
        window.grab().save(str(FOLDER / "window.png"))
        window.docks.show_health(wanted=True)
        QTimer.singleShot(HEALTH_MS, window, take_health)

    def take_health() -> None:
        window.docks.health.grab().save(str(FOLDER / "health.png"))
        window.close()

    QTimer.singleShot(RUN_MS, window, take)
    app.exec()


def take_region_dialog(app: QApplication) -> None:
    """Take the selection of a region on a still of the demo."""
    source = DemoSource()
    dialog = RegionDialog(source.grab(source.bounds), Roi(150, 60, 570, 460))
    dialog.showNormal()
    dialog.resize(1440, 860)

    def take() -> None:
        dialog.grab().save(str(FOLDER / "region.png"))
        dialog.reject()

    QTimer.singleShot(500, dialog, take)
    app.exec()


def take_review(app: QApplication, folder: Path) -> None:
    """Take the review of the session that is kept in `folder`."""
    (path,) = folder.glob("*.sqlite")
    review = ReviewWindow(read_digest(path), open_long_curve(path))
    review.resize(1440, 860)
    review.show()
    QTimer.singleShot(300, review, review.next_peak)
    QTimer.singleShot(400, review, review.next_peak)
    QTimer.singleShot(500, review, review.show_whole)

    def take() -> None:
        review.grab().save(str(FOLDER / "review.png"))
        review.close()

    QTimer.singleShot(1000, review, take)
    app.exec()


def main() -> None:
    """Take them all."""
    app = QApplication([])
    dress(app)
    take_region_dialog(app)
    with tempfile.TemporaryDirectory() as folder:
        take_window(app, Path(folder))
        take_review(app, Path(folder))


if __name__ == "__main__":
    main()
