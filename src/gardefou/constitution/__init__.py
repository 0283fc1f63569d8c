"""Constitutions: documents, conditions, facts and catalogues (floor 1)."""
