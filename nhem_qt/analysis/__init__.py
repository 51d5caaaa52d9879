"""Recordings and curves through the same monitor at full speed."""
