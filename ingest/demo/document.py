"""Builds the tree of one file from a run, what it measured, and the instrument's dialect."""

from dataclasses import replace

from ingest.demo.dialects import Dialect, spell_date
from ingest.demo.entities import DemoMember
from ingest.demo.plan import Run
from ingest.demo.tree import Attributes, Field, Group, Link, Measurement, Plot


def build_document(run: Run, measurement: Measurement, dialect: Dialect) -> Group:
    """Returns the file's root: one NXentry, named as the dialect names it."""
    attributes: dict[str, str] = {
        "file_name": run.path.name,
        "file_time": spell_date(run.end, dialect.dates),
        "creator": dialect.program,
    }
    if dialect.has_default:
        attributes["default"] = dialect.entry
    return Group("NXroot", {dialect.entry: build_entry(run, measurement, dialect)}, attributes)


def build_entry(run: Run, measurement: Measurement, dialect: Dialect) -> Group:
    """Returns the NXentry. Plots come last, for they link to what stands before them."""
    members: dict[str, Group | Field | Link] = {
        **_headline(run, measurement, dialect),
        **_identifiers(run, dialect),
        **_users(run, dialect),
        "instrument": _instrument(run, measurement),
        "sample": _sample(run, measurement),
        "monitor" if run.proposal.facility.kind == "neutron" else "control": measurement.monitor,
        **measurement.entry,
        **{plot.name: _plot(plot, dialect) for plot in measurement.plots},
    }
    default = {"default": measurement.plots[0].name} if dialect.has_default else {}
    return Group("NXentry", members, default)


def _headline(run: Run, measurement: Measurement, dialect: Dialect) -> dict[str, Field]:
    return {
        "title": Field(f"{run.sample.name}, {measurement.setting}"),
        "definition": Field(dialect.definition or measurement.definition),
        "start_time": Field(run.start),
        "end_time": Field(run.end),
        "duration": Field(int((run.end - run.start).total_seconds()), "s"),
        "experiment_description": Field(run.proposal.title),
        "program_name": Field(dialect.program),
    }


def _identifiers(run: Run, dialect: Dialect) -> dict[str, Field]:
    identifiers = {dialect.run_field: Field(str(run.number))}
    if dialect.proposal_place in ("experiment_identifier", "identifier_experiment"):
        cited = run.visit.identifier if dialect.cites_visit else run.proposal.code
        identifiers[dialect.proposal_place] = Field(cited)
    return identifiers


def _users(run: Run, dialect: Dialect) -> dict[str, Group]:
    names = ("user", *(f"user_{number}" for number in range(2, len(run.visit.members) + 1)))
    return {
        name: _user(member, run, dialect)
        for name, member in zip(names, run.visit.members, strict=True)
    }


def _user(member: DemoMember, run: Run, dialect: Dialect) -> Group:
    person = member.person
    fields = {
        "name": Field(person.name),
        "role": Field(member.role.replace(" ", "_")),
        "affiliation": Field(person.affiliation),
    }
    if dialect.has_people_ids:
        fields |= {"email": Field(person.email), "ORCID": Field(person.orcid)}
    if dialect.proposal_place == "user":
        fields["proposal_number"] = Field(run.proposal.code)
    return Group("NXuser", fields)


def _instrument(run: Run, measurement: Measurement) -> Group:
    instrument = run.instrument
    name = Field(instrument.long_name, attributes={"short_name": instrument.name})
    fields: dict[str, Field] = {"name": name, "beamline": Field(instrument.port)}
    return Group("NXinstrument", {**fields, "source": _source(run), **measurement.instrument})


def _source(run: Run) -> Group:
    facility = run.proposal.facility
    return Group(
        "NXsource",
        {
            "name": Field(facility.name, attributes={"short_name": facility.short_name}),
            "type": Field(facility.source_type),
            "probe": Field(facility.probe),
            "energy": Field(facility.source_energy_gev, "GeV"),
        },
    )


def _sample(run: Run, measurement: Measurement) -> Group:
    sample = run.sample
    formula = {"chemical_formula": Field(sample.formula)} if sample.formula else {}
    temperature = Field(run.temperature_k, "K")
    return Group(
        "NXsample",
        {
            "name": Field(sample.name),
            **formula,
            "description": Field(sample.description),
            "temperature": temperature,
            **measurement.sample,
        },
    )


def _plot(plot: Plot, dialect: Dialect) -> Group:
    title: dict[str, Field | Link] = {"title": Field(plot.title)} if plot.title else {}
    if dialect.old_plots:
        return Group("NXdata", {**title, **_marked_members(plot)})
    indices: Attributes = {
        f"{name}_indices": index for index, name in enumerate(plot.axes) if name != "."
    }
    axes = plot.axes if len(plot.axes) > 1 else plot.axes[0]
    attributes: Attributes = {"signal": plot.signal, "axes": axes, **indices}
    return Group("NXdata", {**title, **plot.members}, attributes)


def _marked_members(plot: Plot) -> dict[str, Field | Link]:
    """Returns the members, the signal marked on its dataset, axes as a colon list (NeXus v1)."""
    signal = plot.members[plot.signal]
    if not isinstance(signal, Field):
        message = f"{plot.name}/{plot.signal} is a link; old plots hold their signal themselves"
        raise TypeError(message)
    marks: Attributes = {**signal.attributes, "signal": 1, "axes": ":".join(plot.axes)}
    return {**plot.members, plot.signal: replace(signal, attributes=marks)}
