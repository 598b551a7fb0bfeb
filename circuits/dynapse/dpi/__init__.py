"""Behaviour of differential-pair integrators: synapses, neurons, networks."""
