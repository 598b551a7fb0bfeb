"""Compiled loops over cells; each has a plain formula beside it and a test that the two agree."""
