"""First light: digits, trained and brought onto memristor chips and back, on many chips at once."""
