"""The catalogue for programs: DCAT that an RDF library reads, CKAN's shapes, and nothing that is not open to strangers."""

import json
from typing import Any

import pytest
import rdflib
from django.test import Client
from tests.exchange.world import World, item
from tests.factories.directory import AssignmentFactory, PersonFactory, RoleFactory, signed_in_client

from yunshu.domains.exchange.contracts import Grade

pytestmark = pytest.mark.django_db
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCT = rdflib.Namespace("http://purl.org/dc/terms/")


@pytest.fixture
def world() -> World:
    return World()


def published(world: World) -> None:
    """One entry for administrations, one that is open."""
    world.published()
    items = (item("stop", "站点名称", is_key=True, grade=Grade.L1),)
    summary = "全市公交站点的名称和位置，供公众查询。"
    world.published(name="公交站点", summary=summary, is_open=True, open_condition="无", items=items)


def call(client: Client, action: str, **data: Any) -> Any:
    answer = client.post(f"/api/3/action/{action}", json.dumps(data), content_type="application/json")
    return answer.status_code, answer.json()


def test_a_stranger_reads_what_is_open_and_nothing_else(world: World) -> None:
    published(world)
    status, found = call(Client(), "package_search")
    assert (status, [p["title"] for p in found["result"]["results"]]) == (200, ["公交站点"])
    everything = json.dumps(found, ensure_ascii=False) + Client().get("/catalogue.jsonld").content.decode()
    assert "户籍" not in everything


def test_staff_read_all_of_it(world: World) -> None:
    published(world)
    person = PersonFactory(org=world.county)
    AssignmentFactory(person=person, role=RoleFactory(permissions=["exchange.catalogue.view"]), subtree=True)
    _status, found = call(signed_in_client(person), "package_search", q="户籍")
    assert [p["title"] for p in found["result"]["results"]] == ["户籍人口基本信息"]


@pytest.mark.parametrize(
    ("action", "data", "status", "kind"),
    [
        ("nothing", {}, 404, "Not Found Error"),
        ("package_show", {"id": "x"}, 404, "Not Found Error"),
        ("package_search", {"rows": -1}, 409, "Validation Error"),
        ("package_search", {"fq": "secret:1"}, 409, "Validation Error"),
    ],
)
def test_a_question_that_cannot_be_answered_says_so_as_ckan_does(
    world: World, action: str, data: dict[str, Any], status: int, kind: str
) -> None:
    found = call(Client(), action, **data)
    assert (found[0], found[1]["success"], found[1]["error"]["__type"]) == (status, False, kind)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib's own, inside its JSON-LD parser
def test_an_rdf_library_reads_the_catalogue(world: World) -> None:
    published(world)
    graph = rdflib.Graph().parse(data=Client().get("/catalogue.jsonld").content.decode(), format="json-ld")
    (dataset,) = graph.subjects(rdflib.RDF.type, DCAT.Dataset)
    assert str(graph.value(dataset, DCT.title)) == "公交站点"
    assert [str(word) for word in graph.objects(dataset, DCAT.keyword)] == ["站点名称"]
    assert (None, DCAT.dataset, dataset) in graph
