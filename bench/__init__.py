"""Measures Kennisborg against a floor on the same machine in the same run: `make bench`."""
