"""What differs from cell to cell and from cycle to cycle."""
