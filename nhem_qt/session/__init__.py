"""What is kept of a monitoring run, and its exports."""

from nhem_qt.session.apart import do_apart
from nhem_qt.session.archive import KeptSession, Statistics, session_paths
from nhem_qt.session.curve_picture import CurveSheet, curve_png, curve_svg
from nhem_qt.session.digest import Digest, read_digest
from nhem_qt.session.export import (
    export_kept,
    export_live,
    export_names,
    export_session,
    write_peaks_csv,
    write_samples_csv,
)
from nhem_qt.session.history import Curve, History
from nhem_qt.session.info import Change, KeptNotice, KeptPicture, Mark, Moment, SessionInfo, Span
from nhem_qt.session.listing import KeptSummary, SessionState, find_session, list_sessions, summary_of
from nhem_qt.session.live import LiveSession
from nhem_qt.session.long_curve import LongCurve, open_long_curve
from nhem_qt.session.manage import (
    SessionInUseError,
    conclude_interrupted,
    delete_session,
    interrupted_sessions,
    note_session,
    rename_session,
)
from nhem_qt.session.origin import Origin, read_origin
from nhem_qt.session.overview import Overview, thinned
from nhem_qt.session.progress import Progress, no_progress
from nhem_qt.session.report import report_html, report_parts, report_style, write_report
from nhem_qt.session.report_markup import Drawing
from nhem_qt.session.snapshot import LiveState, snapshot
from nhem_qt.session.staging import ExportError, make_folder, write_bytes
from nhem_qt.session.store import SessionStore, StoreError
from nhem_qt.session.table import PEAK_COLUMNS, peak_cells, peak_row, sample_cells
from nhem_qt.session.words import is_invented, session_title

__all__ = [
    "PEAK_COLUMNS",
    "Change",
    "Curve",
    "CurveSheet",
    "Digest",
    "Drawing",
    "ExportError",
    "History",
    "KeptNotice",
    "KeptPicture",
    "KeptSession",
    "KeptSummary",
    "LiveSession",
    "LiveState",
    "LongCurve",
    "Mark",
    "Moment",
    "Origin",
    "Overview",
    "Progress",
    "SessionInUseError",
    "SessionInfo",
    "SessionState",
    "SessionStore",
    "Span",
    "Statistics",
    "StoreError",
    "conclude_interrupted",
    "curve_png",
    "curve_svg",
    "delete_session",
    "do_apart",
    "export_kept",
    "export_live",
    "export_names",
    "export_session",
    "find_session",
    "interrupted_sessions",
    "is_invented",
    "list_sessions",
    "make_folder",
    "no_progress",
    "note_session",
    "open_long_curve",
    "peak_cells",
    "peak_row",
    "read_digest",
    "read_origin",
    "rename_session",
    "report_html",
    "report_parts",
    "report_style",
    "sample_cells",
    "session_paths",
    "session_title",
    "snapshot",
    "summary_of",
    "thinned",
    "write_bytes",
    "write_peaks_csv",
    "write_report",
    "write_samples_csv",
]
