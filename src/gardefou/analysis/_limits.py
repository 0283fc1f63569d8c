"""How much one question may cost before its answer is *unknown*.

Solvers are stopped by the steps that they count themselves, so that an answer does not depend on how
fast or how busy a machine is. The stop by the clock only ends what would hang for ever.
"""

from __future__ import annotations

import msgspec


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one call of a solver: its own steps, and seconds as the last resort.

    Calibrated on the generated constitutions of ``benchmarks/analysis.py`` and on the amendments of
    the tests: the dearest call that was answered took Z3 16,000 steps (2 ms), and cvc5 fewer than
    10,000 (5 ms). Z3 takes 1 to 8 million steps a second.
    """

    z3_steps: int = 5_000_000
    cvc5_steps: int = 1_000_000
    stop_s: int = 600


LIMIT = Limit()
