"""DYNAP-SE1 and DYNAP-SE2: biases, configuration, models, and virtual chips."""
