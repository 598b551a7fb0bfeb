"""Sweeps: circuits over parameters, corners, temperatures, samples; a table that survives."""

from ohmloom.circuits.sweep.run import run_sweep

__all__ = ["run_sweep"]
