"""The verbs of labels."""
