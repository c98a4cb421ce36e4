"""The citizen's form at its edges: twice the same, too long, unseen characters, bad files, half a place, a page that is too old."""

import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.at_once import AT_ONCE, together
from tests.hotline.hotline_world import CONTENT, Hotline

from yunshu.domains.directory.contracts import Anonymous
from yunshu.domains.files.models import Attachment
from yunshu.domains.hotline.models import Submission, Ticket
from yunshu.domains.hotline.rules import plain
from yunshu.domains.hotline.services import receipts
from yunshu.lib.kernel import clock

FORM = reverse("portal:demand")
WORDS = {"kind": "help", "title": "路灯不亮", "content": "三天不亮。", "phone": "13812345678"}
PAGE = "A" * 22
HALF_PLACES = [{"lon": "116.37"}, {"lon": "x", "lat": "23"}, {"lon": "999", "lat": "23"}, {"lon": "nan", "lat": "inf"}]


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline(now=clock.now())


def sent(client: Client, **more: object) -> tuple[int, str]:
    answer = client.post(FORM, WORDS | more, follow=True)
    return answer.status_code, answer.content.decode()


def packed(members: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(members):
            archive.writestr(f"word/{n}.xml", "")
        archive.writestr("word/document.xml", "0" * 1_000_000)
    return out.getvalue()


BAD_FILES = {
    "renamed": ("photo.png", b"MZ" + b"\0" * 200, "与扩展名不符"),
    "type": ("setup.exe", b"MZ" + b"\0" * 200, "不接收"),
    "empty": ("photo.png", b"", "空"),
    "page": ("notes.txt", b"<script>alert(1)</script>", "与扩展名不符"),
    "bomb": ("bomb.docx", packed(20_000), "部件过多"),
    "large": ("large.txt", b"a" * (20 * 1024 * 1024 + 1), "超过 20 MB 的上限"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_is_named_and_the_text_is_kept(hotline: Hotline, settings: object, what: str) -> None:
    settings.UPLOAD_MAX_BYTES = 20 * 1024 * 1024  # type: ignore[attr-defined]
    name, content, said = BAD_FILES[what]
    status, page = sent(Client(), attachments=SimpleUploadedFile(name, content))
    assert status == 422
    assert said in page
    assert "三天不亮。" in page
    assert "请重新选择照片和文件" in page
    assert not Ticket.objects.exists()
    assert not Attachment.objects.exists()


def test_ten_files_are_too_many(hotline: Hotline) -> None:
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(10)]
    status, page = sent(Client(), attachments=files)
    assert (status, "最多 9 个文件" in page, Ticket.objects.exists()) == (422, True, False)


def test_a_page_sent_twice_is_one_ticket_with_the_same_code(hotline: Hotline) -> None:
    said = [sent(Client(), page=PAGE) for _again in range(2)]
    codes = {re.search(r"编号 (RX\S+?)，查询码 (\d{6})", page).groups() for _status, page in said}  # type: ignore[union-attr]
    assert len(codes) == 1
    assert Ticket.objects.count() == 1
    sent(Client(), page=PAGE, content="另一件事。")
    sent(Client(), page="B" * 22)
    sent(Client(), page="wrong")
    sent(Client(), page="wrong")
    assert Ticket.objects.count() == 5


def test_a_page_sent_six_times_at_once_is_one_ticket(committed_db: object) -> None:
    hotline = Hotline()
    send = lambda: receipts.receive_once(by=Anonymous(), spec=CONTENT, page=PAGE, now=hotline.now)  # noqa: E731
    assert together([send] * AT_ONCE) == {"done": AT_ONCE}
    assert Ticket.objects.count() == 1


def test_what_was_sent_is_forgotten_after_a_day(hotline: Hotline) -> None:
    receipts.receive_once(by=Anonymous(), spec=CONTENT, page=PAGE, now=hotline.now)
    assert receipts.forget(now=hotline.later(hours=23)) == 0
    assert receipts.forget(now=hotline.later(hours=2)) == 1
    assert not Submission.objects.exists()


def test_a_hundred_thousand_characters_are_refused_and_stay_on_the_page(hotline: Hotline) -> None:
    status, page = sent(Client(), content="长" * 100_000)
    assert status == 422
    assert "4000" in page
    assert "长" * 100_000 in page
    assert 'data-most="4000"' in page
    assert not re.search(r"<textarea[^>]*maxlength", page), "a browser would cut the end off without a word"


def test_who_goes_back_and_sends_the_same_words_gets_the_same_ticket_and_sees_its_code(hotline: Hotline) -> None:
    citizen = Client()
    _status, first = sent(citizen, page=PAGE)
    again = citizen.get(FORM).context["form"]["page"].value()
    _status, second = sent(citizen, page=again)
    (row,) = Ticket.objects.all()
    code = re.search(r"查询码 (\d{6})", first)
    assert code
    assert code[1] in second
    assert code[1] in citizen.get(reverse("portal:ticket", args=[row.number])).content.decode()
    sent(citizen, page=again, content="又一件事。")
    assert Ticket.objects.count() == 2


def test_a_number_that_nobody_can_call_is_refused_at_once(hotline: Hotline) -> None:
    status, page = sent(Client(), phone="1381234567")
    assert (status, Ticket.objects.count()) == (422, 0)
    assert "这个号码打不通" in page


def test_the_citizen_sees_the_place_and_that_the_file_arrived(hotline: Hotline) -> None:
    note = SimpleUploadedFile("经过.txt", "三天不亮".encode())
    _status, page = sent(Client(), address="中山路口", attachments=note)
    assert "中山路口" in page
    assert "已收到 1 个" in page


@pytest.mark.parametrize("place", HALF_PLACES, ids=str)
def test_half_a_place_is_no_place(hotline: Hotline, place: dict[str, str]) -> None:
    assert sent(Client(), **place)[0] == 200
    assert (Ticket.objects.get().lon, Ticket.objects.get().lat) == (None, None)


def test_a_place_is_kept_to_the_metre(hotline: Hotline) -> None:
    sent(Client(), lon="116.372834567", lat="23.5497")
    assert (Ticket.objects.get().lon, Ticket.objects.get().lat) == (116.37283, 23.5497)


def test_unseen_and_turning_characters_are_left_out(hotline: Hotline) -> None:
    content = "灯\u202e坏\x07了\u200b。\r\n第二\u2066行\ufeff 👨\u200d👩\u200d👧"
    sent(Client(), title="路灯\t不\u0008亮\u202c", content=content)
    row = Ticket.objects.get()
    assert (row.title, row.content) == ("路灯 不亮", "灯坏了。\n第二行 👨\u200d👩\u200d👧")
    assert plain.paragraphs("一\n\n\n\n\n\n二\ud800") == "一\n\n\n二"


@pytest.mark.parametrize("typed", ["13812345678", "138-1234 5678", "１３８１２３４５６７８"])
def test_a_ticket_is_found_by_its_telephone_however_it_is_typed(hotline: Hotline, typed: str) -> None:
    sent(Client(), phone="138 1234 5678")
    asked = {"number": Ticket.objects.get().number, "code": typed}
    assert Client().post(reverse("portal:tickets"), asked).status_code == 302


def test_a_nul_is_said_to_be_wrong(hotline: Hotline) -> None:
    assert sent(Client(), content="a\x00b")[0] == 422
    assert not Ticket.objects.exists()


def test_a_page_that_is_too_old_keeps_what_was_written(hotline: Hotline) -> None:
    old = Client(enforce_csrf_checks=True)
    status, page = sent(old, csrfmiddlewaretoken="x")
    assert status == 422
    assert "页面停留太久" in page
    assert "三天不亮。" in page
    assert not Ticket.objects.exists()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    assert sent(old, csrfmiddlewaretoken=token[1])[0] == 200
    assert old.post(reverse("portal:ticket_rate", args=["RX1"]), {}).status_code == 403
