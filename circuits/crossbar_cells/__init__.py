"""Cells of a crossbar that do not obey Ohm's law."""
