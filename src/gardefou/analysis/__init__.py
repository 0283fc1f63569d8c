"""The solver's room: proofs that red lines stay, differences, lint, histories, properties (floor 4).

Needs the extra ``[analysis]``; the solvers are loaded when something is asked of them.
"""

from gardefou.analysis._case import Case, State, Step, prepared, replay
from gardefou.analysis._difference import Change, Difference, difference, kept_files
from gardefou.analysis._lint import Lint, Remark, lint
from gardefou.analysis._prove import prove
from gardefou.analysis._result import Certificate, Finding, Proof, Query
from gardefou.analysis._statements import Verified, verify

__all__ = [
    "Case",
    "Certificate",
    "Change",
    "Difference",
    "Finding",
    "Lint",
    "Proof",
    "Query",
    "Remark",
    "State",
    "Step",
    "Verified",
    "difference",
    "kept_files",
    "lint",
    "prepared",
    "prove",
    "replay",
    "verify",
]
