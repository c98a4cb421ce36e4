"""A bomb is refused, or read without being unpacked, by a process that has 256 MB of room."""

import json
import os
import subprocess
import sys
from email import message_from_bytes, policy

import pytest

from yunshu.config import env
from yunshu.lib import mails
from yunshu.lib.mails.reading import field_of, identity, raw_head

MOST_S = 20


@pytest.mark.slow
def test_no_bomb_takes_the_memory_or_the_time_of_a_process() -> None:
    environment = os.environ | {"YUNSHU_DATA": "/nonexistent", "PYTHONPATH": str(env.ROOT)}
    command = [sys.executable, "-W", "ignore", "-m", "tests.doors.bombs"]
    ran = subprocess.run(
        command, cwd=env.ROOT, env=environment, capture_output=True, text=True, timeout=250, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    said = json.loads(ran.stdout.splitlines()[-1])
    assert len(said) == 20
    assert {name: one for name, one in said.items() if one["said"].startswith("FAULT") or one["s"] > MOST_S} == {}


@pytest.mark.parametrize("field", ["Message-ID: <1@", "Subject: =?utf-8?B?////?=", "Reply-To: =?"])
def test_a_field_of_a_letter_that_cannot_be_taken_apart_stops_nothing(field: str) -> None:
    raw = f"From: a@b.cn\r\n{field}\r\n\r\n路灯".encode()
    head = message_from_bytes(raw, policy=policy.default)
    name, _, value = field.partition(": ")
    assert value[:4] in field_of(head, name) or name == "Subject"
    assert (mails.refusal(head, len(raw), []), len(identity(head, raw))) == ("", 64)
    assert value.encode() in raw_head(head)
