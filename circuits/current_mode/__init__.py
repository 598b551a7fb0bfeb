"""Circuits that work on currents: filters, competition, bias generators."""
