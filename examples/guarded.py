"""A function of the Ministry of Examples, guarded: one payment runs, one waits for a treasurer."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

from gardefou import HoldPending, Principal, open_door

HERE = Path(__file__).parent


def main() -> None:
    """Pay a small bill and a large one."""
    who = Principal(tenant="ministry", agent="office assistant", user="alice")
    with open_door(
        [HERE / "ministry.md"], catalogue=HERE / "catalogue.yaml", principal=who
    ) as guard:

        @guard
        def pay(iban: str, amount: Decimal, reference: str = "") -> str:
            """Transfer money from the office account."""
            return f"paid {amount} to {iban} for {reference}"

        said = "Please pay 84.20 EUR to DE89370400440532013000 for the water."
        with guard.session(user=said):
            sys.stdout.write(pay("DE89370400440532013000", Decimal("84.20"), "water") + "\n")
            try:
                pay("DE89370400440532013000", Decimal("5000.00"), "water")
            except HoldPending as held:
                sys.stdout.write(held.diagnostics() + "\n")


if __name__ == "__main__":
    main()
