"""The command ``gardefou`` (floor 5): commands, nothing else."""

from gardefou.cli._main import main

__all__ = ["main"]
