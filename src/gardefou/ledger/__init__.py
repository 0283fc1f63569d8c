"""The ledger: an append-only, Merkle-hashed record that outsiders can verify (floor 1)."""
