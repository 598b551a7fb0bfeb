"""Turns results into tables, figures and reports."""
