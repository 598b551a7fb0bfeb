"""Silicon synapses: currents with a time constant, weights that learn."""
