"""Many rows by one statement, an array a column: a fraction of what Django's way costs each."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model

NUL = "\0"
QUOTED_COMMA = '","'
Column = Sequence[Any]


def insert_rows(
    model: type[Model],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    by: str = "",
) -> None:
    """Inserts rows given as tuples of plain values; one that a unique key forbids is left out.

    columns: field names, those of foreign keys without `_id`; every column without a default of the
    database's has to be there. Constraints are the database's, validators are not run.
    by: the unique column by which a row that is there already is found, and overwritten instead.
    """
    if not rows:
        return
    fields = [_column(model, name) for name in columns]
    conflict = "ON CONFLICT DO NOTHING"
    if by:
        conflict = _overwriting(model, by, [name for name in columns if name != by])
    with connection.cursor() as cursor:
        cursor.execute(_insert(model, fields, conflict), _arrays(zip(*rows, strict=True)))


def write_models(rows: Sequence[Model], *, by: str = "", values: Sequence[str] = ()) -> None:
    """Inserts instances of one model, as bulk_create does in four times the time, with their keys.

    rows: those without a key are given one; what they refer to has been written. A column with a
    default of the database's is left to it. by: the unique column by which a row that is there
    already is found; of such a row, `values` are overwritten.

    Raises:
        IntegrityError, DataError: the database refuses a row; none is written.
    """
    if not rows:
        return
    model = type(rows[0])
    has_keys = all(row.pk is not None for row in rows)
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.has_db_default() and (has_keys or not field.primary_key)
    ]
    columns = (_prepared(field, rows) for field in fields)
    conflict = _overwriting(model, by, values) if by else ""
    returning = f"RETURNING {connection.ops.quote_name(model._meta.pk.column or '')}"
    with connection.cursor() as cursor:
        cursor.execute(_insert(model, fields, f"{conflict} {returning}"), _arrays(columns))
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
            row._state.adding = False


def reserve_keys(model: type[Model], number: int) -> list[int]:
    """Returns primary keys that no row has or will get, for rows that refer to one another."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [connection.ops.quote_name(table), column, number],
        )
        return [key for (key,) in cursor.fetchall()]


def _insert(model: type[Model], fields: Sequence[Field[Any, Any]], ending: str) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column or "") for field in fields)
    arrays = ", ".join(f"%s::{_type_of(field)}[]" for field in fields)
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) "  # noqa: S608 - names of the model's
        f"SELECT * FROM unnest({arrays}) {ending}"
    )


def _overwriting(model: type[Model], by: str, values: Iterable[str]) -> str:
    quote = connection.ops.quote_name
    names = [quote(_column(model, name).column or "") for name in values]
    given = ", ".join(f"{name} = EXCLUDED.{name}" for name in names)
    return f"ON CONFLICT ({quote(_column(model, by).column or '')}) DO UPDATE SET {given}"


def _prepared(field: Field[Any, Any], rows: Sequence[Model]) -> Column:
    """Returns a column of instances, with the times that their fields take by themselves."""
    values = [field.pre_save(row, add=True) for row in rows]
    return list(map(json.dumps, values)) if isinstance(field, JSONField) else values


def _arrays(columns: Iterable[Column]) -> list[str]:
    return [_array(column) for column in columns]


def _array(values: Column) -> str:
    """Returns a column as an array's text, which PostgreSQL reads four times as fast as ARRAY[…].

    Written whole where it can be: a step of Python for each of 200 values a file took a tenth of
    the time of storing it. See 'Array Value Input' in PostgreSQL's manual, section 8.15.2.
    """
    known = next((value for value in values if value is not None), None)
    if known is None or isinstance(known, int | float):
        # A list of numbers reads alike in JSON: null, NaN and Infinity, too.
        return f"{{{json.dumps(values)[1:-1]}}}"
    if None in values:
        return f"{{{','.join('NULL' if value is None else _quoted([value]) for value in values)}}}"
    return f"{{{_quoted(values)}}}"


def _quoted(values: Column) -> str:
    """Returns texts in quotes, with commas between; no text of PostgreSQL's holds a NUL."""
    escaped = NUL.join(map(str, values)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped.replace(NUL, QUOTED_COMMA)}"'


def _column(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{model.__name__}.{name} is no column")
    return field


def _type_of(field: Field[Any, Any]) -> str:
    """Returns a column's type without its length: a cast to that would cut what is longer."""
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return (kind or "").partition("(")[0]
