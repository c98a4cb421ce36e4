"""Attachments under attack: other people's, at the same instant, cut off in the middle, too big to look at."""

import asyncio
import io
import os
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from tests.conftest import Database
from tests.factories.directory import OrgFactory, signed_in_client, staff, staff_person
from tests.files.records import DOCX, NOW, PDF, PNG, attach, owner_at

from yunshu.config.body_limit import limited
from yunshu.domains.directory.models import Org
from yunshu.domains.files import registry, rules, selectors, services, store, views
from yunshu.domains.files.contracts import FILE_ERASE
from yunshu.domains.files.models import Attachment, Blob
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound

ERASE = "/files/archive/{}/erase/"


@pytest.mark.django_db
def test_another_organisations_archivist_finds_nothing_to_hold_or_erase(home: Org) -> None:
    card, stranger = attach("一.pdf", PDF), staff([FILE_ERASE])

    with pytest.raises(NotFound):
        services.erase(actor=stranger, number=card.number, because="不是我的", now=NOW)
    with pytest.raises(NotFound):
        services.hold(actor=stranger, number=card.number, because="不是我的")
    browser = signed_in_client(staff_person([FILE_ERASE], org=OrgFactory()))
    assert browser.get(f"/files/archive/{card.number}/").status_code == 404
    assert browser.post(ERASE.format(card.number), {"because": "不是我的"}).status_code == 404
    assert card.name not in browser.get("/files/archive/").content.decode()
    assert Attachment.objects.get().erased_at is None


@pytest.mark.django_db
def test_whoever_has_not_the_role_sees_no_archive(home: Org) -> None:
    card, browser = attach("一.pdf", PDF), signed_in_client(staff_person(org=home))
    assert browser.get("/files/archive/").status_code == 403
    assert browser.get(f"/files/archive/{card.number}/").status_code == 403
    assert browser.post(ERASE.format(card.number), {"because": "想删"}).status_code == 403


@pytest.mark.django_db
def test_the_archivist_holds_releases_and_erases_and_each_step_leaves_a_trail(home: Org) -> None:
    card, browser = attach("一.pdf", PDF), signed_in_client(staff_person([FILE_ERASE], org=home))
    page = f"/files/archive/{card.number}/"

    browser.post(page, {"because": "诉讼未结"})
    refused = browser.post(ERASE.format(card.number), {"because": "鉴定报告"})
    browser.post(page, {"because": ""})
    erased = browser.post(ERASE.format(card.number), {"because": "鉴定报告〔2026〕1号"})

    trail = list(selectors.trail(Attachment.objects.get()))
    shown = browser.get(page).content.decode()
    assert (refused.status_code, erased.status_code) == (422, 302)
    assert [step.held_because for step in trail] == ["诉讼未结", "", ""]
    assert trail[-1].erased_because == "鉴定报告〔2026〕1号"
    assert "诉讼未结" in shown
    assert "解除暂缓" in shown
    with pytest.raises(Conflict):
        services.hold(actor=staff([FILE_ERASE], org=home), number=card.number, because="太晚")


