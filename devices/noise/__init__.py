"""Noise of a reading: white, telegraph, Ornstein-Uhlenbeck, 1/f."""
