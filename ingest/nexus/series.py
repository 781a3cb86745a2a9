"""A quantity that varied while data were taken, summed up; pure."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of an array, summed up: the least, the arithmetic mean and the greatest."""

    least: float
    mean: float
    greatest: float

    @property
    def varies(self) -> bool:
        return self.least < self.greatest


def sum_up(array: np.ndarray[Any, Any]) -> Series | None:
    """Return what the finite numbers of an array come to, None where it has none."""
    numbers = array.astype(np.float64).ravel()
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return None
    least, greatest = float(numbers.min()), float(numbers.max())
    # Divided first, so that the sum of large numbers stays a float; the mean of equal numbers is
    # that number, to the last digit.
    mean = float((numbers / numbers.size).sum())
    return Series(least, min(max(mean, least), greatest), greatest)
