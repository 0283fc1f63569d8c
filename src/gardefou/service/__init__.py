"""The five steps in one place, the same for every door (floor 6)."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.service._books import Books
    from gardefou.service._compiled import Compiled, compiled
    from gardefou.service._edge import AsyncService
    from gardefou.service._judgement import Judgement
    from gardefou.service._policies import Policies, Policy, load_policy
    from gardefou.service._service import Service

__all__ = [
    "AsyncService",
    "Books",
    "Compiled",
    "Judgement",
    "Policies",
    "Policy",
    "Service",
    "compiled",
    "load_policy",
]

__getattr__ = on_demand(
    __name__,
    {
        "_books": ("Books",),
        "_compiled": ("Compiled", "compiled"),
        "_edge": ("AsyncService",),
        "_judgement": ("Judgement",),
        "_policies": ("Policies", "Policy", "load_policy"),
        "_service": ("Service",),
    },
)
