"""The solver's room: proofs that red lines stay, differences, lint, histories, properties (floor 4).

Needs the extra ``[analysis]``; the solvers are loaded when something is asked of them.
"""

from gardefou.analysis._case import Case, State, replay
from gardefou.analysis._prove import prove
from gardefou.analysis._result import Certificate, Finding, Proof, Query

__all__ = ["Case", "Certificate", "Finding", "Proof", "Query", "State", "prove", "replay"]
