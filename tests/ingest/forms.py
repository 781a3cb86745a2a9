"""Filling in forms of the admin as a browser does."""

from django.db.models import Model
from django.test import Client
from django.urls import reverse
from lxml import html


def edit(manager: Client, row: Model, **changes: object) -> None:
    """Saves the admin's form of a row with some inputs changed, as a browser sends it."""
    meta = row._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    form = html.fromstring(manager.get(address).content.decode()).get_element_by_id(
        f"{meta.model_name}_form"
    )
    values: dict[str, list[object]] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    reply = manager.post(address, {**values, **changes})
    assert reply.status_code == 302, str(reply.context["errors"])
