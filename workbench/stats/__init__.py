"""Pure numbers: arrays in, small frozen results out. Nothing in here knows what a trace is."""