@pytest.mark.django_db
def test_the_archivist_does_not_read_what_he_may_erase(home: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    card = attach("一.pdf", PDF)
    closed = owner_at(home.path)
    monkeypatch.setattr(
        registry, "_OWNERS", {"test": closed.__class__(**{**vars(closed), "may_view": lambda *_: False})}
    )
    browser = signed_in_client(staff_person([FILE_ERASE], org=home))
    assert browser.get(f"/files/{card.number}/").status_code == 404
    assert browser.get(f"/files/archive/{card.number}/").status_code == 200


@pytest.mark.django_db
def test_an_attachment_of_one_kind_is_not_opened_by_the_owner_of_another(
    home: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = attach("一.pdf", PDF)
    other = owner_at(home.path)
    monkeypatch.setattr(registry, "_OWNERS", {"other": other.__class__(**{**vars(other), "kind": "other"})})
    assert signed_in_client(staff_person()).get(f"/files/{card.number}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["%2e%2e%2fsecrets.json", "..%2f..%2fetc%2fpasswd", "FJ-%00"])
def test_the_address_of_a_file_is_never_a_path(home: Org, number: str) -> None:
    assert signed_in_client(staff_person()).get(f"/files/{number}/").status_code in {400, 404}


@pytest.mark.django_db
def test_a_name_from_a_hostile_form_loses_its_folders(home: Org) -> None:
    assert attach("../../../etc/cron.d/x.pdf", PDF).name == "x.pdf"
    assert [path.parent.parent for path in store.stored()] == [store.root()]


@pytest.mark.django_db
def test_a_packed_file_with_a_monstrous_directory_is_refused_without_building_it(home: Org) -> None:
    header = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = 200_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, len(header) * count, 30, 0)
    file = io.BytesIO(b"PK\3\4" + bytes(26) + header * count + end)

    tracemalloc.start()
    fault = rules.fault_of_content("x.docx", file)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert fault == "too_many_members"
    assert peak < 4 * 1024 * 1024


@pytest.mark.django_db
def test_a_bomb_is_taken_as_it_is_because_nothing_unpacks_it(home: Org) -> None:
    buffer = io.BytesIO(DOCX)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/media/a.bin", bytes(200 * 1024 * 1024))
    tracemalloc.start()
    card = attach("炸弹.docx", buffer.getvalue())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert card.size_bytes == len(buffer.getvalue())
    assert peak < 8 * 1024 * 1024


@pytest.mark.slow
def test_the_same_bytes_uploaded_at_once_are_stored_once(committed_db: Database, home: Org) -> None:
    actor, cards, start = staff(), [], threading.Barrier(4)

    def upload(name: str) -> None:
        start.wait()
        cards.append(attach(name, PDF, actor=actor))
        connection.close()

    threads = [threading.Thread(target=upload, args=(f"{n}.pdf",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len({card.number for card in cards}) == 4
    assert (Blob.objects.count(), len(list(store.stored()))) == (1, 1)
    assert list(selectors.damaged()) == []


@pytest.mark.slow
def test_bytes_attached_anew_while_they_are_erased_are_not_lost(committed_db: Database, home: Org) -> None:
    """The eraser has decided and not yet committed; the uploader waits for it, and the bytes end up on the disk."""
    archivist, uploader = staff([FILE_ERASE], org=home), staff()
    first = attach("一.pdf", PDF)
    done = threading.Event()

    def upload() -> None:
        attach("二.pdf", PDF, actor=uploader)
        done.set()
        connection.close()

    thread = threading.Thread(target=upload)
    with transaction.atomic():
        services.erase(actor=archivist, number=first.number, because="误传", now=NOW)
        thread.start()
        waited = not done.wait(1)
    thread.join(30)

    assert waited
    assert list(selectors.damaged()) == []
    assert Blob.objects.get().removed_at is None


@pytest.mark.slow
def test_bytes_erased_while_they_are_attached_anew_are_not_lost(committed_db: Database, home: Org) -> None:
    """The uploader has not yet committed; the eraser waits, and sees that somebody needs the bytes."""
    archivist, uploader = staff([FILE_ERASE], org=home), staff()
    first = attach("一.pdf", PDF)

    def erase() -> None:
        services.erase(actor=archivist, number=first.number, because="误传", now=NOW)
        connection.close()

    thread = threading.Thread(target=erase)
    with transaction.atomic():
        attach("二.pdf", PDF, actor=uploader)
        thread.start()
        thread.join(1)
        waited = thread.is_alive()
    thread.join(30)

    assert waited
    assert list(selectors.damaged()) == []


KILLED = """
import os, sys
from django.conf import settings
settings.STORAGES["default"] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": sys.argv[1]}
}
import django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.files.records import NOW, PDF, owner_at
from yunshu.domains.directory.contracts import Staff
from yunshu.domains.files import registry, services, store
registry._OWNERS = {"test": owner_at("/1/")}
who = Staff(name="t", account_id=1, person_id=1, org_id=1, org_code="T", org_path="/1/", org_name="t")
settle = store.settle
store.settle = lambda *args: (settle(*args), os.kill(os.getpid(), 9))
services.attach(
    actor=who, owner_kind="test", owner_id="mine-1", upload=SimpleUploadedFile("killed.pdf", PDF), now=NOW
)
"""


@pytest.mark.slow
def test_what_a_process_killed_between_the_bytes_and_the_row_left_is_swept(committed_db: Database, home: Org) -> None:
    kept = attach("一.png", PNG)
    environment = os.environ | {"DATABASE_URL": committed_db.app_url, "PYTHONPATH": "."}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(store.root())], env=environment, check=False, timeout=60)
    left = [path.name for path in store.stored()]
    early = services.sweep(clock.now())
    old = time.time() - timedelta(days=2).total_seconds()
    for path in store.stored():
        os.utime(path, (old, old))

    assert (killed.returncode, len(left), early) == (-9, 2, 0)
    assert (services.sweep(clock.now()), Attachment.objects.count()) == (1, 1)
    assert [path.name for path in store.stored()] == [kept.sha256]


@pytest.mark.django_db
def test_an_erased_file_cannot_be_opened_listed_as_present_or_brought_back_by_sql(home: Org) -> None:
    card = attach("一.pdf", PDF)
    services.erase(actor=staff([FILE_ERASE], org=home), number=card.number, because="误传", now=NOW)

    assert signed_in_client(staff_person()).get(f"/files/{card.number}/").status_code == 404
    for change in (
        {"erased_at": None},
        {"held_because": "回来"},
        {"keep_until": NOW.date()},
        {"media_type": "text/html"},
    ):
        with pytest.raises(Exception, match="cannot change"), transaction.atomic():
            Attachment.objects.update(**change)


@pytest.mark.django_db
def test_a_term_cannot_be_shortened_nor_an_erasure_go_without_a_reason(home: Org) -> None:
    attach("一.pdf", PDF)
    with pytest.raises(Exception, match="cannot change"), transaction.atomic():
        Attachment.objects.update(keep_until=NOW.date())
    with pytest.raises(Exception, match="files_erased_says_why"), transaction.atomic():
        Attachment.objects.update(erased_at=NOW)


@pytest.mark.django_db
def test_the_trail_of_the_archive_cannot_be_rewritten(home: Org) -> None:
    card = attach("一.pdf", PDF)
    services.hold(actor=staff([FILE_ERASE], org=home), number=card.number, because="诉讼未结")
    trail = selectors.trail(Attachment.objects.get())
    with pytest.raises(Exception, match=r"Cannot update or delete|permission denied"), transaction.atomic():
        trail.update(held_because="")
    with pytest.raises(Exception, match=r"Cannot update or delete|permission denied"), transaction.atomic():
        trail.delete()


@pytest.mark.django_db
def test_a_file_leaves_piece_by_piece_under_asgi(home: Org) -> None:
    size = 5 * 1024 * 1024

    async def pieces() -> list[int]:
        return [len(piece) async for piece in views.Download(io.BytesIO(bytes(size)))]

    lengths = asyncio.run(pieces())
    assert sum(lengths) == size
    assert max(lengths) < 128 * 1024


def asgi_answer(body: Iterator[bytes], headers: list[tuple[bytes, bytes]], most: int) -> tuple[int, int]:
    """Return the status and how many bytes were taken in before it."""
    taken, statuses = 0, []

    async def receive() -> dict[str, object]:
        nonlocal taken
        piece = next(body)
        taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: object) -> None:
        statuses.append(message.get("status"))  # type: ignore[attr-defined]

    async def spool(_scope: object, receive: Callable[..., object], send: Callable[..., object]) -> None:
        while (await receive())["type"] == "http.request":  # type: ignore[misc,index]
            pass
        await send({"type": "http.response.start", "status": 500})  # type: ignore[misc]

    asyncio.run(limited(spool, most)({"type": "http", "headers": headers}, receive, send))  # type: ignore[arg-type]
    return statuses[0], taken


def test_a_body_announced_as_too_large_is_refused_unread() -> None:
    assert asgi_answer(iter([b"x"]), [(b"content-length", b"2000")], 1000) == (413, 0)


def test_a_body_that_lies_about_its_length_is_cut_off() -> None:
    endless = iter(lambda: bytes(400), None)
    assert asgi_answer(endless, [(b"transfer-encoding", b"chunked")], 1000) == (413, 1200)


@pytest.mark.django_db
def test_the_interface_asks_the_record_as_the_page_does(home: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    card, browser = attach("一.pdf", PDF), signed_in_client(staff_person())

    known = browser.get(f"/api/v1/attachments/{card.number}").json()
    content = browser.get(f"/api/v1/attachments/{card.number}/content")
    monkeypatch.setattr(registry, "_OWNERS", {})

    assert (known["sha256"], known["sm3"]) == (card.sha256, card.sm3)
    assert b"".join(content.streaming_content) == PDF
    assert "sandbox" in content["Content-Security-Policy"]
    assert browser.get(f"/api/v1/attachments/{card.number}").status_code == 404
    assert browser.get(f"/api/v1/attachments/{card.number}/content").status_code == 404
