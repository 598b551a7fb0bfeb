"""The elements of a netlist: one file for each family of SPICE's letters."""
