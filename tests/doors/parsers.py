"""Every parser that meets bytes from outside, with valid samples and the refusals that it promises; anything else it raises is a fault."""

import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import docx
import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import RequestFactory
from multidict import CIMultiDict
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from tests.consortium import world as consortium
from tests.nodes.running import ALICE, BOB
from tests.nodes.test_receipts import GOOD, signed

from yunshu.channels.portal import wechat
from yunshu.config import env
from yunshu.config.api import Sane
from yunshu.domains.evaluation.sheets import reading as tables
from yunshu.domains.exchange.cascading import SHIPPED
from yunshu.domains.exchange.contracts import Cycle, DataType, EntryForm, Format, ItemForm, SharingType, Way
from yunshu.domains.exchange.sheets import guide
from yunshu.domains.inspection.services import post_sheets
from yunshu.lib import feeds, mails, papers
from yunshu.lib.cascade import contract, message
from yunshu.lib.consortium import batches, leaves
from yunshu.lib.crawl import Fetched, evidence
from yunshu.lib.crawl import text as html
from yunshu.lib.georeport import Faults
from yunshu.lib.georeport import reading as georeport
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.nesting import TooDeep
from yunshu.lib.nodes import envelope, letters, orders, receipts
from yunshu.lib.probe import batches as samples
from yunshu.lib.tables import errors as table_errors
from yunshu.lib.tables import files as table_files
from yunshu.lib.tlog import note, policy, proof_file, tiles
from yunshu.lib.tlog.checkpoint import parse_signed_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.verifier_key import parse_verifier_key
from yunshu.lib.ui.reference import transfer
from yunshu.lib.wechat import EnvelopeError, opened, sealed

NOW = datetime(2026, 11, 28, tzinfo=UTC)
VECTORS = env.ROOT / "tests/vectors/notes"


@dataclass(frozen=True)
class Parser:
    """``read`` returns a value or raises one of ``refuses`` for whatever bytes; ``valid`` are samples that it reads."""

    read: Callable[[bytes], Any]
    refuses: tuple[type[Exception], ...]
    valid: Callable[[], Sequence[bytes]]


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


@cache
def book() -> bytes:
    """Return a small workbook."""
    made = openpyxl.Workbook()
    made.active.append(["编号", "名称", "日期"])
    made.active.append(["A1", "路灯", NOW.replace(tzinfo=None)])
    made.active.append([1.5, True, "=1+1"])
    made.active.merge_cells("A4:C4")
    return _saved(made.save)


