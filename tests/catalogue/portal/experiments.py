"""A published investigation with everything in it, and those who look at it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.test import Client

from catalogue.models import (
    Datafile,
    DataPublication,
    Dataset,
    Investigation,
    PublicationAgent,
    Sample,
)
from catalogue.publication.records import write_record
from tests.factories import (
    make_datafile,
    make_dataset,
    make_investigation,
    make_member,
    make_person,
    make_publication,
    make_user,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MEMBER, MANAGER, STRANGER, ANONYMOUS = "member", "manager", "stranger", "anonymous"


@dataclass
class Experiment:
    """One published investigation with a dataset and its file; `clients` by kind of viewer."""

    investigation: Investigation
    dataset: Dataset
    datafile: Datafile
    publication: DataPublication
    clients: dict[str, Client]

    @property
    def landing(self) -> str:
        return f"/doi/{self.publication.doi}"

    @property
    def private_pages(self) -> list[str]:
        return [
            f"/investigations/{self.investigation.pk}",
            f"/datasets/{self.dataset.uid}",
            f"/files/{self.datafile.pk}/{self.datafile.name}",
        ]


def publish(investigation: Investigation, **changes: Any) -> DataPublication:
    """Returns the DOI of an investigation with its public record, as published at NOW."""
    copied = {"abstract": investigation.abstract} | changes
    publication = make_publication(investigation=investigation, **copied)
    for member in investigation.members.select_related("person"):
        person = member.person
        PublicationAgent.objects.create(
            publication=publication, name=person.full_name, orcid=person.orcid or ""
        )
    write_record(publication, today=NOW.date())
    return publication


def logged_in(**user: Any) -> Client:
    client = Client()
    client.force_login(make_user(**user))
    return client


def make_experiment(folder: Path, **changes: Any) -> Experiment:
    """Returns an experiment whose file lies in `folder`; changes are those of the investigation."""
    investigation = make_investigation(
        **{"title": "Magnons in the Kagome lattice", "abstract": "Of wibbleite."} | changes
    )
    user = make_user()
    person = make_person(full_name="Marie Curie", orcid="0000-0002-1825-0097", user=user)
    make_member(investigation, person=person)
    sample = Sample.objects.create(investigation=investigation, name="wibbleite sample")
    dataset = make_dataset(
        investigation=investigation, name="kagome-run-1", sample=sample, file_count=1
    )
    path = folder / "kagome.nxs"
    path.write_bytes(b"\x89HDF\r\n\x1a\nkagome")
    datafile = make_datafile(
        dataset=dataset, path=str(path), name="kagome.nxs", size_bytes=path.stat().st_size
    )
    member = Client()
    member.force_login(user)
    clients = {
        MEMBER: member,
        MANAGER: logged_in(is_staff=True),
        STRANGER: logged_in(),
        ANONYMOUS: Client(),
    }
    return Experiment(investigation, dataset, datafile, publish(investigation), clients)
