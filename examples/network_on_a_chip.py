"""Train your own classifier with the noise of the cells and run it on a chip for two days.

python examples/network_on_a_chip.py
"""

import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from ohmloom.calibration.crossbar_calibration import calibrate_crossbar
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip
from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.mapping.mapped_network import map_network
from ohmloom.mapping.training import TrainingSettings, train_classifier
from ohmloom.si import day, hour, second


def main(epochs: int = 80) -> dict[float, float]:
    """Accuracy on three kinds of iris, by time after programming [s]."""
    features, labels = load_iris(return_X_y=True)
    features = (features - features.min(axis=0)) / np.ptp(features, axis=0)
    train, test, train_labels, test_labels = train_test_split(
        features, labels, test_size=1 / 3, stratify=labels, random_state=1
    )
    datasheet = crossbar_64(tiles=2)
    network = train_classifier(
        train,
        train_labels,
        settings=TrainingSettings(
            hidden=(24,),
            epochs=epochs,
            batch=20,
            learning_rate=2e-2,
            weight_decay=1e-3,
            weight_limit=2.5,
            noise_scale=1.0,
        ),
        statistics=wan_2022(),
        dac_codes=datasheet.highest_dac_code,
        seed=1,
    )
    chip = VirtualCrossbarChip(7, datasheet=datasheet)
    record = calibrate_crossbar(chip)
    mapped = map_network(network, datasheet, record=record, samples=train)
    result = mapped.program(chip)
    print(mapped, result, sep="\n")

    finished, accuracy = chip.time, {}
    for age in (1 * second, 1 * hour, 1 * day, 2 * day):
        chip.wait(finished + age - chip.time)
        accuracy[age] = float((mapped.run(chip, test).argmax(axis=1) == test_labels).mean())
        print(f"{age:>8.0f} s after programming: {accuracy[age]:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
