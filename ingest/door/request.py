"""What a request asks: one path, several paths, or an upload; and nothing that it might mean."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser
from django.http.request import UnreadablePostError

from ingest.door.errors import DoorError
from ingest.door.spool import Arrival, Upload, too_large
from ingest.placement import LONGEST_CODE
from ingest.stamps import CONTROL

MOST_PATHS = 100
LARGEST_JSON_BYTES = 1024**2
LENGTH = re.compile(r"[0-9]{0,18}")
# What the parts of a form take beside the file.
FORM_BYTES = 64 * 1024
FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks. `paths` is empty for an upload; `is_list` where several may be named."""

    paths: tuple[str, ...] = ()
    upload: Upload | None = None
    proposal: str = ""
    is_list: bool = False

    def facts(self) -> dict[str, Any]:
        """Returns what makes it the same request as another one."""
        return {
            "paths": self.paths,
            "is_list": self.is_list,
            "proposal": self.proposal,
            "upload": [self.upload.path.name, self.upload.sha256] if self.upload else None,
        }


def is_dry_run(query: QueryDict) -> bool:
    """Returns what `?dry_run=` says; a misspelt one must not store anything.

    Raises:
        DoorError: bad_request.
    """
    unknown = sorted(query.keys() - {"dry_run"})
    if unknown:
        raise _bad(f"The parameter {_shown(unknown[0])} is not known; there is dry_run.")
    values = query.getlist("dry_run", [])
    if len(values) > 1 or (values and values[0].lower() not in FLAGS):
        raise _bad(f"dry_run={_shown(','.join(values))} is neither 1 nor 0.")
    return FLAGS[values[0].lower()] if values else False


@contextmanager
def asked_by(request: HttpRequest, *, spool: Path, limit_bytes: int) -> Iterator[Asked]:
    """Gives what a request asks; an upload that has not been kept by the end is thrown away.

    Raises:
        DoorError: bad_request, length_required, too_large, unsupported_type, storage_full.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DoorError("unsupported_type", "Send the body as it is, without a Content-Encoding.")
    length = _length_of(request)
    match (request.content_type or "").lower():
        case "application/json":
            yield _parse_json(_read_json(request, length))
        case "multipart/form-data":
            handler = _SpoolHandler(spool, limit_bytes)
            try:
                yield _receive(request, length, handler)
            finally:
                handler.discard()
        case other:
            raise DoorError(
                "unsupported_type",
                f"{_shown(other)} is not understood; send application/json with a path, or "
                f"multipart/form-data with a file.",
            )


def _length_of(request: HttpRequest) -> int:
    text = str(request.META.get("CONTENT_LENGTH") or "")
    if not text and request.headers.get("Transfer-Encoding"):
        raise DoorError("length_required", "Send the body with a Content-Length, not in chunks.")
    # A few digits more than any request has; Python refuses to read thousands of them.
    if not LENGTH.fullmatch(text):
        raise _bad("Content-Length is not a number of bytes.")
    return int(text or "0")


def _read_json(request: HttpRequest, length: int) -> Any:
    if length > LARGEST_JSON_BYTES:
        raise DoorError("too_large", f"JSON may have {LARGEST_JSON_BYTES} bytes; send fewer paths.")
    try:
        # RFC 8259 §8.1: JSON is UTF-8, whatever a charset parameter says.
        return json.loads(_read(request, length).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise _bad(f"The body is not JSON ({what}).") from None


def _read(request: HttpRequest, length: int) -> bytes:
    try:
        return request.read(length)
    except UnreadablePostError:
        raise _bad("The connection ended before the body did.") from None


def _parse_json(body: Any) -> Asked:
    if not isinstance(body, dict) or len(body.keys() & {"path", "paths"}) != 1:
        raise _bad('Send one JSON object, {"path": "/data/run.nxs"} or {"paths": […]}.')
    _only_known(body, "path", "paths", "proposal")
    proposal = _proposal(body.get("proposal", ""))
    if "path" in body:
        return Asked((_path(body["path"]),), proposal=proposal)
    paths = body["paths"]
    if not isinstance(paths, list) or not 0 < len(paths) <= MOST_PATHS:
        raise _bad(f"paths is not a list of 1 to {MOST_PATHS} paths.")
    return Asked(tuple(map(_path, paths)), proposal=proposal, is_list=True)


def _path(value: Any) -> str:
    if not isinstance(value, str):
        raise _bad("A path is not a text.")
    return value


def _proposal(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_CODE or not value.isprintable():
        raise _bad(f"proposal is not a code of up to {LONGEST_CODE} printable characters.")
    return value.strip()


class _SpoolHandler(FileUploadHandler):
    """Writes the one file of a form to the spool as it arrives."""

    chunk_size = 1024**2

    def __init__(self, spool: Path, limit_bytes: int) -> None:
        super().__init__()
        self.spool, self.limit_bytes = spool, limit_bytes
        self.arrival: Arrival | None = None

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        if field_name != "file" or self.arrival is not None:
            raise _bad("Send one file, in the part named 'file'.")
        self.arrival = Arrival(self.spool, file_name, limit_bytes=self.limit_bytes)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.arrival is not None:
            self.arrival.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        """Nothing is complete before the whole request is there."""

    def discard(self) -> None:
        if self.arrival is not None:
            self.arrival.discard()


class _Counted:
    """A request's body that counts what has been read of it: a form cut short looks whole."""

    def __init__(self, request: HttpRequest) -> None:
        self.request, self.count = request, 0

    def read(self, size: int) -> bytes:
        block = _read(self.request, size)
        self.count += len(block)
        return block


def _receive(request: HttpRequest, length: int, handler: _SpoolHandler) -> Asked:
    if length > handler.limit_bytes + FORM_BYTES:
        raise too_large(handler.limit_bytes)
    body = _Counted(request)
    fields, _ = MultiPartParser(request.META, body, [handler], "utf-8").parse()  # type: ignore[arg-type]
    if body.count < length:
        raise _bad(f"The body ended after {body.count} of {length} bytes; send it again.")
    _only_known(fields, "proposal")
    if handler.arrival is None:
        raise _bad("There is no file; send it with its name in the part 'file'.")
    return Asked(upload=handler.arrival.finish(), proposal=_proposal(fields.get("proposal", "")))


def _only_known(found: Any, *known: str) -> None:
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise _bad(f"{_shown(unknown[0])} is not known; there is {', '.join(known)}.")


def _shown(text: str) -> str:
    """Returns a text of the request as an answer may repeat it: short, and ASCII."""
    return ascii(CONTROL.sub("_", text[:80]))


def _bad(detail: str) -> DoorError:
    return DoorError("bad_request", detail)
