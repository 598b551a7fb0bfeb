"""How much the wires of a crossbar take, for arrays of 16x16 to 1024x1024 cells.

python examples/wire_loss.py
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ohmloom.analysis.figure_file import save_figure
from ohmloom.analysis.figures import plot_loss_of_sizes
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.si import kohm, ohm, volt

CELL, SEGMENT, READ = 10 * kohm, 1 * ohm, 0.2 * volt


def main(
    sizes: Sequence[int] = (16, 32, 64, 128, 256, 512, 1024), picture: Path | None = None
) -> pd.DataFrame:
    """Loss of the first and the last column, all cells at 10 kohm and 1 ohm between neighbours."""
    rows = []
    for size in sizes:
        array = Crossbar(
            conductance=np.full((size, size), 1.0 / CELL), r_word_line=SEGMENT, r_bit_line=SEGMENT
        )
        current = array.output_current(np.full(size, READ))
        loss = 1.0 - current / (size * READ / CELL)
        rows.append({"size": size, "first column": loss[0], "last column": loss[-1]})
    table = pd.DataFrame(rows)
    percent = dict.fromkeys(table.columns[1:], "{:.2%}".format)
    print(table.to_string(index=False, formatters=percent))
    if picture is not None:
        save_figure(plot_loss_of_sizes(table).figure, picture)
        print(f"Picture: {picture}")
    return table


if __name__ == "__main__":
    main(picture=Path("wire_loss.png"))