@cache
def word() -> bytes:
    """Return a small document with a table and a picture."""
    made = docx.Document()
    made.add_paragraph("附件 绩效目标表")
    table = made.add_table(2, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "姓名", "电话"
    made.add_picture(io.BytesIO(picture()))
    return _saved(made.save)


@cache
def picture() -> bytes:
    """Return a small picture."""
    return _saved(lambda out: Image.new("RGB", (40, 30), "white").save(out, "PNG"))


@cache
def pdf() -> bytes:
    """Return a small PDF."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(80, 700, "page one")
    canvas.showPage()
    canvas.save()
    return out.getvalue()


@cache
def catalogue() -> bytes:
    """Return a catalogue workbook of one made-up entry."""
    item = ItemForm(ordinal=1, name="gh", title="工号", data_type=next(iter(DataType)))
    entry = EntryForm(
        name="路灯台账",
        org="城管局",
        category="",
        summary="路灯的编号和位置",
        format=next(iter(Format)),
        format_detail="",
        sharing_type=next(iter(SharingType)),
        sharing_condition="",
        sharing_scope="",
        legal_basis="",
        way=next(iter(Way)),
        is_open=False,
        open_condition="",
        cycle=next(iter(Cycle)),
        related=(),
        items=(item,),
    )
    return guide.write([entry], guide.Names(categories={}, orgs={}, published={}))


TABLE = "项目名称\t智慧城市\n一级指标\t二级指标\t三级指标\t指标值\n产出指标\t数量指标\t建设数量\t≥3套\n效益指标\t社会效益\t满意度\t90%\n".encode()
LETTER = (
    b"From: =?utf-8?B?5byg5LiJ?= <a@b.cn>\r\nTo: 12345@x.cn\r\nSubject: =?gb2312?B?wre1xg==?=\r\nMessage-ID: <1@b.cn>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nContent-Type: text/html; charset=gb2312\r\n\r\n"
    b"<p>\xc2\xb7\xb5\xc6</p>\r\n--q\r\nContent-Type: image/png; name=a.png\r\nContent-Disposition: attachment; filename*=utf-8''a.png\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--q--\r\n"
)
WECHAT = b"<xml><ToUserName><![CDATA[a]]></ToUserName><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId></xml>"
RSS = (
    b"<?xml version='1.0'?><rss version='2.0'><channel><item><title>a</title><link>http://x.cn/1</link>"
    b"<pubDate>Sat, 28 Nov 2026 08:00:00 +0800</pubDate><description>&lt;p&gt;b&lt;/p&gt;</description></item></channel></rss>"
)
ATOM = (
    b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title type='html'>a</title><updated>2026-11-28T08:00:00Z</updated>"
    b"<link href='http://x.cn'/><content type='html'>b</content></entry></feed>"
)
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "date_published": "2026-11-28T08:00:00Z", "content_html": "<p>a"}],
    }
).encode()
PAGE = (
    "<!doctype html><html><head><meta charset=gb2312><title>政务</title><style>.h{display:none}</style></head><body>"
    "<div class=h><a href='//x.cn/a?b=1#c'>隐藏</a></div><p>正文<img src=a.png><table><tr><td>一</table></body></html>"
).encode("gb18030")
FORM = (
    "service_code=0301&lat=23.5&long=116.3&description=路灯&attribute[danger]=是&media_url=http://x.cn/a.png".encode()
)
ASKED = b"service_request_id=a,b&start_date=2026-11-01T00:00:00Z&status=open,closed&page=2&page_size=50"


def _georeport(data: bytes) -> object:
    form = QueryDict(data.decode("utf-8", "replace"))
    try:
        georeport.query(form, NOW)
    finally:
        georeport.submission(form, ())
    return form


def _body(data: bytes) -> object:
    return Sane().parse_body(RequestFactory().post("/", data, content_type="application/json"))


def _listed(name: str) -> Callable[[bytes], object]:
    return lambda data: list(transfer.table_of(SimpleUploadedFile(name, data)))


def _node_table(suffix: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"a{suffix}"
            path.write_bytes(data)
            return [batch.num_rows for batch in table_files.batches(path)]

    return read


@cache
def _warc() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        fetched = Fetched("http://x.cn/", "http://x.cn/", 200, CIMultiDict({"Content-Type": "text/html"}), PAGE)
        with evidence.Archive(Path(name)) as archive:
            reference = archive.add(fetched, NOW)
        return (Path(name) / reference.file).read_bytes()[reference.offset :]


def _stored(data: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.warc.gz").write_bytes(data)
        return evidence.stored(Path(folder), "a.warc.gz", 0)


_MESSAGE = message.Message(
    id="m1",
    sender="city",
    receiver="province",
    number=1,
    kind="entry.report",
    made_at=NOW.isoformat(),
    body={"name": "路灯"},
)
_ORDER = orders.Order(
    id="0" * 32,
    org=BOB.card.org,
    node=BOB.card.node,
    verb="send",
    transfer="t1",
    agreement="JX-1",
    issued_at="2026-11-28T00:00:00+00:00",
    expires_at="2026-11-28T01:00:00+00:00",
    spec={"a": [1]},
)
_REPORT = orders.Report(
    id="1" * 32,
    org=ALICE.card.org,
    node=ALICE.card.node,
    news="alive",
    order="",
    transfer="",
    said_at="2026-11-28T00:00:00+00:00",
    details={"a": 1},
)
_HEADER = envelope.Header(
    transfer="t1", agreement="JX-1", sender=str(ALICE.card), receiver=str(BOB.card), session=1, first_chunk=0
)


@cache
def _letters() -> tuple[bytes, ...]:
    opening, _session = envelope.open_to(BOB.card, _HEADER, ALICE.signers)
    closing = envelope.close(_HEADER, envelope.Closing(3, 300, "00", {"rows": 3}), ALICE.signers)
    said = (message.write(_MESSAGE, ALICE.signers), orders.write_order(_ORDER, ALICE.signers))
    return (signed(GOOD).format(), opening, closing, orders.write_report(_REPORT, ALICE.signers), *said)


def _any_letter(data: bytes) -> object:
    """Read a letter as each kind, as it came and signed anew, so that what stands behind the signature is reached too."""
    return [_refused_or_read(read, text) for kind, read in _READERS for text in (data, _signed_anew(kind, data))]


def _signed_anew(kind: str, data: bytes) -> bytes:
    try:
        words, _signatures = letters.unread(kind, data)
        return letters.write(kind, words, ALICE.signers)
    except (Refused, ValueError):
        return data


def _refused_or_read(read: Callable[[bytes], object], data: bytes) -> object:
    try:
        return read(data)
    except Refused as refusal:
        return refusal.code


_KEYS = [signer.public for signer in ALICE.signers]
_READERS: tuple[tuple[str, Callable[[bytes], object]], ...] = (
    ("receipt", receipts.read),
    (orders.ORDER, lambda text: orders.read_order(text, _KEYS, BOB.card, NOW)),
    (orders.REPORT, lambda text: orders.read_report(text, ALICE.card)),
    (envelope.OPENING, lambda text: envelope.accept(text, ALICE.card, BOB.exchange)),
    (envelope.CLOSING, lambda text: envelope.read_closing(text, _HEADER, ALICE.card)),
    (envelope.CLOSING, envelope.known_closing),
    (message.MESSAGE, lambda text: message.read_message(text, _KEYS)),
    (message.ACK, lambda text: message.read_ack(text, _KEYS)),
)


def _tlog(data: bytes) -> object:
    found: list[object] = []
    text = data.decode("utf-8", "replace")
    for read in (
        lambda: proof_file.parse_proof_file(data),
        lambda: parse_signed_checkpoint(data),
        lambda: note.parse_note(data),
        lambda: policy.parse_policy(data),
        lambda: tiles.decode_bundle(data, 3),
        lambda: tiles.parse_tile_path(text),
        lambda: parse_verifier_key(text),
    ):
        try:
            found.append(read())
        except TlogError as refusal:
            found.append(refusal)
    return found


@cache
def _notes() -> tuple[bytes, ...]:
    signed_note = (VECTORS / "ml-dsa-44-log.txt").read_bytes()
    proof = b"c2sp.org/tlog-proof@v1\nextra aGk=\nindex 5\n" + b"A" * 43 + b"=\n\n" + signed_note
    key = (VECTORS / "ml-dsa-44-log.vkey").read_bytes()
    rules = b"log " + key.strip() + b"\nquorum none\n"
    return (
        signed_note,
        (VECTORS / "tessera-testdata-15.txt").read_bytes(),
        proof,
        key,
        rules,
        tiles.encode_bundle([b"a", b"b", b"c"]),
    )


def _batch() -> list[bytes]:
    return [consortium.batch(1, [b"a", b"b"]).message(), leaves.own("charter", {"a": 1})]


def _ledger(data: bytes) -> object:
    try:
        return batches.read(data)
    finally:
        leaves.read(data)


UNREADABLE = (papers.UnreadableError,)
PARSERS: dict[str, Parser] = {
    "performance table": Parser(lambda data: tables.read_any(data, "a"), (), lambda: [TABLE, book(), word()]),
    "catalogue workbook": Parser(guide.read, (), lambda: [catalogue(), book()]),
    "list workbook": Parser(_listed("a.xlsx"), (Refused,), lambda: [book(), catalogue()]),
    "list CSV": Parser(
        _listed("a.csv"), (Refused,), lambda: ['编号,名称\n1,"路\n灯"\n'.encode("gb18030"), b"a,b\r\n1,2"]
    ),
    "posts": Parser(
        post_sheets.from_json, (Refused,), lambda: [b'{"posts":[{"post_id":"1","at":"2026-11-28","links":["a"]}]}']
    ),
    "feeds": Parser(feeds.read, (feeds.BadFeed,), lambda: [RSS, ATOM, JSON_FEED]),
    "node letters": Parser(_any_letter, (), _letters),
    "cascade contract": Parser(
        lambda data: contract.read(data.decode("utf-8", "replace")), (Refused,), lambda: [SHIPPED.read_bytes()]
    ),
    "georeport": Parser(_georeport, (Faults,), lambda: [FORM, ASKED]),
    "e-mail": Parser(mails.read, (mails.Unreadable,), lambda: [LETTER]),
    "wechat": Parser(wechat._message, (Refused,), lambda: [WECHAT]),
    "wechat envelope": Parser(
        lambda data: opened(data.decode("latin-1"), [bytes(32)], "wx"),
        (EnvelopeError,),
        lambda: [sealed(WECHAT, bytes(32), "wx").encode()],
    ),
    "ledger notes": Parser(_tlog, (), _notes),
    "ledger batches": Parser(_ledger, (leaves.Malformed,), _batch),
    "papers": Parser(papers.read, (), lambda: [book(), word(), pdf(), picture(), PAGE, TABLE]),
    "web page": Parser(lambda data: html.parse(data, "text/html", "http://x.cn/"), (TooDeep,), lambda: [PAGE]),
    "evidence": Parser(_stored, (evidence.EvidenceDamaged,), lambda: [_warc()]),
    "samples": Parser(lambda data: samples.unpack(data, "v"), (samples.BadBatch,), lambda: [samples.pack([])]),
    "JSON body": Parser(_body, (ValueError,), lambda: [b'{"a":[1,2.5,null,{"b":"c\\u0000"}]}', JSON_FEED]),
    "node table CSV": Parser(_node_table(".csv"), (table_errors.Unreadable,), lambda: [b"a,b\n1,2\n3,4\n"]),
    "node table XLSX": Parser(_node_table(".xlsx"), (table_errors.Unreadable,), lambda: [book()]),
    "node table JSON lines": Parser(
        _node_table(".jsonl"), (table_errors.Unreadable,), lambda: [b'{"a":1}\n{"a":2,"b":"c"}\n']
    ),
}
