"""Text of agents and attackers, made safe to look at (floor 1)."""

from gardefou.legible._visible import is_hidden, visible

__all__ = ["is_hidden", "visible"]
