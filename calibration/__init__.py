"""Finds out how one chip differs from its data sheet, and keeps the record."""
