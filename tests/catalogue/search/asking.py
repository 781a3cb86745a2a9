"""Questions to the search API, for tests."""

import json
from typing import Any

from django.test import Client

from catalogue.models import Dataset, DatasetParameter, ParameterType


def ask(client: Client, path: str, *include: object) -> Any:
    query = {"filter": json.dumps({"include": include})}
    response = client.get(f"/panosc-api/{path}", query)
    assert response.status_code == 200, response.content
    return response.json()


def scoped(relation: str, where: object = None, *include: object) -> dict[str, Any]:
    scope = {"where": where, "include": list(include)}
    return {"relation": relation, "scope": {key: part for key, part in scope.items() if part}}


def names(items: list[dict[str, Any]], key: str = "title") -> list[str]:
    return [item[key] for item in items]


def give(
    dataset: Dataset,
    name: str,
    value: float | str,
    unit: str = "",
    *,
    si_unit: str = "",
    **columns: Any,
) -> None:
    kind, _ = ParameterType.objects.get_or_create(
        name=name, defaults={"label": name, "si_unit": si_unit}
    )
    kept = {"text": value} if isinstance(value, str) else {"number": value}
    DatasetParameter.objects.create(dataset=dataset, type=kind, unit=unit, **kept, **columns)
