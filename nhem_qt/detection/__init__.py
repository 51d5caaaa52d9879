"""Gray values to peaks."""

from nhem_qt.detection.config import DetectorConfig, Mode
from nhem_qt.detection.detector import PeakDetector
from nhem_qt.detection.results import Detection, Peak, PeakColor, Reason, Rejection

__all__ = ["Detection", "DetectorConfig", "Mode", "Peak", "PeakColor", "PeakDetector", "Reason", "Rejection"]
