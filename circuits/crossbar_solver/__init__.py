"""How a crossbar is solved; users meet it through `ohmloom.circuits.crossbar.Crossbar`."""
