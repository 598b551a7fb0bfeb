"""The array types that signatures speak of."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
"""A numpy array of float64."""

IntArray: TypeAlias = NDArray[np.int64]
"""A numpy array of int64: codes, indices, counts."""

BoolArray: TypeAlias = NDArray[np.bool_]
"""A numpy array of bool: a mask."""

Array: TypeAlias = Any
"""A numpy array or a torch tensor: whatever the array API standard covers."""
