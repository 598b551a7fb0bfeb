"""The virtual memristor crossbar chip: data sheet, hidden truth, periphery, and the chip itself."""
