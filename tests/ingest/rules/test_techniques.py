"""Which techniques a record gets, and what is said to have told so."""

from typing import Any

import pytest

from ingest.record import ExtractedParameter, ExtractedRecord, Sourced
from ingest.rules.patterns import read_pattern
from ingest.rules.techniques import TechniquePattern, Techniques, choose_techniques, only_technique

SAXS, SANS, XANES, ARPES, TAS = (
    "PaNET01188",
    "PaNET01189",
    "PaNET01199",
    "PaNET01089",
    "PaNET01245",
)


def record(**texts: str) -> ExtractedRecord:
    names = {"scan_command": "scan_command", "method": "experimental_method"}
    parameters = tuple(
        ExtractedParameter(names[key], texts.pop(key), "", f"/entry/{key}")
        for key in list(texts)
        if key in names
    )
    fields: dict[str, Any] = {key: Sourced(value, f"/entry/{key}") for key, value in texts.items()}
    return ExtractedRecord("run.nxs", "/entry", 1, parameters=parameters, **fields)


def rule(*codes: str, instrument_id: int | None = None, **conditions: str) -> TechniquePattern:
    patterns = {name: read_pattern(text, ignores_case=True) for name, text in conditions.items()}
    return TechniquePattern("ours", codes, instrument_id=instrument_id, **patterns)


def choose(said: ExtractedRecord, *rules: TechniquePattern) -> Techniques | None:
    return choose_techniques(said, rules, path="/data/xanes/run.nxs", instrument_id=7)


@pytest.mark.parametrize(
    ("said", "rules", "expected"),
    [
        (record(definition="NXsas", probe="neutron"), [], Sourced((SANS,), "/entry/definition")),
        (
            record(definition="NXsas", source_type="Synchrotron X-ray Source"),
            [],
            Sourced((SAXS,), "/entry/definition"),
        ),
        (record(method="arpes"), [], Sourced((ARPES,), "/entry/method")),
        (
            record(definition="NXtas", method="SAXS"),
            [],
            Sourced((TAS,), "/entry/definition"),
        ),
        (
            record(definition="NXsas", method="ARPES"),
            [rule(XANES, path="/xanes/")],
            Sourced((XANES,), "rule “ours”"),
        ),
        (record(definition="TOFRAW", method="our own"), [], None),
        (record(), [], None),
    ],
)
def test_the_first_that_knows_decides(
    said: ExtractedRecord, rules: list[TechniquePattern], expected: Techniques | None
) -> None:
    assert choose(said, *rules) == expected


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({"instrument_id": 7}, True),
        ({"instrument_id": 8}, False),
        ({"definition": "^tofraw$"}, True),
        ({"definition": "^raw"}, False),
        ({"title": "^energyscan "}, True),
        ({"title": "copper foil"}, True),
        ({"title": "iron"}, False),
        ({"method": "absorption"}, True),
        ({"path": "/XANES/"}, True),
        ({"path": "/exafs/"}, False),
        ({"instrument_id": 7, "title": "copper", "path": "/exafs/"}, False),
        ({"instrument_id": 7, "title": "copper", "path": "/xanes/"}, True),
    ],
)
def test_all_conditions_have_to_hold(conditions: dict[str, Any], fits: bool) -> None:
    said = record(
        definition="TOFRAW",
        title="Copper foil",
        scan_command="energyscan 8900 9100",
        method="X-ray absorption",
    )
    chosen = choose(said, rule(XANES, **conditions))
    assert (chosen == Sourced((XANES,), "rule “ours”")) is fits


def test_the_first_rule_that_fits_gives_all_its_techniques() -> None:
    chosen = choose(record(), rule(XANES, SAXS, path="/data/"), rule(SANS, path="/xanes/"))
    assert chosen == Sourced((XANES, SAXS), "rule “ours”")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([SANS], Sourced((SANS,), "instrument LOQ")), ([SANS, SAXS], None), ([], None)],
)
def test_only_a_single_technique_instrument_tells(
    codes: list[str], expected: Techniques | None
) -> None:
    assert only_technique(codes, "LOQ") == expected
