"""Sweeps: circuits over parameters, corners, temperatures, samples; a table that survives."""
