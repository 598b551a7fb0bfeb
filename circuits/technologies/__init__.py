"""What transistors are made in: model cards and libraries, corners, mismatch."""
