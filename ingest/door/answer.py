"""The answer to a request: what became, or would become, of each file it asks for."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone

from ingest.door import idempotency, spool
from ingest.door.errors import DoorError
from ingest.door.files import HandIn, Told
from ingest.door.holdings import of_others
from ingest.door.idempotency import Answer
from ingest.door.paths import absent, stamp_inside
from ingest.door.request import Asked
from ingest.models.door import BeamlineToken
from ingest.record import FileStamp

# What asks for the same request again, later.
TO_BE_SENT_AGAIN = ("deferred", "quarantined", "not_begun")
NOT_BEGUN: Told = {
    "outcome": "not_begun",
    "reason": {
        "severity": "error",
        "code": "out_of_time",
        "message": "The files before it took all the time of the request; send it again.",
        "path": "",
    },
}
Work = Callable[[Sequence[FileStamp]], dict[str, Told]]


def look(asked: Asked, token: BeamlineToken, place: Path) -> Answer:
    """Returns what would become of the files asked for; nothing is stored.

    place: where the token's uploads are kept.

    Raises:
        DoorError: the only path of a request is refused, or nothing can be read just now.
    """
    hand_in = HandIn.of(token, proposal=asked.proposal, now=timezone.now())
    if asked.upload is not None:
        path = spool.find(asked.upload, place) or asked.upload.path
        files = _of_upload(asked.upload, path, hand_in.look)
    else:
        files = _by_path(asked, token, hand_in.look)
    return Answer(200, {"dry_run": True, "files": files})


def store(asked: Asked, token: BeamlineToken, place: Path) -> Answer:
    """Stores the files asked for and returns what became of each: 201 where a dataset is new.

    Raises:
        DoorError: as `look`, or there is no room for an upload.
    """
    hand_in = HandIn.of(token, proposal=asked.proposal, now=timezone.now())
    if asked.upload is not None:
        spool.sweep(place)
        files = _of_upload(asked.upload, spool.keep(asked.upload, place), hand_in.store)
    else:
        files = _by_path(asked, token, hand_in.store)
    status = 201 if any(each.get("created") for each in files) else 200
    return Answer(status, {"dry_run": False, "files": files})


def store_once(asked: Asked, token: BeamlineToken, place: Path, *, key: str) -> Answer:
    """Stores the files asked for, unless a request with this key has done so.

    Where a file is to be sent again later, the answer is not kept: the same key serves for it.

    Raises:
        DoorError: as `store`, or the key is not free for this request.
    """
    fingerprint = idempotency.fingerprint(asked.facts())
    claim = idempotency.claim(token, key, fingerprint, now=timezone.now())
    if isinstance(claim, Answer):
        return claim
    try:
        answer = store(asked, token, place)
    except BaseException:
        claim.give_up()
        raise
    if any(each["outcome"] in TO_BE_SENT_AGAIN for each in answer.body["files"]):
        claim.give_up()
    else:
        claim.settle(answer)
    return answer


def _of_upload(upload: spool.Upload, path: Path, work: Work) -> list[Told]:
    status = os.lstat(path)
    stamp = FileStamp(str(path), status.st_size, status.st_mtime_ns)
    told = work([stamp]).get(stamp.path, NOT_BEGUN)
    about = {"sha256": upload.sha256, "size_bytes": upload.size_bytes}
    return [{"file": upload.path.name, **about, **told}]


def _by_path(asked: Asked, token: BeamlineToken, work: Work) -> list[Told]:
    """Returns what becomes of each path, in the order asked; of several, each by itself."""
    found = {path: _inside(path, token) for path in asked.paths}
    taken = of_others([each.path for each in found.values() if isinstance(each, FileStamp)], token)
    for path, each in found.items():
        # As absent as what nobody has: another answer would tell that somebody has it.
        if isinstance(each, FileStamp) and each.path in taken:
            found[path] = absent(path)
    if not asked.is_list:
        _raise_any(found.values())
    stamps = {each.path: each for each in found.values() if isinstance(each, FileStamp)}
    told = work(list(stamps.values()))
    return [{"file": path, **_told(each, told)} for path, each in found.items()]


def _inside(path: str, token: BeamlineToken) -> FileStamp | DoorError:
    try:
        return stamp_inside(path, token.folders)
    except DoorError as error:
        return error


def _raise_any(found: Any) -> None:
    for each in found:
        if isinstance(each, DoorError):
            raise each


def _told(found: FileStamp | DoorError, told: dict[str, Told]) -> Told:
    if isinstance(found, DoorError):
        return {"outcome": "refused", "reason": found.as_finding()}
    return told.get(found.path, NOT_BEGUN)
