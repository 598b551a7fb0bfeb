"""Constants of nature, in SI units.

Source: CODATA 2022. The first three are exact by the definition of the SI; permittivity and mass
are measured, to ten digits.

>>> f"{boltzmann * 300 / elementary_charge * 1e3:.3f} mV"
'25.852 mV'
"""

from typing import Final

boltzmann: Final = 1.380649e-23
"""Boltzmann constant k [J/K]."""
elementary_charge: Final = 1.602176634e-19
"""Charge of a proton e [C]."""
planck: Final = 6.62607015e-34
"""Planck constant h [J s]."""
vacuum_permittivity: Final = 8.8541878188e-12
"""Electric constant eps0 [F/m]."""
electron_mass: Final = 9.1093837139e-31
"""Mass of an electron at rest [kg]."""
