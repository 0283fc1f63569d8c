"""Backtests: what was decided before, decided again under a draft."""

from gardefou.replay._backtest._cases import CaseFile, PastCase, read_ledger, write_cases
from gardefou.replay._backtest._engines import ENGINES, backtest
from gardefou.replay._backtest._result import Backtest, Draft, Group, Tally

__all__ = [
    "ENGINES",
    "Backtest",
    "CaseFile",
    "Draft",
    "Group",
    "PastCase",
    "Tally",
    "backtest",
    "read_ledger",
    "write_cases",
]
