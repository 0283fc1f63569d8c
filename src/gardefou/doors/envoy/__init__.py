"""The door behind Envoy: its external processor (``ext_proc``); needs the ``envoy`` extra (floor 7).

It decides nothing by itself: the gateway's exchange does, with Envoy in the place of the gateway's
server on one side and of its client on the other.
"""

from gardefou.doors.envoy._door import EnvoyDoor

__all__ = ["EnvoyDoor"]
