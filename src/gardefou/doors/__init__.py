"""Doors: where traffic enters, each thin, sharing the floors below (floor 7)."""
