"""Backtests: what was decided before, decided again under a draft."""

from gardefou.replay._backtest._cases import PastCase, read_ledger, write_cases
from gardefou.replay._backtest._engines import ENGINES, Sharing, backtest
from gardefou.replay._backtest._result import Backtest, Draft, Group, Tally
from gardefou.replay._backtest._source import CaseFile

__all__ = [
    "ENGINES",
    "Backtest",
    "CaseFile",
    "Draft",
    "Group",
    "PastCase",
    "Sharing",
    "Tally",
    "backtest",
    "read_ledger",
    "write_cases",
]
