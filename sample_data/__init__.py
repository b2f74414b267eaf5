"""The demo's traffic: an invented travel agency's assistant, five weeks, with known faults planted in it.

``python -m sample_data.generate`` writes every file beside this package again, byte for byte.
Nothing in it is real: people, hotels, airlines and numbers are made up, and README.md says what is planted where.
"""
