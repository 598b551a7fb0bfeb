"""All plot functions under one name.

Each takes arrays in SI, draws into `ax`, or into a figure of its own when `ax` is None, and returns
the `Axes`. None shows, saves or changes global style; `ax.figure.savefig(...)` saves one.
"""

from ohmloom.analysis.figures.accuracy import plot_accuracy, plot_accuracy_per_chip, plot_confusion
from ohmloom.analysis.figures.ages import age_label
from ohmloom.analysis.figures.canvas import readable_scale
from ohmloom.analysis.figures.chip import (
    plot_column_gain,
    plot_column_offset,
    plot_conductance_map,
    plot_stuck_cells,
    plot_tiles,
    plot_wire_loss,
)
from ohmloom.analysis.figures.crossbar import (
    plot_approximations,
    plot_array_map,
    plot_column_loss,
    plot_loss_of_sizes,
)
from ohmloom.analysis.figures.device import plot_hysteresis, plot_state
from ohmloom.analysis.figures.dynapse import (
    plot_cores,
    plot_fan_in,
    plot_raster,
    plot_rates,
    plot_routes,
)
from ohmloom.analysis.figures.fit import (
    plot_current_voltage_fit,
    plot_distribution_fit,
    plot_pulse_fit,
    plot_residuals,
    plot_retention_fit,
)
from ohmloom.analysis.figures.population import (
    age_marks,
    plot_cycle_distribution,
    plot_drift,
    plot_programmed_conductance,
    plot_pulse_response,
)
from ohmloom.analysis.figures.programming import (
    plot_programming_error,
    plot_pulses,
    plot_spread_against_conductance,
)

__all__ = [
    "age_label",
    "age_marks",
    "plot_accuracy",
    "plot_accuracy_per_chip",
    "plot_approximations",
    "plot_array_map",
    "plot_column_gain",
    "plot_column_loss",
    "plot_column_offset",
    "plot_conductance_map",
    "plot_confusion",
    "plot_cores",
    "plot_current_voltage_fit",
    "plot_cycle_distribution",
    "plot_distribution_fit",
    "plot_drift",
    "plot_fan_in",
    "plot_hysteresis",
    "plot_loss_of_sizes",
    "plot_programmed_conductance",
    "plot_programming_error",
    "plot_pulse_fit",
    "plot_pulse_response",
    "plot_pulses",
    "plot_raster",
    "plot_rates",
    "plot_residuals",
    "plot_retention_fit",
    "plot_routes",
    "plot_spread_against_conductance",
    "plot_state",
    "plot_stuck_cells",
    "plot_tiles",
    "plot_wire_loss",
    "readable_scale",
]
