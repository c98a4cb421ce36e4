"""Attachments: what is taken, who opens it, what the disk keeps."""

import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.directory import signed_in_client, staff, staff_person
from tests.files.records import DOCX, NOW, PDF, PNG, attach, packed

from yunshu.domains.directory.models import Org
from yunshu.domains.files import registry, rules, scanning, selectors, services, store
from yunshu.domains.files.contracts import FILE_ERASE
from yunshu.domains.files.models import Attachment, Blob
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("验收单.pdf", PDF),
        ("照片.PNG", PNG),
        ("照片.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(64)),
        ("签收.docx", DOCX),
        ("台账.xlsx", packed("[Content_Types].xml", "xl/workbook.xml")),
        ("公文.ofd", packed("OFD.xml", "Doc_0/Document.xml")),
        ("说明.txt", "第一行\n".encode("gb18030")),
        ("数据.csv", "编号,名称\n1,甲\n".encode()),
    ],
)
def test_what_offices_exchange_is_taken_with_both_digests(name: str, content: bytes) -> None:
    card = attach(name, content)

    assert card.sha256 == hashlib.sha256(content).hexdigest()
    assert card.sm3 == hashlib.new("sm3", content).hexdigest()
    assert store.path_of(card.sha256).read_bytes() == content
    assert card.scan == "未查杀"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("程序.exe", b"MZ", "type_not_taken"),
        ("网页.html", b"<html>", "type_not_taken"),
        ("无扩展名", PDF, "type_not_taken"),
        ("图片.pdf", PNG, "type_differs"),
        ("文档.png", PDF, "type_differs"),
        ("网页.txt", b"  <script>alert(1)</script>", "type_differs"),
        ("脚本.txt", b"#!/bin/sh\n", "type_differs"),
        ("二进制.csv", b"a\0b", "type_differs"),
        ("空.pdf", b"", "file_empty"),
        ("压缩包.docx", packed("a.txt"), "type_differs"),
        ("坏包.docx", b"PK\x03\x04" + bytes(100), "type_differs"),
        ("宏.docx", packed("word/document.xml", "word/vbaProject.bin"), "has_macros"),
        ("..\\..\\x.pdf", PDF, "name_unfit"),
        (".隐藏.pdf", PDF, "name_unfit"),
        ("翻转\u202efdp.pdf", PDF, "name_unfit"),
        ("长" * 200 + ".pdf", PDF, "name_unfit"),
        ("隔离\u2066fdp.pdf", PDF, "name_unfit"),
        ("控制\x85.pdf", PDF, "name_unfit"),
        ("半个\ud800.pdf", PDF, "name_unfit"),
        ("CON.pdf", PDF, "name_unfit"),
        ("大写.docx", packed("word/document.xml", "word/VBAPROJECT.BIN"), "has_macros"),
        ("前有网页.pdf", b"<html><script>alert(1)</script>" + PDF, "type_differs"),
        ("前有网页.docx", b"<html><script>alert(1)</script>" + DOCX, "type_differs"),
        ("前有程序.docx", b"MZ" + bytes(60) + DOCX, "type_differs"),
        ("动图网页.png", b"GIF89a/*<script>alert(1)</script>*/", "type_differs"),
        ("带标记.txt", b"\xef\xbb\xbf <svg onload=alert(1)>", "type_differs"),
    ],
)
def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(name: str, content: bytes, code: str) -> None:
    upload = SimpleUploadedFile("x", content)
    upload._name = name  # past Django's own cleaning: another caller may not have it

    with pytest.raises(Refused) as refusal:
        services.attach(actor=staff(), owner_kind="test", owner_id="mine-1", upload=upload, now=NOW)

    assert refusal.value.code == code
    assert refusal.value.message
    assert list(store.stored()) == []
    assert not Blob.objects.exists()


def test_too_much_is_cut_off_at_the_first_byte_too_many(settings: object) -> None:
    settings.UPLOAD_MAX_BYTES = 1000  # type: ignore[attr-defined]
    taken: list[int] = []

    class Endless:
        name = "大.pdf"

        def chunks(self) -> Iterator[bytes]:
            while True:
                taken.append(400)
                yield bytes(400)

    with pytest.raises(Refused, match="上限") as refusal:
        services.attach(actor=staff(), owner_kind="test", owner_id="mine-1", upload=Endless(), now=NOW)

    assert (refusal.value.code, len(taken), list(store.stored())) == ("file_too_large", 3, [])


