"""The classes of the PaNOSC data model (doc/data-model.md): fields, relations, searched text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FieldType(StrEnum):
    STRING = "string"
    STRINGS = "array of strings"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    # Parameter.value: a number or a string, told apart by the JSON type.
    VALUE = "number or string"


@dataclass(frozen=True, slots=True)
class ModelClass:
    """One class: its fields, its relations to others, and the fields that `text` looks in."""

    name: str
    fields: Mapping[str, FieldType]
    relations: Mapping[str, str] = field(default_factory=dict)
    text: tuple[str, ...] = ()


def _fields(**types: str) -> dict[str, FieldType]:
    return {name: FieldType[kind] for name, kind in types.items()}


CLASSES: Mapping[str, ModelClass] = {
    model.name: model
    for model in (
        ModelClass(
            "Dataset",
            _fields(
                pid="STRING", title="STRING", isPublic="BOOLEAN", creationDate="DATE", size="NUMBER"
            ),
            {
                "documents": "Document",
                # The federated service's model has this one in its place.
                "document": "Document",
                "techniques": "Technique",
                "instrument": "Instrument",
                "files": "File",
                "parameters": "Parameter",
                "samples": "Sample",
            },
            text=("title",),
        ),
        ModelClass(
            "Document",
            _fields(
                pid="STRING",
                isPublic="BOOLEAN",
                type="STRING",
                title="STRING",
                summary="STRING",
                doi="STRING",
                startDate="DATE",
                endDate="DATE",
                releaseDate="DATE",
                license="STRING",
                keywords="STRINGS",
            ),
            {"datasets": "Dataset", "members": "Member", "parameters": "Parameter"},
            text=("title", "summary"),
        ),
        ModelClass(
            "Instrument",
            _fields(pid="STRING", name="STRING", facility="STRING"),
            {"datasets": "Dataset"},
            text=("name", "facility"),
        ),
        ModelClass(
            "File",
            _fields(id="STRING", name="STRING", path="STRING", size="NUMBER"),
            {"dataset": "Dataset"},
            text=("name",),
        ),
        ModelClass(
            "Member",
            _fields(id="STRING", role="STRING"),
            {"document": "Document", "person": "Person", "affiliation": "Affiliation"},
        ),
        ModelClass(
            "Person",
            _fields(
                id="STRING",
                fullName="STRING",
                orcid="STRING",
                researcherId="STRING",
                firstName="STRING",
                lastName="STRING",
            ),
            {"members": "Member"},
        ),
        ModelClass(
            "Affiliation",
            _fields(id="STRING", name="STRING", address="STRING", city="STRING", country="STRING"),
            {"members": "Member"},
        ),
        ModelClass(
            "Parameter",
            _fields(name="STRING", value="VALUE", unit="STRING"),
            {"dataset": "Dataset", "document": "Document"},
        ),
        ModelClass(
            "Sample",
            _fields(pid="STRING", name="STRING", description="STRING"),
            {"datasets": "Dataset"},
            text=("name", "description"),
        ),
        ModelClass(
            "Technique",
            _fields(pid="STRING", name="STRING", panetId="STRING"),
            {"datasets": "Dataset"},
            text=("name",),
        ),
    )
}
