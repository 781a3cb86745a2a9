"""A cart as a person may use it, and the steps from it to a publication.

It is one's own, or that of a DOI which has been reserved for one's experiment.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from catalogue.models import Cart, DataPublication, Dataset, Investigation, InvestigationUser
from catalogue.models.dataset import public
from catalogue.policy.events import ActorRole
from catalogue.portal.publication_forms import PublicationForms
from catalogue.portal.publication_steps import act_for, confirm_page, rehearse, role_of, today
from catalogue.portal.viewer import viewer_of
from catalogue.publication.details import details_of, proposed
from catalogue.publication.publish import CannotPublishError, publish_selection
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.transition import RefusedError
from catalogue.vocabulary.roles import Role

LONGEST_TITLE = 500


def publishable(request: HttpRequest) -> QuerySet[Dataset]:
    """Returns what somebody may publish: data of their own experiments; data managers, all."""
    viewer = viewer_of(request)
    if viewer.is_data_manager:
        return Dataset.objects.all()
    own = InvestigationUser.objects.filter(person=viewer.person_id or 0)
    return Dataset.objects.filter(investigation__in=own.values("investigation"))


@dataclass(frozen=True, slots=True)
class HeldCart:
    """A cart in somebody's hands. Membership is asked again whenever it is used."""

    request: HttpRequest
    row: Cart

    @property
    def address(self) -> str:
        return self._address("portal:cart", "portal:reserved")

    @property
    def publish_address(self) -> str:
        return self._address("portal:publish_cart", "portal:publish_reserved")

    @property
    def take_out_address(self) -> str:
        return self._address("portal:take_out_of_cart", "portal:take_out_of_reserved")

    def _address(self, own: str, reserved: str) -> str:
        if self.row.reserved is None:
            return reverse(own)
        return reverse(reserved, args=[self.row.reserved.doi])

    @property
    def title(self) -> str:
        """The title that has been entered, or ''."""
        kept = self.kept()
        return str(kept.get("title", ""))[:LONGEST_TITLE] if kept else ""

    def chosen(self) -> list[Dataset]:
        """Returns what is in it and may still be published by whoever looks."""
        mine = publishable(self.request).filter(pk__in=self.row.datasets.values("pk"))
        joined = mine.select_related("investigation__proposal__embargo_policy", "sample")
        return list(joined.order_by("investigation", "start", "pk"))

    def succeeds(self) -> DataPublication | None:
        """Returns what it becomes the next version of, where the viewer may still say so."""
        previous = self.row.succeeds
        if previous is None or role_of(self.request, previous.investigation) is None:
            return None
        return previous

    def take_out(self, texts: list[str]) -> None:
        held = self.row.datasets
        held.remove(*held.filter(uid__in=uids(texts)))

    def entered(self) -> QueryDict | None:
        """Returns what was entered: now, or when the form was last left; it is kept either way."""
        if self.request.method == "POST":
            sent = {key: values for key, values in self.request.POST.lists() if key != "step"}
            sent.pop("csrfmiddlewaretoken", None)
            self.row.entered = sent
            self.row.save(update_fields=["entered"])
            return self.request.POST
        return self.kept()

    def kept(self) -> QueryDict | None:
        if not self.row.entered:
            return None
        kept = QueryDict(mutable=True)
        for key, values in self.row.entered.items():
            kept.setlist(key, values)
        return kept


def cart_of(request: HttpRequest) -> HeldCart:
    """Returns one's own cart."""
    row, _ = Cart.objects.get_or_create(user=request.user)  # type: ignore[misc]
    return HeldCart(request, row)


def uids(texts: list[str]) -> list[UUID]:
    """Returns those of texts that are UUIDs."""
    return [uid for text in texts if (uid := _uid(text))]


def cart_context(cart: HeldCart) -> dict[str, object]:
    """Returns what the page of a cart says."""
    chosen = cart.chosen()
    return {
        "cart": cart,
        "datasets": chosen,
        "several": is_of_several(chosen),
        "succeeds": cart.succeeds(),
        "reserved": cart.row.reserved,
    }


def is_of_several(chosen: list[Dataset]) -> bool:
    return len({row.investigation_id for row in chosen}) > 1


def publish_steps(cart: HeldCart) -> HttpResponse:
    """Asks, shows what will be public, and publishes: three steps of one address."""
    request, chosen, previous = cart.request, cart.chosen(), cart.succeeds()
    if not chosen or is_of_several(chosen):
        return redirect(cart.address)
    forms = PublicationForms(
        cart.entered(),
        said=details_of(previous) if previous else proposed(chosen[0].investigation),
        asks_release=_has_closed(chosen),
    )
    shown = {
        "cart": cart,
        "datasets": chosen,
        "succeeds": previous,
        "reserved": cart.row.reserved,
    }

    def form_page(problem: str = "") -> HttpResponse:
        return render(
            request, "portal/cart_form.html", shown | {"forms": forms, "problem": problem}
        )

    step = request.POST.get("step", "")
    if step not in ("confirm", "publish") or not forms.is_valid():
        return form_page()
    try:
        if step == "publish":
            return redirect("portal:landing", doi=_publish(cart, forms, chosen).doi)
        record = rehearse(lambda: _make(cart, forms, chosen))
    except (CannotPublishError, RefusedError) as error:
        return form_page(problem=str(error))
    return confirm_page(
        request, record, template="portal/cart_confirm.html", opens=forms.opens, **shown
    )


def _publish(cart: HeldCart, forms: PublicationForms, chosen: list[Dataset]) -> DataPublication:
    with transaction.atomic():
        publication = _make(cart, forms, chosen)
        cart.row.delete()
    return publication


def _make(cart: HeldCart, forms: PublicationForms, chosen: list[Dataset]) -> DataPublication:
    return publish_selection(
        chosen,
        act=act_for(cart.request, "Published from the cart."),
        registrar=configured_registrar(),
        details=forms.details,
        release_early=forms.opens,
        role=_role(cart.request, chosen[0].investigation),
        previous=cart.succeeds(),
        reserved=cart.row.reserved,
    )


def _role(request: HttpRequest, investigation: Investigation) -> ActorRole:
    viewer = viewer_of(request)
    leads = investigation.members.filter(
        person=viewer.person_id or 0, role=Role.PRINCIPAL_INVESTIGATOR
    )
    if leads.exists():
        return ActorRole.PRINCIPAL_INVESTIGATOR
    return ActorRole.DATA_MANAGER if viewer.is_data_manager else ActorRole.MEMBER


def _has_closed(chosen: list[Dataset]) -> bool:
    rows = Dataset.objects.filter(pk__in=[row.pk for row in chosen])
    return rows.exclude(public(today())).exists()


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
