"""What import-linter cannot see: relations between domains by string, by ``get_model`` and by raw SQL; access on pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.core import checks
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/yunshu"
OURS = [c for c in apps.get_app_configs() if c.name.startswith("yunshu.domains.")]
FREE = {"directory.Org", "directory.Person", "directory.Account"}
GUARDED_ELSEWHERE = ("accounts/", "api/")  # allauth's own pages; ninja's own keys


def domain_models() -> Iterator[type[models.Model]]:
    for config in OURS:
        yield from (m for m in config.get_models() if "Event" not in m.__name__ or not hasattr(m, "pgh_id"))


def views(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, object]]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, here)
        else:
            yield here, pattern.callback


def test_the_systems_own_checks_find_nothing() -> None:
    assert checks.run_checks(include_deployment_checks=False) == []


def test_foreign_keys_leave_a_domain_only_towards_organisations_and_people() -> None:
    strays = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in domain_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.app_label != model._meta.app_label
        and field.related_model._meta.app_label in {c.label for c in OURS}
        and field.related_model._meta.label not in FREE
    ]
    assert strays == []


def test_no_domain_asks_for_another_domains_model_by_name() -> None:
    strays = [
        f"{path.relative_to(ROOT)}: {match}"
        for path in (SOURCE / "domains").rglob("*.py")
        if "migrations" not in path.parts
        for match in re.findall(r"get_model\([^)]*\)", path.read_text())
    ]
    assert strays == []


def test_raw_sql_names_only_tables_of_its_own_domain() -> None:
    labels = {c.label for c in OURS}
    strays = []
    for config in OURS:
        for path in Path(config.path).rglob("*.py"):
            words = set(re.findall(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+\"?([a-z]+)_[a-z]+", path.read_text()))
            strays += [f"{path.relative_to(ROOT)}: {w}" for w in words & labels - {config.label}]
    assert strays == []


def test_every_address_says_who_may_open_it() -> None:
    silent = [
        address
        for address, callback in views(get_resolver().url_patterns)
        if not getattr(callback, "access", None) and not address.startswith(GUARDED_ELSEWHERE)
    ]
    assert silent == []


def test_no_import_hides_in_a_function_of_a_domain() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((SOURCE / "domains").rglob("*.py"))
        if path.name != "apps.py" and "migrations" not in path.parts
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []
