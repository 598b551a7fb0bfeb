"""Virtual DYNAP-SE1 and DYNAP-SE2 chips with a mismatch of their own behind the `Chip` protocol."""

from ohmloom.circuits.dynapse.virtual.virtual_dynapse1 import VirtualDynapse1
from ohmloom.circuits.dynapse.virtual.virtual_dynapse2 import VirtualDynapse2

__all__ = ["VirtualDynapse1", "VirtualDynapse2"]
