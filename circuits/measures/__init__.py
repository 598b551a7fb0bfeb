"""Numbers that are read off waveforms: spikes, settling, gain, charge and power."""
