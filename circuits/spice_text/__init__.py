"""SPICE text and PySpice circuits, to and from netlists."""
