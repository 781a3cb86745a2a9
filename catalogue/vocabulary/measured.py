"""A number as it was measured: with its unit, the range it had and its uncertainty; pure."""

import math
from dataclasses import dataclass

from catalogue.vocabulary.units import scale_to_si, to_si


@dataclass(frozen=True, slots=True)
class Measured:
    """A number; all of it is in `unit`.

    minimum, maximum: the least and the greatest value it had, both or neither; error: its standard
    uncertainty.
    """

    value: float
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    error: float | None = None

    def in_si(self, *, dimension: str = "") -> "Measured | None":
        """Returns the same in SI base units, None where its unit is not known.

        An error is scaled and never shifted: 1 °C more or less is 1 K more or less. A range or an
        error that no float can hold is left out.
        """
        value = to_si(self.value, self.unit, dimension=dimension)
        if value is None:
            return None
        least, greatest = (
            None if end is None else to_si(end, self.unit, dimension=dimension)
            for end in (self.minimum, self.maximum)
        )
        is_range = least is not None and greatest is not None
        return Measured(
            value.value,
            value.unit,
            minimum=least.value if least and is_range else None,
            maximum=greatest.value if greatest and is_range else None,
            error=self._error_in_si(dimension),
        )

    def _error_in_si(self, dimension: str) -> float | None:
        if self.error is None:
            return None
        scale = scale_to_si(self.unit, dimension=dimension)
        error = None if scale is None else self.error * scale
        return error if error is not None and math.isfinite(error) else None
