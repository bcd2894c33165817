"""The types that models and charts share."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

__all__ = ["ArrayLike", "FloatArray"]
