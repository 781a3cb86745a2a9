"""Downloads: a file of a dataset, for those who may see the dataset."""

import base64
import errno
import logging
import mimetypes
import os
import stat
from io import BufferedReader

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalogue.access.reads import note_read
from catalogue.models import Datafile
from catalogue.policy.visibility import reasons
from catalogue.portal.selections import datasets_read, facts_of
from catalogue.portal.viewer import viewer_of

logger = logging.getLogger(__name__)

# IANA has no type for NeXus; HDF Group's own name for what every NeXus file is.
HDF5_TYPE = "application/x-hdf5"
HDF5_SUFFIXES = (".nxs", ".nx", ".h5", ".hdf5", ".hdf")


@never_cache
@require_safe
def download(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    if "\x00" in name:  # which PostgreSQL has no text for
        raise Http404("There is no such file here that you may see.")
    today = timezone.localdate()
    viewer = viewer_of(request)
    datasets = datasets_read(viewer, today=today)
    datafile = Datafile.objects.filter(pk=pk, name=name, dataset__in=datasets.values("pk")).first()
    if datafile is None:
        raise Http404("There is no such file here that you may see.")
    dataset = datasets.get(pk=datafile.dataset_id)
    found = reasons(viewer, facts_of(dataset.investigation, dataset=dataset), today=today)
    note_read(request, dataset.investigation, found, f"file {datafile}")
    try:
        content = _open_regular(datafile.path)
    except OSError as error:
        return _unreadable(request, datafile, error)
    return _attachment(content, datafile)


def media_type_of(name: str) -> str:
    """Returns the media type a file is sent as, by its name."""
    if name.lower().endswith(HDF5_SUFFIXES):
        return HDF5_TYPE
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _open_regular(path: str) -> BufferedReader:
    """Opens a file by the path that ingest stored: nothing of the request is in it.

    Whoever may write to the data folder could put a link or a pipe in the place of the file, or a
    link in that of a folder above it: no link is followed, and a pipe is not waited for. Ingest
    stores real paths, so what was opened has to lie at the path itself.

    Raises:
        OSError: it is gone, may not be read, or is no regular file any more.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is no regular file any more")
    # A file that was replaced meanwhile is still the one that stood there (proc_pid_fd(5)).
    if os.readlink(f"/proc/self/fd/{descriptor}") not in (path, f"{path} (deleted)"):
        os.close(descriptor)
        raise OSError(errno.ELOOP, "a folder on the way to it is a link now")
    return open(descriptor, "rb")


def _attachment(content: BufferedReader, datafile: Datafile) -> FileResponse:
    response = FileResponse(
        content,
        as_attachment=True,
        filename=datafile.name,
        content_type=media_type_of(datafile.name),
    )
    unchanged = os.fstat(content.fileno()).st_size == datafile.size_bytes
    if datafile.sha256 and unchanged:
        # RFC 9530 §3: lets a client check what arrived.
        digest = base64.b64encode(bytes.fromhex(datafile.sha256)).decode()
        response["Repr-Digest"] = f"sha-256=:{digest}:"
    return response


def _unreadable(request: HttpRequest, datafile: Datafile, error: OSError) -> HttpResponse:
    logger.error("datafile %s cannot be read: %s", datafile.pk, error.strerror)
    context = {"datafile": datafile}
    return render(request, "portal/file_unreadable.html", context, status=404)