def test_the_same_bytes_lie_on_the_disk_once() -> None:
    first, second = attach("一.pdf", PDF), attach("二.pdf", PDF, record="mine-2")

    assert first.number != second.number
    assert len(list(store.stored())) == Blob.objects.count() == 1


@pytest.mark.parametrize(("record", "error"), [("closed-1", NotPermitted), ("other-1", NotFound)])
def test_the_record_decides_who_may_add(record: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        attach("一.pdf", PDF, record=record)


def test_an_unregistered_kind_of_record_has_no_attachments() -> None:
    with pytest.raises(NotFound):
        services.attach(
            actor=staff(), owner_kind="nobody", owner_id="mine-1", upload=SimpleUploadedFile("一.pdf", PDF), now=NOW
        )


def test_a_file_is_sent_as_a_download_and_only_through_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    card = attach("验收单 1.pdf", PDF)
    client, address = signed_in_client(staff_person()), f"/files/{card.number}/"

    answer = client.get(address)
    monkeypatch.setattr(registry, "_OWNERS", {})

    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(address).status_code == 404


def test_a_stranger_is_sent_to_sign_in(client: object) -> None:
    assert client.get(f"/files/{attach('一.pdf', PDF).number}/").status_code == 302  # type: ignore[attr-defined]


def test_the_application_can_neither_change_nor_delete_an_attachment() -> None:
    attach("一.pdf", PDF)
    for change in (
        lambda: Attachment.objects.update(name="别的.pdf"),
        lambda: Attachment.objects.all().delete(),
        lambda: Blob.objects.update(sha256="0" * 64),
        lambda: Blob.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_erasing_keeps_the_row_and_removes_bytes_nobody_else_needs(
    home: Org,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    one, two = attach("一.pdf", PDF), attach("二.pdf", PDF, record="mine-2")
    archivist = staff([FILE_ERASE], org=home)
    place = store.path_of(one.sha256)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        services.erase(actor=archivist, number=one.number, because="鉴定报告〔2026〕1号", now=NOW)
    still_there = place.exists()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        services.erase(actor=archivist, number=two.number, because="鉴定报告〔2026〕1号", now=NOW)

    assert still_there
    assert not place.exists()
    assert selectors.attachments_of("test", ["mine-1"])["mine-1"][0].erased_because == "鉴定报告〔2026〕1号"
    with pytest.raises(NotFound):
        selectors.open_attachment(archivist, one.number)
    with pytest.raises(Conflict):
        services.erase(actor=archivist, number=one.number, because="再次", now=NOW)


def test_erased_bytes_come_back_when_they_are_attached_again(home: Org) -> None:
    archivist = staff([FILE_ERASE], org=home)
    services.erase(actor=archivist, number=attach("一.pdf", PDF).number, because="误传", now=NOW)

    again = attach("一.pdf", PDF)

    assert selectors.open_attachment(archivist, again.number)[1].read_bytes() == PDF


def test_only_the_archivist_erases_and_says_why(home: Org) -> None:
    card = attach("一.pdf", PDF)
    with pytest.raises(NotPermitted):
        services.erase(actor=staff(), number=card.number, because="想删", now=NOW)
    with pytest.raises(Refused):
        services.erase(actor=staff([FILE_ERASE], org=home), number=card.number, because=" ", now=NOW)


def test_what_has_passed_its_term_goes_unless_it_is_held(home: Org) -> None:
    archivist = staff([FILE_ERASE], org=home)
    kept, gone = attach("一.pdf", PDF), attach("二.png", PNG)
    services.hold(actor=archivist, number=kept.number, because="诉讼未结")

    assert services.erase_due(datetime(2029, 3, 2, 2, tzinfo=UTC)) == 0  # the last day still counts
    assert services.erase_due(datetime(2029, 3, 3, 2, tzinfo=UTC)) == 1
    assert Attachment.objects.get(number=gone.number).erased_because == "保存期限届满"
    assert Attachment.objects.get(number=kept.number).erased_at is None


@given(st.dates(), st.integers(1, 50))
def test_a_term_ends_years_later_on_the_same_day(added: date, years: int) -> None:
    until = services.keep_until(years, added)
    if until is None:
        assert added.year + years > date.max.year
    else:
        assert until.year == added.year + years
        assert (until.month, until.day) in {(added.month, added.day), (2, 28)}


def test_a_term_beyond_the_calendar_is_for_good() -> None:
    assert services.keep_until(32767, date(2026, 3, 2)) is None
    assert services.keep_until(1, date(2024, 2, 29)) == date(2025, 2, 28)


def test_bytes_that_a_killed_process_left_are_swept_after_a_day() -> None:
    kept = attach("一.pdf", PDF)
    left, _digests = store.receive([b"cut off"], 100)
    assert services.sweep(clock.now()) == 0  # perhaps its row commits in a moment
    old = time.time() - timedelta(days=2).total_seconds()
    for path in (left, store.path_of(kept.sha256)):
        os.utime(path, (old, old))

    assert services.sweep(clock.now()) == 1
    assert [path.name for path in store.stored()] == [kept.sha256]


def test_verify_names_what_is_missing_or_different() -> None:
    missing, changed = attach("一.pdf", PDF), attach("二.png", PNG)
    call_command("files_verify")
    store.path_of(missing.sha256).unlink()
    store.path_of(changed.sha256).chmod(0o600)
    store.path_of(changed.sha256).write_bytes(b"other")

    assert dict(selectors.damaged()) == {missing.sha256: "missing", changed.sha256: "different"}
    with pytest.raises(CommandError, match="2 个文件"):
        call_command("files_verify")


@pytest.fixture
def clamd() -> Iterator[Callable[[bytes], str]]:
    """A peer that speaks clamd's INSTREAM: answers what it is told to, after it has read the whole stream."""
    servers: list[socket.socket] = []

    def start(answer: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            peer, _address = server.accept()
            with peer, peer.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                while size := int.from_bytes(stream.read(4), "big"):
                    assert len(stream.read(size)) == size
                peer.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("answer", "code"),
    [(b"stream: Eicar-Test-Signature FOUND\0", "infected"), (b"INSTREAM size limit exceeded. ERROR\0", "scan_failed")],
)
def test_an_infected_or_unscannable_file_is_not_kept(
    settings: object, clamd: Callable[[bytes], str], answer: bytes, code: str
) -> None:
    settings.CLAMD = clamd(answer)  # type: ignore[attr-defined]
    with pytest.raises(Refused) as refusal:
        attach("一.pdf", PDF)
    assert (refusal.value.code, list(store.stored())) == (code, [])


def test_a_scanned_file_says_so(settings: object, clamd: Callable[[bytes], str]) -> None:
    settings.CLAMD = clamd(b"stream: OK\0")  # type: ignore[attr-defined]
    assert attach("一.pdf", PDF).scan == "已查杀，未发现病毒"


def test_a_scanner_that_is_away_keeps_files_out(settings: object) -> None:
    settings.CLAMD = "127.0.0.1:1"  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="稍后再试"):
        attach("一.pdf", PDF)


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("10.0.0.5:3311", ("10.0.0.5", 3311)),
        ("[fd00::5]:3311", ("fd00::5", 3311)),
        ("clamav.internal", ("clamav.internal", 3310)),
        ("[fd00::5]", ("fd00::5", 3310)),
    ],
)
def test_the_scanners_address_is_read_in_every_usual_spelling(address: str, peer: tuple[str, int]) -> None:
    assert scanning.Clamd(address).peer == peer


def test_a_scanner_that_hangs_up_in_the_middle_keeps_files_out(settings: object) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
    settings.CLAMD = f"127.0.0.1:{server.getsockname()[1]}"  # type: ignore[attr-defined]
    with pytest.raises(Refused) as refusal:
        attach("一.pdf", PDF + bytes(2_000_000))
    server.close()
    assert (refusal.value.code, list(store.stored())) == ("scan_failed", [])


@given(st.text(max_size=60))
def test_a_name_that_is_taken_is_safe_everywhere(name: str) -> None:
    if not rules.fault_of_name(name):
        assert not set(name) & set('/\\:*?"<>|\0')
        assert rules.ending_of(name) in rules.KINDS
