"""E-mail over a real IMAP and a real SMTP server: each message once, receipts that begin no loop, bombs left packed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Kept
from imap_tools import MailBoxUnencrypted
from tests.hotline.hotline_world import Hotline

from yunshu.config.bootstrap import machine
from yunshu.domains.hotline import mailbox
from yunshu.domains.hotline.models import Contact, ReceivedMail, Ticket
from yunshu.lib import mails
from yunshu.lib.kernel import clock
from yunshu.lib.mails.reading import MOST_BYTES
from yunshu.lib.ui.throttle import Throttle

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
OURS = "12345@city.example"


class Inbox(Kept):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[EmailMessage] = []

    def handle_message(self, message: EmailMessage) -> None:
        self.kept.append(message)


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline(now=clock.now())


@pytest.fixture
def sent(settings) -> Iterator[list[EmailMessage]]:
    inbox = Inbox()
    smtp = Controller(inbox, hostname="127.0.0.1", port=machine.free_port(20250))
    smtp.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.DEFAULT_FROM_EMAIL = "127.0.0.1", smtp.port, OURS
    yield inbox.kept
    smtp.stop()


@pytest.fixture
def address(hotline: Hotline) -> Iterator[str]:
    port = machine.free_port(21430)
    program = [str(Path(sys.executable).parent / "pymap"), "--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    serving = subprocess.Popen([*program, "dict", "--demo-data"], stderr=subprocess.DEVNULL)
    url = f"imap://demouser:demopass@127.0.0.1:{port}/INBOX"
    _wait(url)
    yield url
    serving.kill()
    serving.wait()


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with MailBoxUnencrypted("127.0.0.1", int(url.rpartition(":")[2].partition("/")[0])).login(
                "demouser", "demopass"
            ) as box:
                box.delete([each.uid for each in box.fetch(mark_seen=False)])
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def put(url: str, *messages: EmailMessage | bytes) -> None:
    port = int(url.rpartition(":")[2].partition("/")[0])
    with MailBoxUnencrypted("127.0.0.1", port).login("demouser", "demopass") as box:
        for each in messages:
            box.append(each if isinstance(each, bytes) else each.as_bytes(), "INBOX")


def written(**more: str) -> EmailMessage:
    message = EmailMessage()
    heads = {"From": "陈大明 <chen@example.com>", "To": OURS, "Subject": "路灯不亮", "Message-ID": "<1@example.com>"}
    for name, value in (heads | {name.replace("_", "-"): value for name, value in more.items()}).items():
        message[name] = value
    message.set_content("榕华大道路灯三天不亮，请维修。")
    return message


def test_a_message_becomes_a_ticket_with_its_picture_and_a_receipt(
    hotline: Hotline, address: str, sent: list[EmailMessage]
) -> None:
    message = written()
    message.add_attachment(PNG, maintype="image", subtype="png", filename="灯.png")
    message.add_attachment(b"MZ", maintype="application", subtype="x-msdownload", filename="a.exe")
    put(address, message)
    assert mailbox.fetch(address, hotline.now) == {"taken": 1, "refused": 0, "known": 0}
    row = Ticket.objects.get()
    assert (row.channel, row.title, row.state) == ("email", "路灯不亮", "received")
    assert Contact.objects.get(ticket=row).email == "chen@example.com"
    assert "a.exe" in row.steps.get(verb="media").words
    (receipt,) = sent
    assert receipt["To"] == "chen@example.com"
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert receipt["In-Reply-To"] == "<1@example.com>"


def test_a_message_is_registered_once_however_often_it_is_fetched(hotline: Hotline, address: str) -> None:
    put(address, written(), written())
    assert mailbox.fetch(address, hotline.now) == {"taken": 1, "refused": 0, "known": 1}
    assert mailbox.fetch(address, hotline.now) == {"taken": 0, "refused": 0, "known": 0}
    assert Ticket.objects.count() == 1


def test_an_answer_to_the_receipt_is_added_to_its_ticket(hotline: Hotline, address: str) -> None:
    put(address, written())
    mailbox.fetch(address, hotline.now)
    row = Ticket.objects.get()
    answer = written(Message_ID="<2@example.com>")
    answer.replace_header("Subject", f"Re: [{row.number}] 12345")
    foreign = written(Message_ID="<3@example.com>")
    foreign.replace_header("From", "somebody@example.com")
    foreign.replace_header("Subject", f"Re: [{row.number}]")
    put(address, answer, foreign)
    mailbox.fetch(address, hotline.now)
    assert row.steps.filter(verb="supplement").count() == 1
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize(
    "heads",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<x>"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@example.com"},
        {"From": OURS},
    ],
)
def test_what_no_person_wrote_is_neither_registered_nor_answered(
    hotline: Hotline, address: str, sent: list[EmailMessage], heads: dict[str, str]
) -> None:
    put(address, written(**heads))
    assert mailbox.fetch(address, hotline.now)["refused"] == 1
    assert (Ticket.objects.count(), sent) == (0, [])
    assert ReceivedMail.objects.get().words


def test_one_sender_registers_so_many_an_hour(hotline: Hotline, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "SENDERS", Throttle("test", 1, 60))
    put(address, written(), written(Message_ID="<2@example.com>"))
    assert mailbox.fetch(address, hotline.now) == {"taken": 1, "refused": 1, "known": 0}


def nested(depth: int) -> bytes:
    head = b"From: a@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    body = b"Content-Type: text/plain\r\n\r\nx\r\n"
    for level in range(depth):
        mark = b"b%d" % level
        body = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n%s\r\n--%s--\r\n' % (
            mark,
            mark,
            body,
            mark,
        )
    return head + body


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (nested(20), "too_deep"),
        (nested(3000), "too_many_parts"),
        (b"From: a@example.com\r\n\r\n" + b"x" * MOST_BYTES, "too_large"),
    ],
)
def test_bombs_are_left_packed(raw: bytes, why: str) -> None:
    with pytest.raises(mails.Unreadable, match=why):
        mails.read(raw)


def test_a_bomb_in_the_mailbox_stops_no_other(hotline: Hotline, address: str) -> None:
    put(address, nested(20), written())
    assert mailbox.fetch(address, hotline.now) == {"taken": 1, "refused": 1, "known": 0}


@pytest.mark.parametrize(("charset", "said"), [("gb2312", "榕华"), ("utf-8", "榕华"), ("x-unknown", "")])
def test_old_charsets_are_read(charset: str, said: str) -> None:
    body = "榕华大道".encode("gb2312" if charset == "gb2312" else "utf-8")
    raw = b"From: a@example.com\r\nContent-Type: text/plain; charset=%s\r\n\r\n%s" % (charset.encode(), body)
    assert said in mails.read(raw).text


def test_a_page_alone_is_read_as_text() -> None:
    raw = b"From: a@example.com\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>One</p><script>x()</script><p>Two"
    assert mails.read(raw).text.split() == ["One", "Two"]
