"""The verbs of ranking."""
