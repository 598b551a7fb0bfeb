"""Memory cells: a memristor alone, with a selector, with a transistor, and in pairs."""
