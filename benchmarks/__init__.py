"""Measurements: speed as a ratio to a named peer in one run, quality on data with known answers."""
