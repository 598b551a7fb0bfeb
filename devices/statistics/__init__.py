"""Statistics of programmed conductance: one file for each published population."""
