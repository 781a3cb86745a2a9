"""All that the reader is to look for in a file: the plan of the whole mapping."""

from collections.abc import Iterator

from ingest.nexus.fields import (
    PROPOSAL,
    ROOT_RULES,
    SAMPLE_GROUPS,
    SAMPLE_RULES,
    TEXT_RULES,
    USER_GROUPS,
    USER_RULES,
)
from ingest.nexus.origins import (
    INPUTS,
    KINDS,
    MANTID_ENVIRONMENT,
    MANTID_NOTES,
    PLOTS,
    PROCESS_GROUPS,
    PROCESS_RULES,
    PROGRAM_VERSION,
)
from ingest.nexus.plan import make_plan
from ingest.nexus.quantities import PARAMETERS, beside_averages
from ingest.nexus.rules import FieldRule


def _below(groups: tuple[str, ...], rules: tuple[FieldRule, ...]) -> Iterator[str]:
    return (f"{group}/{path}" for group in groups for rule in rules for path in rule.paths)


PLAN = make_plan(
    (
        *(path for rule in (*TEXT_RULES, *PARAMETERS, *KINDS) for path in rule.paths),
        *(path for rule in (PROGRAM_VERSION, INPUTS, *ROOT_RULES) for path in rule.paths),
        *_below(USER_GROUPS, USER_RULES),
        *_below(SAMPLE_GROUPS, SAMPLE_RULES),
        *_below(PROCESS_GROUPS, PROCESS_RULES),
        *(f"{group}/{path}" for group in PROCESS_GROUPS for path in MANTID_NOTES),
        *(f"{group}/{MANTID_ENVIRONMENT}" for group in PROCESS_GROUPS),
        *PLOTS,
        *(path for rule in PARAMETERS for path in beside_averages(rule)),
    ),
    with_units=(path for rule in PARAMETERS if rule.kind == "number" for path in rule.paths),
    series=(path for rule in PARAMETERS if rule.varies for path in rule.paths),
    # Fields of the entry itself: what groups below it say is not worth a walk through dozens.
    further=(path for path in PROPOSAL.paths if path.count("/") == 1),
)
