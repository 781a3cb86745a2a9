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
    """One class. `unsupported`: fields and relations of the data model that are not served here."""

    name: str
    fields: Mapping[str, FieldType]
    relations: Mapping[str, str] = field(default_factory=dict)
    text: tuple[str, ...] = ()
    unsupported: frozenset[str] = frozenset()


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
            _fields(id="STRING", name="STRING", size="NUMBER"),
            {"dataset": "Dataset"},
            text=("name",),
            # Where files lie is not public, so neither is what a comparison with it would tell.
            unsupported=frozenset({"path"}),
        ),
        ModelClass(
            "Member",
            _fields(id="STRING", role="STRING"),
            {"person": "Person", "affiliation": "Affiliation"},
            unsupported=frozenset({"document"}),
        ),
        ModelClass(
            "Person",
            _fields(
                id="STRING",
                fullName="STRING",
                orcid="STRING",
                firstName="STRING",
                lastName="STRING",
            ),
            unsupported=frozenset({"researcherId", "members"}),
        ),
        ModelClass(
            "Affiliation",
            _fields(id="STRING", name="STRING", city="STRING", country="STRING"),
            unsupported=frozenset({"address", "members"}),
        ),
        ModelClass(
            "Parameter",
            _fields(name="STRING", value="VALUE", unit="STRING"),
            unsupported=frozenset({"dataset", "document"}),
        ),
        ModelClass(
            "Sample",
            _fields(pid="STRING", name="STRING", description="STRING"),
            text=("name", "description"),
            unsupported=frozenset({"datasets"}),
        ),
        ModelClass(
            "Technique",
            _fields(pid="STRING", name="STRING", panetId="STRING"),
            text=("name",),
            unsupported=frozenset({"datasets"}),
        ),
    )
}
