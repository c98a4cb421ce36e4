"""The reference-list engine: one test for every registered list, and the engine's promises on a real model."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from openpyxl import Workbook, load_workbook
from tests.ui.urls import clerk

from yunshu.domains.directory.contracts import ORG_EDIT, ORG_VIEW
from yunshu.domains.directory.models import Org
from yunshu.lib.ui.reference import ReferenceList, declaration, lists
from yunshu.lib.ui.reference.transfer import read, try_out

pytestmark = pytest.mark.django_db
READER = {"X-Viewer": "reader"}
EDITOR = {"X-Viewer": "editor"}
HEAD = ["机构编码", "机构名称", "机构类别", "路径", "上级机构", "示例单位"]
changes = []


@pytest.fixture
def units(monkeypatch):
    changes.clear()
    reference = ReferenceList(
        slug="units",
        model=Org,
        view=ORG_VIEW,
        edit=ORG_EDIT,
        fields=("code", "name", "kind", "path", "parent", "is_sample"),
        search=("code", "name"),
        sort="code",
        on_change=lambda viewer, record, now: changes.append(record.code),
    )
    monkeypatch.setitem(declaration._LISTS, "units", reference)
    return reference


@pytest.fixture
def root():
    return Org.objects.create(code="R", name="示例市", kind=Org.Kind.CITY, path="/r/")


def workbook(*rows, head=HEAD):
    book = Workbook()
    for row in (head, *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("units.xlsx", out.getvalue())


@pytest.mark.parametrize("reference", lists(), ids=lambda r: r.slug)
def test_every_registered_list_is_guarded_shown_and_read_back_unchanged(ui, reference, monkeypatch):
    viewers = {"all": clerk(reference.view, reference.edit)}
    monkeypatch.setattr("tests.ui.urls.VIEWERS", viewers)
    assert ui.get(reference.url).status_code == 302
    monkeypatch.setattr("tests.ui.urls.VIEWERS", {"all": clerk()})
    assert ui.get(reference.url, headers={"X-Viewer": "all"}).status_code == 403
    monkeypatch.setattr("tests.ui.urls.VIEWERS", viewers)
    for address in (reference.url, f"{reference.url}new/", f"{reference.url}import/", f"{reference.url}json/"):
        assert ui.get(address, headers={"X-Viewer": "all"}).status_code == 200
    columns = "&".join(f"cols={name}" for name in reference.fields)
    exported = ui.get(f"{reference.url}?{columns}&format=xlsx", headers={"X-Viewer": "all"})
    head = [cell.value for cell in load_workbook(io.BytesIO(exported.content)).worksheets[0][1]]
    assert head == [str(reference.field(name).verbose_name) for name in reference.fields]


def test_a_record_is_added_changed_retired_and_restored(ui, units, root):
    data = {"code": "A1", "name": "甲", "kind": "office", "path": "/r/1/", "parent": root.pk}
    added = ui.post("/console/lists/units/new/", data, headers=EDITOR)
    org = Org.objects.get(code="A1")
    assert added["Location"] == f"/console/lists/units/{org.pk}/"

    ui.post(f"{added['Location']}retire/", headers=EDITOR)
    assert "这条记录已停用" in ui.get(added["Location"], headers=EDITOR).content.decode()
    ui.post(f"{added['Location']}retire/", {"restore": "1"}, headers=EDITOR)
    assert Org.objects.get(code="A1").is_active
    assert changes == ["A1", "A1", "A1"]


def test_a_form_with_errors_keeps_what_was_typed_and_says_what_to_correct(ui, units):
    response = ui.post("/console/lists/units/new/", {"code": "", "name": "甲"}, headers=EDITOR)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#id_code"' in page
    assert 'value="甲"' in page


def test_the_slower_of_two_editors_is_told(ui, units, root):
    page = ui.get(f"/console/lists/units/{root.pk}/", headers=EDITOR)
    version = page.context["version"]
    data = {"code": "R", "name": "新名", "kind": "city", "path": "/r/", "_version": version}
    assert ui.post(f"/console/lists/units/{root.pk}/", data, headers=EDITOR).status_code == 302
    assert ui.post(f"/console/lists/units/{root.pk}/", data, headers=EDITOR).status_code == 409
    assert Org.objects.get(pk=root.pk).name == "新名"


def test_history_says_what_changed(ui, units, root):
    version = ui.get(f"/console/lists/units/{root.pk}/", headers=EDITOR).context["version"]
    data = {"code": "R", "name": "改后的名称", "kind": "city", "path": "/r/", "_version": version}
    ui.post(f"/console/lists/units/{root.pk}/", data, headers=EDITOR)
    changed, added = ui.get(f"/console/lists/units/{root.pk}/", headers=READER).context["history"]
    assert [(c.label, c.before, c.after) for c in changed.changes] == [("机构名称", "示例市", "改后的名称")]
    assert added.changes == ()


@pytest.mark.parametrize("address", ["new/", "import/"])
def test_a_reader_may_not_write(ui, units, address):
    assert ui.get(f"/console/lists/units/{address}", headers=READER).status_code == 403
    assert ui.post(f"/console/lists/units/{address}", {"code": "Z"}, headers=READER).status_code == 403


def test_an_import_is_judged_row_by_row_and_writes_nothing(units, root):
    upload = workbook(
        ["A1", "甲", "内设机构", "/r/1/", "R", "是"],
        ["R", "改名", "市", "/r/", "", "否"],
        ["A1", "重复", "内设机构", "/r/2/", "R", "否"],
        ["A3", "", "城堡", "/r/3/", "没有", "否"],
    )
    trial = try_out(units, read(units, upload))
    assert [v.outcome for v in trial.verdicts] == ["new", "changed", "bad", "bad"]
    assert trial.verdicts[2].reasons == ("与第 2 行重复",)
    assert [reason.split("：")[0] for reason in trial.verdicts[3].reasons] == [
        "上级机构“没有”不存在",
        "机构名称",
        "机构类别",
    ]
    assert Org.objects.count() == 1
    assert not trial.is_writable


def test_an_import_is_written_whole_after_confirmation(ui, units, root):
    upload = workbook(["A1", "甲", "内设机构", "/r/1/", "R", "是"], ["R", "示例市", "市", "/r/", "", "否"])
    page = ui.post("/console/lists/units/import/", {"file": upload}, headers=EDITOR)
    trial = page.context["trial"]
    assert trial.counts == {"new": 1, "changed": 0, "same": 1, "bad": 0}
    ui.post("/console/lists/units/import/", {"sealed": trial.sealed}, headers=EDITOR)
    assert list(Org.objects.order_by("code").values_list("code", "is_sample")) == [("A1", True), ("R", False)]
    assert changes == ["A1"]


def test_a_sealed_import_cannot_be_altered(ui, units, root):
    response = ui.post("/console/lists/units/import/", {"sealed": "eyJ9.forged"}, headers=EDITOR)
    assert response.status_code == 422
    assert "请重新上传文件" in response.content.decode()


def test_an_export_read_back_changes_nothing(ui, units, root):
    Org.objects.create(code="=A", name="-甲", kind=Org.Kind.OFFICE, path="/r/9/", parent=root, is_sample=True)
    columns = "&".join(f"cols={name}" for name in units.fields)
    for form in ("csv", "xlsx"):
        response = ui.get(f"/console/lists/units/?{columns}&format={form}", headers=EDITOR)
        trial = try_out(units, read(units, SimpleUploadedFile(f"units.{form}", response.getvalue())))
        assert trial.counts == {"new": 0, "changed": 0, "same": 2, "bad": 0}


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (SimpleUploadedFile("a.xlsx", b"not a workbook"), "读不出这个文件"),
        (SimpleUploadedFile("a.csv", "编码,名称\r\nA,B".encode()), "缺少列：机构编码"),
        (SimpleUploadedFile("a.csv", ",".join(HEAD).encode("gb18030")), "没有可导入的行"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(ui, units, upload, words):
    upload.seek(0)
    response = ui.post("/console/lists/units/import/", {"file": upload}, headers=EDITOR)
    assert response.status_code == 422
    assert words in response.content.decode()


def test_json_pages_through_everything(ui, units, root):
    body = ui.get("/console/lists/units/json/", headers=READER).json()
    assert body == {
        "items": [
            {
                "code": "R",
                "name": "示例市",
                "kind": "city",
                "path": "/r/",
                "parent": None,
                "is_sample": False,
                "is_active": True,
            }
        ],
        "next": "",
    }


def test_every_constraint_of_a_list_has_a_sentence_beside_a_field():
    """Django's own sentence names the constraint, which tells nobody what to do."""
    plain = {
        f"{one.slug}: {constraint.name}"
        for one in lists()
        for constraint in one.model._meta.constraints
        if isinstance(constraint, models.CheckConstraint) or getattr(constraint, "condition", None)
        if one.refusals.get(constraint.name, ("", ""))[0] not in one.fields
    }
    assert plain == set()
