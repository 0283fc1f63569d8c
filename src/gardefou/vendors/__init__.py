"""Who makes a model and who serves it: facts about vendors, and what an id says.

1. The table decides, never the code: no vendor is named in this room's modules.
2. What cannot be read is `opaque` or `unknown`, never another developer.
3. Where two readings of an id name different developers, it is `opaque` with both named.
"""

from gardefou.vendors._resolve import Aliases, Resolved, State, resolve
from gardefou.vendors._table import Role, Vendor, channel_of_host, developer_ids, vendors

__all__ = [
    "Aliases",
    "Resolved",
    "Role",
    "State",
    "Vendor",
    "channel_of_host",
    "developer_ids",
    "resolve",
    "vendors",
]
