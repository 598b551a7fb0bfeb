"""Memristors: how one behaves, how a million differ, how they age."""
