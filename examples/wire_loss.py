"""How much the wires of a crossbar take, for arrays of 8x8 to 128x128 cells.

python examples/wire_loss.py
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ohmloom.circuits.crossbar import Crossbar
from ohmloom.si import ohm, uS


def main(sizes: Sequence[int] = (8, 16, 32, 64, 128)) -> pd.DataFrame:
    """Mean loss of the column currents, all cells at 20 uS and 2.5 ohm between neighbours."""
    rows = []
    for size in sizes:
        conductance = np.full((size, size), 20 * uS)
        array = Crossbar(conductance=conductance, r_word_line=2.5 * ohm, r_bit_line=2.5 * ohm)
        loss = 1.0 - array.transfer().sum(axis=0) / conductance.sum(axis=0)
        rows.append({"size": size, "first column": loss[0], "last column": loss[-1]})
    table = pd.DataFrame(rows)
    percent = dict.fromkeys(table.columns[1:], "{:.2%}".format)
    print(table.to_string(index=False, formatters=percent))
    return table


if __name__ == "__main__":
    main()
