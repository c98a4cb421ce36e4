import gzip
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType, is_warc_11
from multidict import CIMultiDict

from yunshu.lib.crawl import Fetched, evidence

AT = datetime(2026, 8, 1, 8, 30, 15, 123456, tzinfo=UTC)
HEADERS = CIMultiDict(
    [("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Encoding", "gzip")]
)
PAGE = Fetched("http://x.gov.cn/", "http://x.gov.cn/", 200, HEADERS, "政务公开".encode() * 300)


def written(folder: Path) -> list[evidence.Reference]:
    with evidence.Archive(folder) as archive:
        return [archive.add(replace(PAGE, url=f"{PAGE.url}{n}", body=PAGE.body + b"%d" % n), AT) for n in range(20)]


def test_one_page_is_read_back_by_its_reference(tmp_path: Path) -> None:
    captured = evidence.read(tmp_path, written(tmp_path)[7])
    assert (captured.url, captured.at, captured.status) == ("http://x.gov.cn/7", AT, 200)
    assert captured.body == PAGE.body + b"7"
    assert [value for name, value in captured.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert not [name for name, _ in captured.headers if name == "Content-Encoding"]


def test_another_reader_finds_the_same_and_its_digests_right(tmp_path: Path) -> None:
    references = written(tmp_path)
    kinds = WarcRecordType.response
    with (tmp_path / references[0].file).open("rb") as file:
        found = ArchiveIterator(file, parse_http=False, record_types=kinds, func_filter=is_warc_11)
        records = [
            (record.record_id, record.headers["WARC-Payload-Digest"], record.verify_block_digest()) for record in found
        ]
    assert [digest for _, digest, _ in records] == [f"sha256:{reference.sha256}" for reference in references]
    assert all(right for _, _, right in records)
    assert len({name for name, _, _ in records}) == 20


def test_damage_is_seen(tmp_path: Path) -> None:
    reference = written(tmp_path)[3]
    path = tmp_path / reference.file
    whole = bytearray(path.read_bytes())
    whole[reference.offset + 200] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(evidence.EvidenceDamaged):
        evidence.read(tmp_path, reference)


@pytest.mark.parametrize(
    "change", [{"offset": 1}, {"offset": 10**9}, {"sha256": "0" * 64}, {"file": "none"}, {"file": "../x"}]
)
def test_a_reference_to_something_else_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(evidence.EvidenceDamaged):
        evidence.read(tmp_path, replace(written(tmp_path)[3], **change))


@pytest.mark.parametrize("words", [b"WARC-Date", b"HTTP/1.1 200"])
def test_a_record_without_its_moment_or_status_is_damaged(tmp_path: Path, words: bytes) -> None:
    reference = written(tmp_path)[3]
    whole = (tmp_path / reference.file).read_bytes()[reference.offset :]
    record = zlib.decompressobj(31).decompress(whole)
    assert record.count(words) == 1
    (tmp_path / "spoiled").write_bytes(gzip.compress(record.replace(words, b" " * len(words))))
    with pytest.raises(evidence.EvidenceDamaged):
        evidence.stored(tmp_path, "spoiled", 0)


def test_a_torn_end_spoils_neither_what_is_before_nor_what_comes_after(tmp_path: Path) -> None:
    first = written(tmp_path)
    path = tmp_path / first[0].file
    path.write_bytes(path.read_bytes()[:-40])
    second = written(tmp_path)
    assert evidence.read(tmp_path, first[18]).body.endswith(b"18")
    assert evidence.read(tmp_path, second[0]).body.endswith(b"0")
    with pytest.raises(evidence.EvidenceDamaged):
        evidence.read(tmp_path, first[19])
