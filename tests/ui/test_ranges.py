"""Parts of a sound that a player asks for."""

import pytest
from django.test import RequestFactory

from yunshu.lib.ui.ranges import ranged

DATA = bytes(range(100))


@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ("", 200, DATA, None),
        ("bytes=0-", 206, DATA, "bytes 0-99/100"),
        ("bytes=10-19", 206, DATA[10:20], "bytes 10-19/100"),
        ("bytes=90-500", 206, DATA[90:], "bytes 90-99/100"),
        ("bytes=-5", 206, DATA[95:], "bytes 95-99/100"),
        ("bytes=100-", 416, b"", "bytes */100"),
        ("bytes=-0", 416, b"", "bytes */100"),
        ("bytes=1-2,5-6", 200, DATA, None),
        ("lines=1-2", 200, DATA, None),
    ],
)
def test_a_part_or_the_whole(asked: str, status: int, body: bytes, said: str | None) -> None:
    headers = {"Range": asked} if asked else {}
    answer = ranged(RequestFactory(headers=headers).get("/"), DATA, "audio/wav")
    assert (answer.status_code, answer.content, answer.headers.get("Content-Range")) == (status, body, said)
    assert answer["Cache-Control"] == "no-store"
