"""Trains networks that expect the noise, places them, and programs chips."""
