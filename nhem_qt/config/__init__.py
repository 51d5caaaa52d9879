"""The configuration file and its typed models."""
