"""F-I curves: the rate of a neuron over its input current."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ohmloom.progress import Progress, silent

if TYPE_CHECKING:
    import pandas as pd


def fi_curve(
    rate: Callable[[float], float], currents: Sequence[float], *, progress: Progress = silent
) -> "pd.DataFrame":
    """Rate over input current.

    Args:
        rate: the rate at an input current [Hz]; simulates a neuron, or measures one.
        currents: to go through [A].
        progress: told the share that is done.

    Returns:
        Columns "input current [A]" and "rate [Hz]", one row for each current.
    """
    import pandas as pd  # noqa: PLC0415  slow to load

    rates = []
    for place, current in enumerate(currents):
        rates.append(float(rate(float(current))))
        progress((place + 1) / len(currents))
    return pd.DataFrame({"input current [A]": list(currents), "rate [Hz]": rates})
