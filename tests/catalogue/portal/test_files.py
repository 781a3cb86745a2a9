import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from lxml import html

from tests.catalogue.portal.experiments import Experiment
from tests.factories import make_datafile

pytestmark = pytest.mark.django_db


def test_a_download_is_the_file_as_an_attachment(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    content = Path(made.datafile.path).read_bytes()
    made.datafile.sha256 = hashlib.sha256(content).hexdigest()
    made.datafile.save()
    answer = client.get(f"/files/{made.datafile.pk}/kagome.nxs")
    assert answer.getvalue() == content
    assert answer["Content-Type"] == "application/x-hdf5"
    assert answer["Content-Disposition"] == 'attachment; filename="kagome.nxs"'
    assert answer["Content-Length"] == str(len(content))
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert answer["Repr-Digest"] == f"sha-256=:{digest}:"


def test_a_file_that_has_grown_is_not_given_its_old_digest(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    with Path(made.datafile.path).open("ab") as file:
        file.write(b"more")
    answer = client.get(f"/files/{made.datafile.pk}/kagome.nxs")
    assert answer.getvalue().endswith(b"more")
    assert "Repr-Digest" not in answer


def test_a_file_gone_from_disk_is_told_readably_and_without_its_path(
    client: Client, experiment: Callable[..., Experiment], caplog: pytest.LogCaptureFixture
) -> None:
    made = experiment()
    Path(made.datafile.path).unlink()
    answer = client.get(f"/files/{made.datafile.pk}/kagome.nxs")
    assert answer.status_code == 404
    assert "cannot be read at present" in answer.content.decode()
    assert made.datafile.path not in answer.content.decode()
    assert f"datafile {made.datafile.pk} cannot be read" in caplog.text


@pytest.mark.parametrize("name", ["other.nxs", "../../etc/passwd", "kagome.nxs/", ".."])
def test_the_name_in_the_address_chooses_nothing(
    name: str, client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    assert client.get(f"/files/{made.datafile.pk}/{name}").status_code == 404


def test_names_of_any_language_and_with_slashes_can_be_downloaded(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    path = Path(made.datafile.path).with_name("β-Mn.nxs")
    path.write_bytes(b"x")
    name = 'scan 1/β "Mn"; rm.nxs'
    datafile = make_datafile(dataset=made.dataset, path=str(path), name=name)
    page = html.fromstring(client.get(f"/datasets/{made.dataset.uid}").content)
    (address,) = page.xpath(f"//a[starts-with(@href, '/files/{datafile.pk}/')]/@href")
    assert address.startswith(f"/files/{datafile.pk}/scan%201/%CE%B2%20%22Mn%22")
    answer = client.get(address)
    assert answer.getvalue() == b"x"
    assert "\n" not in answer["Content-Disposition"]


def test_head_of_a_file_has_its_size(client: Client, experiment: Callable[..., Experiment]) -> None:
    made = experiment()
    answer = client.head(f"/files/{made.datafile.pk}/kagome.nxs")
    answer.getvalue()
    assert answer.status_code == 200
    assert answer["Content-Length"] == str(made.datafile.size_bytes)


@pytest.mark.parametrize("replacement", ["link", "pipe"])
def test_what_took_a_files_place_is_not_served(
    client: Client, experiment: Callable[..., Experiment], tmp_path: Path, replacement: str
) -> None:
    """Whoever may write to the data folder must not read this server's other files through it."""
    made = experiment()
    path = Path(made.datafile.path)
    secret = tmp_path / "secret"
    secret.write_text("TOPSECRET")
    path.unlink()
    path.symlink_to(secret) if replacement == "link" else os.mkfifo(path)
    answer = client.get(f"/files/{made.datafile.pk}/kagome.nxs")
    assert answer.status_code == 404
    assert b"TOPSECRET" not in answer.content


def test_a_folder_that_became_a_link_is_not_followed(
    client: Client, experiment: Callable[..., Experiment], tmp_path: Path
) -> None:
    made = experiment()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kagome.nxs").write_text("TOPSECRET")
    (tmp_path / "day").mkdir()
    path = Path(made.datafile.path).rename(tmp_path / "day" / "kagome.nxs")
    made.datafile.path = str(path)
    made.datafile.save()
    assert client.get(f"/files/{made.datafile.pk}/kagome.nxs").getvalue() != b"TOPSECRET"
    (tmp_path / "day").rename(tmp_path / "away")
    (tmp_path / "day").symlink_to("outside")
    answer = client.get(f"/files/{made.datafile.pk}/kagome.nxs")
    assert answer.status_code == 404
    assert b"TOPSECRET" not in answer.content


@pytest.mark.parametrize("address", ["/files/1/a%00b", "/doi/10.5072/a%00b"])
def test_an_address_with_a_nul_is_not_found(client: Client, address: str, db: None) -> None:
    assert client.get(address).status_code == 404
