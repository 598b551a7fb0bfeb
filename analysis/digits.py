"""The digits that scikit-learn bundles, cut into a training and a test set."""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class LabelledSplit:
    """Examples to train on and examples to test with."""

    train_inputs: FloatArray
    """Shape (trials, inputs), 0 to 1."""
    train_labels: IntArray
    """Class of each, shape (trials,)."""
    test_inputs: FloatArray
    """Shape (trials, inputs), 0 to 1."""
    test_labels: IntArray
    """Class of each, shape (trials,)."""


def handwritten_digits(*, seed: int) -> LabelledSplit:
    """1797 digits of 8x8 pixels, a third of them for testing, each class in proportion.

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository (1998), test part, as bundled with scikit-learn.

    Args:
        seed: of the cut.
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415  slow to load
    from sklearn.model_selection import train_test_split  # noqa: PLC0415

    images, labels = load_digits(return_X_y=True)
    train, test, train_labels, test_labels = train_test_split(
        images / 16.0, labels, test_size=1 / 3, stratify=labels, random_state=seed
    )
    return LabelledSplit(
        train_inputs=np.asarray(train, dtype=np.float64),
        train_labels=np.asarray(train_labels, dtype=np.int64),
        test_inputs=np.asarray(test, dtype=np.float64),
        test_labels=np.asarray(test_labels, dtype=np.int64),
    )
