"""The data model over the catalogue's rows: each class's rows, columns, relations, rendering."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, DateTimeField, F, Q, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

from catalogue.models import PublicationKind
from catalogue.models.dataset import shown_title
from catalogue.search import rendering, rows
from catalogue.search.columns import (
    Column,
    DoiColumn,
    IdentifierColumn,
    KeywordsColumn,
    constant,
    instant,
    number,
    text,
)
from catalogue.search.parameters import NAME, UNIT, WORDS
from catalogue.search.tree import Include
from catalogue.vocabulary.panet import IRI_PREFIX

Json = dict[str, Any]
_EXPERIMENT = PublicationKind.EXPERIMENT.value
_SELECTION = PublicationKind.SELECTION.value


@dataclass(frozen=True, slots=True)
class Link:
    """How rows of a relation belong to their parents: the value at `child` is that at `parent`.

    `parent_kind`, `child_kind`: the link holds for publications of that kind only.
    """

    parent: str
    child: str
    parent_kind: str = ""
    child_kind: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation to rows of the source `target`; `by_set`: see `query.technique_condition`."""

    target: str
    links: tuple[Link, ...]
    is_many: bool = True
    by_set: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One class of the data model. `rows` takes the day and returns nothing that is not public.

    told: the columns that its items and relations hang on, where these are all its own: plain rows
    of them are read in a fifth of the time of a model's instances.
    """

    rows: Callable[[date], rows.Rows]
    columns: Mapping[str, Column]
    render: Callable[[Any, tuple[Include, ...]], Json]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    text: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def _stored(key: str) -> Any:
    """Returns a string of the stored Document, null where it has none."""
    kept = Cast(KeyTextTransform(key, "search_document"), TextField())
    return NullIf(kept, Value(""), output_field=TextField())


def _day(key: str) -> Column:
    return instant(Cast(_stored(key), DateTimeField()))


def _filled(name: str) -> Any:
    """Returns a text column, null where it is empty: absent in answers is null in filters."""
    return NullIf(F(name), Value(""), output_field=TextField())


def _joined(*parts: Any) -> Any:
    """Returns expressions as one text, whatever the kinds of text and number they are."""
    return Concat(*(Cast(part, TextField()) for part in parts), output_field=TextField())


_TECHNIQUE_PID = Case(
    When(~Q(pid=""), then=F("pid")),
    default=_joined(Value(IRI_PREFIX), F("code")),
    output_field=TextField(),
)
# A facility's own technique has the panetId of the term it is, if it is one.
_PANET_ID = Case(
    When(pid="", then=_joined(Value(IRI_PREFIX), F("code"))),
    When(panet_term__isnull=False, then=_joined(Value(IRI_PREFIX), F("panet_term__code"))),
    default=None,
    output_field=TextField(),
)
_AGENT_ID = Case(
    When(~Q(imported_id=""), then=F("imported_id")),
    When(~Q(orcid=""), then=F("orcid")),
    default=_joined(Value("agent-"), F("pk")),
    output_field=TextField(),
)

_DOCUMENTS = (
    Link("investigation_id", "publication__investigation_id", child_kind=_EXPERIMENT),
    Link("pk", "publication__datasets", child_kind=_SELECTION),
)

SOURCES: Mapping[str, Source] = {
    "Dataset": Source(
        rows=rows.datasets,
        columns={
            "pid": IdentifierColumn(
                Coalesce(_filled("pid"), Cast("uid", TextField())), TextField()
            ),
            "title": text(shown_title()),
            "isPublic": constant(True),
            "creationDate": instant(Coalesce("start", "created_at")),
            "size": number("size_bytes"),
        },
        render=rendering.dataset,
        relations={
            "documents": Relation("Document", _DOCUMENTS),
            "document": Relation("Document", _DOCUMENTS, is_many=False),
            "techniques": Relation("Technique", (Link("pk", "datasets"),), by_set=True),
            "instrument": Relation("Instrument", (Link("instrument_id", "pk"),), is_many=False),
            "files": Relation("File", (Link("pk", "dataset_id"),)),
            "parameters": Relation("DatasetParameter", (Link("pk", "dataset_id"),)),
            "samples": Relation(
                "Sample", (Link("sample_id", "pk"), Link("pk", "further_datasets"))
            ),
        },
        text=("title",),
        told=("pk", *rows.TOLD),
    ),
    "Document": Source(
        rows=rows.documents,
        columns={
            "pid": DoiColumn(F("publication__doi"), TextField()),
            "isPublic": constant(True),
            "type": text(Coalesce(_stored("type"), Value("publication"), output_field=TextField())),
            "title": text(Coalesce(_stored("title"), F("title"), output_field=TextField())),
            "summary": text(_stored("summary")),
            "doi": DoiColumn(_stored("doi"), TextField()),
            "startDate": _day("startDate"),
            "endDate": _day("endDate"),
            "releaseDate": _day("releaseDate"),
            "license": text(_stored("license")),
            "keywords": KeywordsColumn(F("search_document__keywords"), TextField()),
        },
        render=rendering.document,
        relations={
            "datasets": Relation(
                "Dataset",
                (
                    Link(
                        "publication__investigation_id",
                        "investigation_id",
                        parent_kind=_EXPERIMENT,
                    ),
                    Link("publication_id", "publications", parent_kind=_SELECTION),
                ),
            ),
            "members": Relation("Member", (Link("publication_id", "publication_id"),)),
            "parameters": Relation(
                "DocumentParameter", (Link("publication__investigation_id", "investigation_id"),)
            ),
        },
        text=("title", "summary"),
    ),
    "Instrument": Source(
        rows=rows.instruments,
        columns={
            "pid": text(
                Coalesce(
                    _filled("pid"),
                    _joined(F("facility__slug"), Value("/"), F("slug")),
                    output_field=TextField(),
                )
            ),
            "name": text("name"),
            "facility": text("facility__name"),
        },
        render=rendering.instrument,
        relations={"datasets": Relation("Dataset", (Link("pk", "instrument_id"),))},
        text=("name", "facility"),
    ),
    "File": Source(
        rows=rows.files,
        columns={
            "id": text(Cast("pk", TextField())),
            "name": text("name"),
            "path": text(_filled("public_path")),
            "size": number("size_bytes"),
        },
        render=rendering.file,
        relations={"dataset": Relation("Dataset", (Link("dataset_id", "pk"),), is_many=False)},
        text=("name",),
        told=("pk", "name", "public_path", "size_bytes", "dataset_id"),
    ),
    "Member": Source(
        rows=rows.members,
        columns={"id": text(Cast("pk", TextField())), "role": text("role")},
        render=rendering.member,
        relations={
            "document": Relation(
                "Document", (Link("publication_id", "publication_id"),), is_many=False
            ),
            "person": Relation("Person", (Link("pk", "pk"),), is_many=False),
            "affiliation": Relation("Affiliation", (Link("pk", "pk"),), is_many=False),
        },
    ),
    "Person": Source(
        rows=rows.agents,
        columns={
            "id": text(_AGENT_ID),
            "fullName": text("name"),
            "orcid": text(_filled("orcid")),
            "researcherId": text(_filled("researcher_id")),
            "firstName": text(_filled("given_name")),
            "lastName": text(_filled("family_name")),
        },
        render=rendering.person,
        relations={"members": Relation("Member", (Link("pk", "pk"),))},
    ),
    "Affiliation": Source(
        rows=rows.affiliations,
        columns={
            "id": text(_joined(Value("affiliation-"), F("pk"))),
            "name": text("affiliation"),
            "address": text(_filled("address")),
            "city": text(_filled("city")),
            "country": text(_filled("country")),
        },
        render=rendering.affiliation,
        relations={"members": Relation("Member", (Link("pk", "pk"),))},
    ),
    "DatasetParameter": Source(
        rows=rows.dataset_parameters,
        columns={"name": NAME, "value": WORDS, "unit": UNIT},
        render=rendering.parameter,
        relations={
            "dataset": Relation("Dataset", (Link("dataset_id", "pk"),), is_many=False),
            "document": Relation("Document", (), is_many=False),
        },
    ),
    "DocumentParameter": Source(
        rows=rows.document_parameters,
        columns={"name": NAME, "value": WORDS, "unit": UNIT},
        render=rendering.parameter,
        relations={
            "dataset": Relation("Dataset", (), is_many=False),
            "document": Relation(
                "Document",
                (Link("investigation_id", "publication__investigation_id"),),
                is_many=False,
            ),
        },
    ),
    "Sample": Source(
        rows=rows.samples,
        columns={
            "pid": text(
                Coalesce(
                    _filled("pid"),
                    _joined(Value("sample-"), F("pk")),
                    output_field=TextField(),
                )
            ),
            "name": text("name"),
            "description": text(_filled("description")),
        },
        render=rendering.sample,
        relations={
            "datasets": Relation(
                "Dataset", (Link("pk", "sample_id"), Link("pk", "further_samples"))
            )
        },
        text=("name", "description"),
    ),
    "Technique": Source(
        rows=rows.techniques,
        columns={
            "pid": text(_TECHNIQUE_PID),
            "name": text("label"),
            "panetId": text(_PANET_ID),
        },
        render=rendering.technique,
        relations={"datasets": Relation("Dataset", (Link("pk", "techniques"),))},
        text=("name",),
    ),
}
