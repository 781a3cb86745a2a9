"""The page of one dataset: what was measured, in which file and where in it, and who may see it."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalogue.models import Dataset, Investigation
from catalogue.policy.visibility import Viewer
from catalogue.portal.access import access_of
from catalogue.portal.cards import cards_of
from catalogue.portal.lineage import inputs_of, outputs_of
from catalogue.portal.paging import page_links, page_number, page_of
from catalogue.portal.parameters import dataset_rows, parameter_rows
from catalogue.portal.selections import facts_of, is_insider, records_about
from catalogue.portal.viewer import viewer_of

FILES_A_PAGE = 200
# One sentence for what does not exist and for what is not shown: the answer tells neither apart.
NOT_HERE = "There is no such dataset here, or you may not see it."


@never_cache
@require_safe
def dataset(request: HttpRequest, uid: UUID) -> HttpResponse:
    today = timezone.localdate()
    viewer = viewer_of(request)
    shown = datasets_to_show(viewer).filter(uid=uid).first()
    if shown is None:
        raise Http404(NOT_HERE)
    facts = facts_of(shown.investigation, released_early_on=shown.released_early_on)
    files = page_of(shown.files.order_by("name", "pk"), page_number(request.GET), size=FILES_A_PAGE)
    shows_paths = is_insider(viewer, facts)
    context = {
        "dataset": shown,
        "rows": dataset_rows(shown),
        "parameters": parameter_rows(shown.parameters.all()),
        "sample_parameters": parameter_rows(shown.sample.parameters.all()) if shown.sample else [],
        "investigation": _investigation(shown, viewer),
        "cards": cards_of(list(records_about(shown)), today=today),
        "access": access_of(viewer, facts, policy=_policy(shown), today=today),
        "page": files,
        "inputs": inputs_of(shown, viewer, shows_paths=shows_paths),
        "outputs": outputs_of(shown, viewer),
        "shows_paths": shows_paths,
        **page_links(request.GET, files),
    }
    return render(request, "portal/dataset.html", context)


def datasets_to_show(viewer: Viewer) -> QuerySet[Dataset]:
    """Returns the datasets a viewer may see, with everything the page says but their files."""
    return (
        Dataset.objects.visible_to(viewer, today=timezone.localdate())
        .select_related("instrument__facility", "sample", "investigation__proposal__embargo_policy")
        .prefetch_related(
            "techniques", "parameters__type", "sample__parameters__type", "investigation__members"
        )
    )


def _investigation(shown: Dataset, viewer: Viewer) -> Investigation | None:
    """Returns the investigation, unless only this dataset of it is open to the viewer."""
    seen = Investigation.objects.visible_to(viewer, today=timezone.localdate())
    return seen.select_related("proposal").filter(pk=shown.investigation_id).first()


def _policy(shown: Dataset) -> str:
    policy = shown.investigation.proposal.embargo_policy
    return policy.name if policy else ""
