"""Codes of a virtual chip: what its ports take, and what they hold."""

from collections.abc import Mapping

import numpy as np

from ohmloom.arrays import IntArray
from ohmloom.circuits.chip import Port
from ohmloom.errors import InvalidInput


class Knobs:
    """Integers behind names, checked against their ports; what they held is gone when set."""

    def __init__(self, ports: Mapping[str, Port], what: str) -> None:
        self._ports = ports
        self._what = what
        self._held = {
            name: np.full(port.shape, max(port.lowest, min(0, port.highest)), dtype=np.int64)
            for name, port in ports.items()
        }

    def __getitem__(self, name: str) -> IntArray:
        self._check_name(name)
        return self._held[name].copy()

    def set(self, name: str, codes: IntArray) -> None:
        """Set one; `codes` broadcasts to its shape.

        Raises:
            InvalidInput: an unknown name, or codes that do not fit.
        """
        self._check_name(name)
        port = self._ports[name]
        given = np.asarray(codes)
        if not np.issubdtype(given.dtype, np.integer):
            raise InvalidInput(f"{name} takes whole numbers, but was given {given.dtype}")
        try:
            value = np.broadcast_to(given, port.shape)
        except ValueError as error:
            raise InvalidInput(
                f"{name} has shape {port.shape}, but was given {given.shape}"
            ) from error
        if value.size and (value.min() < port.lowest or value.max() > port.highest):
            raise InvalidInput(
                f"{name} takes {port.lowest} to {port.highest}, but was given {value.min()} to "
                f"{value.max()}"
            )
        self._held[name] = value.astype(np.int64)

    def _check_name(self, name: str) -> None:
        if name not in self._ports:
            from difflib import get_close_matches  # noqa: PLC0415  only for the message

            near = get_close_matches(name, self._ports, n=3)
            said = (
                f"did you mean {', '.join(near)}" if near else f"there are {', '.join(self._ports)}"
            )
            raise InvalidInput(f"there is no {self._what} {name!r}; {said}")
