"""Silicon neurons."""
