"""Rules for tests: `make_path_rule(facility, pattern, **changes)`, and the real layouts."""

from typing import Any

from catalogue.models import Facility, Technique
from ingest.models import PathRule, TechniqueRule
from ingest.rules.naming import FIELDS, PathPattern
from ingest.rules.patterns import read_pattern

# Folders as facilities lay them out: nexus-ingest.md §2.
ESRF = r"/data/visitor/(?P<proposal>[a-z]+[0-9]+)/(?P<instrument>[^/]+)/"
ESRF_SAMPLE = r"/RAW_DATA/(?P<sample>[^/]+)/"
DIAMOND = r"/dls/(?P<instrument>[^/]+)/data/\d{4}/(?P<proposal>[a-z]{2}\d+)-(?P<visit>\d+)/"
ISIS = r"/(?P<proposal>RB\d{7})/"
SNS = r"/SNS/(?P<instrument>[A-Z]+)/(?P<proposal>IPTS-\d+)/nexus/[A-Z]+_(?P<run_number>\d+)"


def pattern_of(text: str, name: str = "folders") -> PathPattern:
    return PathPattern(name, read_pattern(text, groups=FIELDS))


def make_path_rule(facility: Facility, pattern: str, **changes: Any) -> PathRule:
    values = {"name": f"rule {PathRule.objects.count() + 1}", "pattern": pattern}
    return PathRule.objects.create(facility=facility, **values | changes)


def make_technique_rule(facility: Facility, *codes: str, **changes: Any) -> TechniqueRule:
    values = {"name": f"rule {TechniqueRule.objects.count() + 1}"}
    rule = TechniqueRule.objects.create(facility=facility, **values | changes)
    rule.techniques.set(Technique.objects.filter(code__in=codes))
    return rule
