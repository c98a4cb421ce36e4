"""English is complete: the catalogue covers the source, and English pages hold no Chinese but the data's own.

The official form, the sentences of the rules about it and the examples of the style page stay Chinese (see
``docs/decisions/0007-english.md``); the pages that are made of them are in ``CHINESE``.
"""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from tests.console import test_walk
from tests.console.test_walk import PAGES, World
from tests.factories.directory import AssignmentFactory, PersonFactory, RoleFactory, signed_in_client

from yunshu.config import catalogue
from yunshu.domains.directory.models import Org, Person, Role
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.workflow.models import Case
from yunshu.lib.kernel.permissions import permissions

HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
CHINESE = ("evaluation:", "directory:audit", "ui:style", "portal:")
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
def english(world: World) -> Client:
    """Return the browser of somebody who may do everything and reads English, in a world of Latin names."""
    person = PersonFactory(org=world.org)
    AssignmentFactory(person=person, role=RoleFactory(permissions=list(permissions())), subtree=True)
    for model in (Org, Person, Role):
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(name=f"{model.__name__} {row.pk}")
    PerformanceTable.objects.update(title="A performance table")
    Case.objects.update(title="A performance table")
    client = signed_in_client(person)
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.slow
@pytest.mark.django_db
def test_a_page_in_english_holds_no_chinese(english: Client, world: World) -> None:
    data = re.compile(
        "揭阳市(政务服务)?|简体中文|(审核|办理)?测试(事项|人员\\d+)?|^上级平台$|^通用服务级别$|热线升级|揭府函〔2022〕1号"
    )  # the city, a language's own name, the tests' data, who acted as it was recorded, rows of the register
    read, left = 0, []
    for page in PAGES:
        answer = english.get(world.addresses[page.name])
        if page.name.startswith(CHINESE) or answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        said = Said()
        said.feed(answer.content.decode())
        read += 1
        left += [(page.name, text) for text in said.found if HAN.search(data.sub("", text))]
    assert read > 30
    assert not left, left
