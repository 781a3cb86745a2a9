"""Lookups that Django lacks."""

from typing import Any

from django.db.models import Lookup


class Among(Lookup[Any]):
    """Whether a value is one of a list, sent as an array: `in` looks at each by itself.

    Used as a condition, `filter(Among(F("path"), paths))`.
    """

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", (*left_params, self.rhs)
