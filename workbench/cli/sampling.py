"""The verbs of sampling."""
