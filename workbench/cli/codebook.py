"""The verbs of the codebook."""
