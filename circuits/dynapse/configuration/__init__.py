"""Configuration of the DYNAP-SE chips: objects, wire format, words, rules."""
