"""Who may import whom, read from the source: architecture rules that hold transitively."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("catalogue", "harvest", "ingest")
# What pure code must not reach, however indirectly: ORM, settings, HTTP, HDF5, files, the network.
IMPURE = ("django", "rest_framework", "celery", "h5py", "httpx", "psycopg2", "socket", "subprocess")
# Takes its key as a parameter, and reads the settings only where it is given none.
ALLOWED = ("django.core.signing",)
PURE = (
    "catalogue.record",
    "catalogue.policy",
    "catalogue.vocabulary",
    "catalogue.formats",
    "catalogue.publication.doi",
    "harvest.federation.answers",
    "harvest.federation.breaker",
    "harvest.federation.identity",
    "harvest.federation.merge",
    "harvest.federation.question",
    "harvest.federation.status",
    "harvest.oaipmh.conformance.reply",
    "harvest.oaipmh.conformance.rules",
    "harvest.oaipmh.conformance.survey",
    "harvest.oaipmh.descriptions",
    "harvest.oaipmh.harvester.defects",
    "harvest.oaipmh.harvester.metadata",
    "harvest.oaipmh.harvester.page",
    "harvest.oaipmh.harvester.reading",
    "harvest.oaipmh.harvester.window",
    "harvest.oaipmh.protocol",
    "harvest.oaipmh.request",
    "harvest.oaipmh.resumption",
    "harvest.oaipmh.response",
    "harvest.panosc_import.items",
    "harvest.panosc_import.ranges",
    "harvest.panosc_import.reader",
    "harvest.panosc_import.reading",
    "ingest.door.binding",
    "ingest.record",
    "ingest.rules.naming",
    "ingest.rules.patterns",
    "ingest.quality.findings",
    "ingest.placement",
    "ingest.quality.readiness",
    "ingest.stamps",
    "ingest.rules.techniques",
    "ingest.validate",
    "ingest.nexus.values",
    "ingest.nexus.fields",
    "ingest.nexus.extract",
    "ingest.nexus.placeholders",
    "ingest.validation.result",
    "ingest.demo.scenario",
)
# The doors: each outside resource is reached through the modules named here and no others.
DOORS = {
    "h5py": ("ingest.nexus", "ingest.demo"),
    "nexusformat": ("ingest.nexus.definitions",),
    "httpx": (
        "catalogue.outbound",
        "catalogue.publication.datacite",
        "harvest.panosc_import.source",
        "harvest.oaipmh.conformance.run",
    ),
    "re2": ("ingest.rules.patterns",),
}


def modules() -> dict[str, Path]:
    found = {}
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if "migrations" not in parts:
                found[name] = path
    return found


MODULES = modules()


@cache
def imports(module: str) -> frozenset[str]:
    """Returns every module that a module names in an import, wherever in the file."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: write absolute imports"
            base = node.module or ""
            names |= {
                f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base
                for alias in node.names
            }
    return frozenset(names)


@cache
def reached(module: str) -> dict[str, str]:
    """Returns all modules reached from one, each with the module that named it."""
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        here = waiting.pop()
        for name in imports(here):
            if name not in found:
                found[name] = here
                if name in MODULES:
                    waiting.append(name)
    return found


def is_within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize(
    ("app", "barred"),
    [
        ("catalogue", ("ingest", "harvest")),
        ("ingest", ("harvest",)),
        ("harvest", ("ingest",)),
    ],
)
def test_apps_import_in_one_direction(app: str, barred: tuple[str, ...]) -> None:
    wrong = [
        f"{module} imports {name}"
        for module in MODULES
        if is_within(module, (app,))
        for name in imports(module)
        if is_within(name, barred)
    ]
    assert wrong == []


@pytest.mark.parametrize("module", [name for name in MODULES if is_within(name, PURE)])
def test_pure_modules_reach_nothing_outside(module: str) -> None:
    wrong = {name: via for name, via in reached(module).items() if is_within(name, IMPURE)}
    assert {name: via for name, via in wrong.items() if name not in ALLOWED} == {}


@pytest.mark.parametrize("package", PURE)
def test_every_pure_package_exists(package: str) -> None:
    assert any(is_within(name, (package,)) for name in MODULES)


@pytest.mark.parametrize(("resource", "doors"), DOORS.items(), ids=list(DOORS))
def test_each_resource_has_its_door(resource: str, doors: tuple[str, ...]) -> None:
    users = [
        module
        for module in MODULES
        if any(is_within(name, (resource,)) for name in imports(module))
    ]
    assert [module for module in users if not is_within(module, doors)] == []
    assert users


def test_the_environment_is_read_in_settings_alone() -> None:
    readers = [
        module
        for module, path in MODULES.items()
        if "CATALOGUE_" in path.read_text() and "os.environ" in path.read_text()
    ]
    # The demo hands its address on to the server it starts.
    assert set(readers) <= {
        "catalogue.settings",
        "ingest.demo.serve",
        "ingest.management.commands.demo",
    }


def test_imports_stand_at_the_top() -> None:
    """A wish for an import inside a function says that a module is in the wrong layer."""
    hidden = [
        f"{module}:{node.lineno}"
        for module, path in MODULES.items()
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_no_module_imports_in_a_circle() -> None:
    assert [module for module in MODULES if module in reached(module)] == []
