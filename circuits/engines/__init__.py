"""What runs a netlist: the ngspice library, one to a process."""
