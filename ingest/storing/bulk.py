"""Many rows by one statement, an array a column: a fraction of what a model instance each costs."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def insert_rows(
    model: type[Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Inserts rows given as tuples of plain values; one that a unique key forbids is left out.

    columns: field names, those of foreign keys without `_id`; every column without a default of the
    database's has to be there. Constraints are the database's, validators are not run.
    """
    if not rows:
        return
    fields = [_column(model, name) for name in columns]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column or "") for field in fields)
    arrays = ", ".join(f"%s::{_type_of(field)}[]" for field in fields)
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) "  # noqa: S608 - names of the model's
        f"SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_array(column) for column in zip(*rows, strict=True)])


def _array(values: Iterable[Any]) -> str:
    """Returns a column as an array's text, which PostgreSQL reads four times as fast as ARRAY[…].

    See 'Array Value Input' in PostgreSQL's manual, section 8.15.2.
    """
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def reserve_keys(model: type[Model], number: int) -> list[int]:
    """Returns primary keys that no row has or will get, for rows that refer to one another."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [connection.ops.quote_name(table), column, number],
        )
        return [key for (key,) in cursor.fetchall()]


def _column(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{model.__name__}.{name} is no column")
    return field


def _type_of(field: Field[Any, Any]) -> str | None:
    return field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
