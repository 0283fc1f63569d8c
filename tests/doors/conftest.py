"""What the tests of the doors share."""

from doors_office import bare, door, law

__all__ = ["bare", "door", "law"]
