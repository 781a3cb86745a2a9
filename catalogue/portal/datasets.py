"""The page of one dataset: what was measured, in which file and where in it, and who may see it."""

from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalogue.access.reads import note_read
from catalogue.models import Dataset, Investigation
from catalogue.policy.visibility import Level, Viewer
from catalogue.portal.access import access_of
from catalogue.portal.cards import cards_of
from catalogue.portal.lineage import inputs_of, outputs_of
from catalogue.portal.paging import page_links, page_number, page_of
from catalogue.portal.parameters import dataset_rows, parameter_rows
from catalogue.portal.selections import datasets_to_show, records_about
from catalogue.portal.viewer import viewer_of

FILES_A_PAGE = 200
# One sentence for what does not exist and for what is not shown: the answer tells neither apart.
NOT_HERE = "There is no such dataset here, or you may not see it."


@never_cache
@require_safe
def dataset(request: HttpRequest, uid: UUID) -> HttpResponse:
    today = timezone.localdate()
    viewer = viewer_of(request)
    shown = datasets_to_show(viewer, today=today).filter(uid=uid).first()
    if shown is None:
        raise Http404(NOT_HERE)
    access = access_of(viewer, shown.investigation, dataset=shown, today=today)
    note_read(request, shown.investigation, access.reasons, f"dataset {shown}")
    files = shown.files.order_by("name", "pk") if access.may_read else shown.files.none()
    page = page_of(files, page_number(request.GET), size=FILES_A_PAGE)
    shows_paths = access.is_inside
    context = {
        "dataset": shown,
        "rows": dataset_rows(shown),
        "parameters": parameter_rows(shown.parameters.all()),
        "sample_parameters": parameter_rows(shown.sample.parameters.all()) if shown.sample else [],
        "further_samples": shown.further_samples.all(),
        "investigation": _investigation(shown, viewer, today=today),
        "cards": [] if access.is_blind else cards_of(list(records_about(shown)), today=today),
        "access": access,
        "page": page,
        "inputs": inputs_of(shown, viewer, shows_paths=shows_paths),
        "outputs": outputs_of(shown, viewer),
        "shows_paths": shows_paths,
        **page_links(request.GET, page),
    }
    return render(request, "portal/dataset.html", context)


def _investigation(shown: Dataset, viewer: Viewer, *, today: date) -> Investigation | None:
    """Returns the investigation, unless only this dataset of it is open to the viewer."""
    seen = Investigation.objects.visible_to(viewer, today=today, level=Level.METADATA)
    return seen.select_related("proposal").filter(pk=shown.investigation_id).first()
