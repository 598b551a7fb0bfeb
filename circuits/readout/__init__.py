"""The periphery of an array: column read-outs, comparators, write drivers, converters."""
