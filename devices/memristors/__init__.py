"""Memristors: one file for each physical model, with its published parameter sets."""
