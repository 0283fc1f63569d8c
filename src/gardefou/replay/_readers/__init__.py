"""Trace files to traces: one short module for each family of files."""

from gardefou.replay._readers._survey import Source, Survey, survey

__all__ = ["Source", "Survey", "survey"]
