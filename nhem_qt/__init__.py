"""Watches an ultrasound picture on the screen and finds and classifies HIFU emissions live."""

__version__ = "0.1.0"
