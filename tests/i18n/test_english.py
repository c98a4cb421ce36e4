"""English is complete: the catalogue covers the source, and English pages hold no Chinese but the data's own.

The official form, the sentences of the rules about it and the examples of the style page stay Chinese (see
``docs/decisions/0007-english.md``); the pages that are made of them are in ``CHINESE``.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

import pghistory.models
import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, JSONField, TextField
from django.test import Client
from tests.console import test_walk
from tests.console.test_walk import PAGES, World
from tests.factories.directory import (
    AssignmentFactory,
    PersonFactory,
    RoleFactory,
    powers_of_everybody,
    signed_in_client,
)

from yunshu.config import catalogue
from yunshu.config.env import ROOT
from yunshu.domains.directory.models import Org, Person, Role
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.ledger import peers
from yunshu.domains.workflow.models import Case
from yunshu.lib.kernel.permissions import permissions

HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
CHINESE = (
    "evaluation:", "directory:audit", "ui:style", "portal:",
    "inspection:scheme", "inspection:indicator", "inspection:compare_schemes", "inspection:assessed", "inspection:grant_bonus",
    "inspection:circular", "inspection:column", "inspection:import",
)  # fmt: skip
SAID = {"title", "aria-label", "placeholder", "alt", "value", "label", "data-confirm", "content"}

world = test_walk.world


class Said(HTMLParser):
    """What a page says to eyes and ears: its text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in {"script", "style"}
        self.found += [value for name, value in attrs if name in SAID and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data.strip())


def test_the_catalogue_says_everything_in_english() -> None:
    assert catalogue.check() == []


@pytest.fixture
def english(world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return the browser of somebody who may do everything and reads English, in a world of Latin names."""
    person = PersonFactory(org=world.org)
    AssignmentFactory(person=person, role=RoleFactory(permissions=powers_of_everybody(monkeypatch)), subtree=True)
    for model in (Org, Person, Role):
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(name=f"{model.__name__} {row.pk}")
    PerformanceTable.objects.update(title="A performance table")
    Case.objects.update(title="A performance table")
    client = signed_in_client(person)
    client.cookies["django_language"] = "en"
    return client


def entered() -> re.Pattern[str]:
    """Return what people and registers have written into the database: it stays in the language it was written in."""
    words = {str(member.status["org"]) for member in peers.statuses() if member.status}  # where an instance runs here
    words |= {str(p.name) for code, p in permissions().items() if code.startswith("test.")}  # declared by other tests
    for model in apps.get_models():
        if model.__module__.startswith("yunshu.") and not issubclass(model, pghistory.models.Event):
            names = [
                f.name
                for f in model._meta.concrete_fields
                if isinstance(f, CharField | TextField | JSONField | ArrayField)
            ]
            for row in model._default_manager.values_list(*names):
                words.update(said for value in row for said in texts(value) if HAN.search(said))
    words -= {str(message.id) for message in catalogue.merged()}  # what the interface can say in English, it must
    words |= {"揭阳市", "政务服务", "简体中文"}  # the city, and a language's own name
    words |= {
        "上级平台",
        "评审机构",
        "竣工验收",
        "逾期",
        "问题",
        "其他",
        "城乡建设",
        "不纳入评价认定",
        "热线报告",
        "来电量",
        "接通率",
        "15 秒接通率",
        "放弃率",
        "类别",
        "不在选项中",
        "“王国”：不在选项中。",
    }  # entered in the walk's world, and said by the interface too
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


def texts(value: object) -> Iterator[str]:
    """Yield the lines of a text, and of every text within a document."""
    if isinstance(value, str):
        yield from (line.strip() for line in value.splitlines() if len(line.strip()) > 1)
    elif isinstance(value, Mapping):
        yield from (line for pair in value.items() for part in pair for line in texts(part))
    elif isinstance(value, list):
        yield from (line for part in value for line in texts(part))


@pytest.mark.slow
@pytest.mark.timeout(900)  # every page there is
@pytest.mark.django_db
def test_a_page_in_english_holds_no_chinese_but_what_was_entered(english: Client, world: World) -> None:
    data, read, left = entered(), 0, []
    for page in PAGES:
        answer = english.get(world.addresses[page.name])
        if page.name.startswith(CHINESE) or answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        said = Said()
        said.feed(answer.content.decode())
        read += 1
        left += [(page.name, text) for text in said.found if HAN.search(data.sub("", text))]
    assert read > 30
    assert not left, "\n".join(map(str, left))


def test_no_word_hides_in_an_f_string_where_the_catalogue_does_not_find_it() -> None:
    hidden = [
        f"{path}:{call.lineno}"
        for path in (ROOT / "src").rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"_", "_l", "label"}
        if any(isinstance(word, ast.Constant) for word in call.args)
    ]
    assert not hidden, "\n".join(hidden)
