"""Gardefou decides what AI models and agents may do, before they do it."""

__version__ = "0.1.0"
