"""The five steps in one place, the same for every door (floor 6)."""

from gardefou.service._edge import AsyncService
from gardefou.service._judgement import Judgement
from gardefou.service._policies import Policies, Policy, load_policy
from gardefou.service._service import Service

__all__ = ["AsyncService", "Judgement", "Policies", "Policy", "Service", "load_policy"]
