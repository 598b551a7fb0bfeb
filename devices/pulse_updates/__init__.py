"""How one programming pulse moves the conductance of a cell."""
