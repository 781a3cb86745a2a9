"""Which PaNET techniques a file was measured with, and what told so; pure.

The first that knows decides: a rule of the facility, the application definition with the source's
radiation, the experimental method in PaNET's own words, an instrument that does only one thing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalogue.vocabulary.definitions import technique_codes
from catalogue.vocabulary.panet import code_of_text
from ingest.record import ExtractedRecord, Sourced
from ingest.rules.patterns import Pattern

Techniques = Sourced[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TechniquePattern:
    """One rule of a facility: these techniques, where all of its conditions hold.

    codes: PaNET codes. None is a condition that the rule does not make.
    """

    name: str
    codes: tuple[str, ...]
    instrument_id: int | None = None
    definition: Pattern | None = None
    title: Pattern | None = None
    method: Pattern | None = None
    path: Pattern | None = None

    @property
    def source(self) -> str:
        """Returns where techniques come from that this rule has given."""
        return f"rule “{self.name}”"


def choose_techniques(
    record: ExtractedRecord,
    rules: Iterable[TechniquePattern],
    *,
    path: str,
    instrument_id: int | None,
) -> Techniques | None:
    """Returns the codes of what a file was measured with, None where nothing tells."""
    rule = next((each for each in rules if _fits(each, record, path, instrument_id)), None)
    if rule is not None:
        return Sourced(rule.codes, rule.source)
    return _by_definition(record) or _by_method(record)


def only_technique(codes: Sequence[str], instrument_name: str) -> Techniques | None:
    """Returns what an instrument does, None where it does several things, or nobody said."""
    return Sourced(tuple(codes), f"instrument {instrument_name}") if len(codes) == 1 else None


def _fits(
    rule: TechniquePattern, record: ExtractedRecord, path: str, instrument_id: int | None
) -> bool:
    if rule.instrument_id is not None and rule.instrument_id != instrument_id:
        return False
    titles = (_text(record.title), *_texts(record, "scan_command"))
    return (
        _holds(rule.path, (path,))
        and _holds(rule.definition, (_text(record.definition),))
        and _holds(rule.title, titles)
        and _holds(rule.method, _texts(record, "experimental_method"))
    )


def _holds(condition: Pattern | None, texts: Iterable[str]) -> bool:
    return condition is None or any(condition.is_in(text) for text in texts)


def _by_definition(record: ExtractedRecord) -> Techniques | None:
    definition, probe = record.definition, record.probe
    codes = technique_codes(
        _text(definition), probe=_text(probe), source_type=_text(record.source_type)
    )
    return Sourced(codes, definition.source) if definition and codes else None


def _by_method(record: ExtractedRecord) -> Techniques | None:
    for parameter in record.parameters:
        if parameter.name == "experimental_method" and isinstance(parameter.value, str):
            code = code_of_text(parameter.value)
            if code:
                return Sourced((code,), parameter.source)
    return None


def _text(field: Sourced[str] | None) -> str:
    return field.value if field else ""


def _texts(record: ExtractedRecord, name: str) -> tuple[str, ...]:
    """Returns the texts of a parameter."""
    named = (each.value for each in record.parameters if each.name == name)
    return tuple(value for value in named if isinstance(value, str))
