"""The second solver: cvc5 reads the same SMT-LIB text and has to come to the same answer.

The texts that conditions speak of are decided before, by the regular engine; what it found stands
in the question as lemmas, one clause each, so that the second solver needs no theory of strings.
"""

from __future__ import annotations

from typing import Any

from gardefou.analysis._limits import Limit
from gardefou.errors import UsageError


def cvc5_library() -> Any:
    """The second solver.

    Raises:
        UsageError: ``analysis.missing`` when it is not installed.
    """
    try:
        import cvc5  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise UsageError(
            "proofs are checked again by the solver cvc5, which is not installed",
            code="analysis.missing",
            help='install it: pip install "gardefou[analysis]"',
        ) from None
    return cvc5


def answer(script: str, *, limit: Limit) -> str:
    """``sat``, ``unsat`` or ``unknown`` for a question in SMT-LIB, without ``check-sat``."""
    cvc5 = cvc5_library()
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("rlimit-per", str(limit.cvc5_steps))
    solver.setOption("tlimit-per", str(limit.stop_s * 1000))
    solver.setLogic("ALL")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "question")
    symbols = parser.getSymbolManager()
    try:
        while not (command := parser.nextCommand()).isNull():
            command.invoke(solver, symbols)
        result = solver.checkSat()
    except RuntimeError:
        return "unknown"
    if result.isUnsat():
        return "unsat"
    return "sat" if result.isSat() else "unknown"
