"""Finds or makes what items refer to: facilities, instruments, techniques, types of parameters."""

from hashlib import sha256

from django.db.models import Q
from django.utils.text import slugify

from catalogue.models import Facility, Instrument, ParameterType, Technique, TechniqueClosure
from catalogue.vocabulary.measured import Measured
from catalogue.vocabulary.units import dimension_of
from harvest.panosc_import.items import InstrumentItem, ItemError, ParameterItem, TechniqueItem


class SharedRows:
    """Remembers what it has found: a catalogue's datasets share a few instruments and techniques.

    default: the facility of whatever names none; kind: that of facilities that have to be made.
    """

    def __init__(self, default: str, *, kind: str) -> None:
        self._default = default
        self._kind = kind
        self._facilities: dict[str, Facility] = {}
        self._instruments: dict[tuple[str, str, str], Instrument] = {}
        self._techniques: dict[TechniqueItem, Technique] = {}
        self._types: dict[str, ParameterType] = {}
        self.made: list[str] = []

    def forget(self) -> None:
        """Forgets what a transaction that was undone may have made."""
        for known in (self._facilities, self._instruments, self._techniques, self._types):
            known.clear()

    def facility(self, name: str = "") -> Facility:
        name = name or self._default
        if name not in self._facilities:
            self._facilities[name] = self._find_facility(name) or self._make_facility(name)
        return self._facilities[name]

    def _find_facility(self, name: str) -> Facility | None:
        called = Q(name__iexact=name) | Q(slug=slugify(name) or name)
        return Facility.objects.filter(called).order_by("pk").first()

    def _make_facility(self, name: str) -> Facility:
        slug = _free_slug(name, set(Facility.objects.values_list("slug", flat=True)), "facility")
        self.made.append(f"facility {name} ({slug}), as a {self._kind}")
        return Facility.objects.create(slug=slug, name=name, publisher_name=name, kind=self._kind)

    def instrument(self, item: InstrumentItem, *, is_public: bool) -> Instrument:
        """Returns the instrument of that pid, or of that name at its facility.

        One that only closed data have named is not public yet.
        """
        key = (item.pid, item.name, item.facility)
        row = self._instruments.get(key) or self._find_instrument(item)
        if row is None:
            row = self._make_instrument(item, is_placeholder=not is_public)
        if is_public and row.is_placeholder:
            row.is_placeholder = False
            row.save(update_fields=["is_placeholder", "modified_at"])
        self._instruments[key] = row
        return row

    def _find_instrument(self, item: InstrumentItem) -> Instrument | None:
        rows = Instrument.objects.select_related("facility").order_by("pk")
        if item.pid and (row := rows.filter(pid=item.pid).first()):
            return row
        named = rows.filter(name=item.name, facility=self.facility(item.facility))
        return named.filter(pid__in=["", item.pid]).first()

    def _make_instrument(self, item: InstrumentItem, *, is_placeholder: bool) -> Instrument:
        facility = self.facility(item.facility)
        taken = set(facility.instruments.values_list("slug", flat=True))
        return Instrument.objects.create(
            facility=facility,
            slug=_free_slug(item.name, taken, "instrument"),
            name=item.name,
            pid=item.pid,
            is_placeholder=is_placeholder,
        )

    def technique(self, item: TechniqueItem) -> Technique:
        """Returns the PaNET term, or the facility's own technique below it.

        Raises:
            ItemError: PaNET has no such term, and the technique has no pid of its own.
        """
        if item not in self._techniques:
            self._techniques[item] = _technique(item)
        return self._techniques[item]

    def parameter_type(self, name: str, si_unit: str) -> ParameterType:
        """Returns the type of that name; the first unit it is met with settles its SI unit."""
        if name not in self._types:
            self._types[name], _ = ParameterType.objects.get_or_create(
                name=name, defaults={"label": name.replace("_", " "), "si_unit": si_unit}
            )
        row = self._types[name]
        if si_unit and not row.si_unit:
            row.si_unit = si_unit
            row.save(update_fields=["si_unit"])
        return row

    def values_of(self, item: ParameterItem) -> dict[str, object]:
        """Returns the columns of a parameter: its type, its value, and its SI value if it has one.

        A unit of another kind than the type's leaves no SI value: it could not be compared.
        """
        if isinstance(item.value, str):
            row = self.parameter_type(item.name, "")
            return {"type": row, "text": item.value, "unit": item.unit}
        known = self._types.get(item.name) or ParameterType.objects.filter(name=item.name).first()
        dimension = dimension_of(known.si_unit) if known else ""
        in_si = item.value.in_si(dimension=dimension)
        row = self.parameter_type(item.name, in_si.unit if in_si else "")
        given = _columns(item.value, "number", "number_min", "number_max", "error")
        si = _columns(in_si, "si_value", "si_min", "si_max", "si_error")
        is_comparable = in_si is not None and in_si.unit == row.si_unit
        return {"type": row, "unit": item.unit} | given | (si if is_comparable else {})


def _columns(measured: Measured | None, *names: str) -> dict[str, object]:
    if measured is None:
        return {}
    values = (measured.value, measured.minimum, measured.maximum, measured.error)
    return dict(zip(names, values, strict=True))


def _technique(item: TechniqueItem) -> Technique:
    term = Technique.objects.filter(code=item.panet_code, pid="").first()
    if not item.pid:
        if term is None:
            raise ItemError(f"techniques: PaNET has no term {item.panet_code}")
        return term
    row, is_new = Technique.objects.get_or_create(
        pid=item.pid,
        defaults={
            "code": f"own-{sha256(item.pid.encode()).hexdigest()[:12]}",
            "label": item.name,
            "panet_term": term,
        },
    )
    if is_new or row.panet_term != term:
        row.panet_term = term
        row.save(update_fields=["panet_term"])
        _put_below(row, term)
    if row.label != item.name:
        row.label = item.name
        row.save(update_fields=["label"])
    return row


def _put_below(row: Technique, term: Technique | None) -> None:
    """Gives a facility's own technique its place: below the term that it is, and all above that."""
    row.parents.set([term] if term else [])
    row.above.all().delete()
    above = term.above.values_list("ancestor_id", "depth") if term else []
    TechniqueClosure.objects.bulk_create(
        TechniqueClosure(ancestor_id=ancestor, descendant=row, depth=depth)
        for ancestor, depth in [(row.pk, 0), *((pk, depth + 1) for pk, depth in above)]
    )


def _free_slug(name: str, taken: set[str], what: str) -> str:
    """Returns a short name for addresses that is not taken; some names have no letter of ours."""
    base = (slugify(name) or what)[:40]
    # The names of OAI sets that are no facility's.
    taken = taken | {"openaire_data", "technique", "type"}
    free = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(slug for slug in free if slug not in taken)
