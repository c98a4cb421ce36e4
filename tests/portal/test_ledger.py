"""The public pages of the ledger where no member runs: they say so, and refuse what cannot be given."""

import pytest
from django.db import transaction
from django.test import Client
from tests.factories.directory import OrgFactory, staff

from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def number() -> str:
    with transaction.atomic():
        return ledger.record(
            kind="test.done", subject="S-1", payload={"secret": "甲"}, by=staff(org=OrgFactory()), now=clock.now()
        )


def test_without_members_the_page_says_so_and_still_finds_records(number: str) -> None:
    page = Client().get("/ledger/", {"number": number.lower()}).content.decode()
    assert "本站没有配置账本" in page
    assert "已记录" in page


def test_what_a_record_says_and_of_what_is_not_public(number: str) -> None:
    page = Client().get("/ledger/", {"number": number}).content.decode()
    assert number in page
    assert not any(word in page for word in ("甲", "S-1", "test.done"))


def test_a_receipt_that_does_not_exist_yet_is_refused_with_a_sentence(number: str) -> None:
    answer = Client().get(f"/ledger/receipts/{number}.tlog-proof")
    assert answer.status_code == 422
    assert "还没有最终确认" in answer.content.decode()


@pytest.mark.parametrize("address", ["policies/sha256.txt", "policies/md5.txt", "receipts/none.tlog-proof"])
def test_what_nobody_can_give_is_not_found(address: str) -> None:
    assert Client().get(f"/ledger/{address}").status_code == 404


def test_the_verifier_is_the_file_of_the_repository() -> None:
    answer = Client().get("/ledger/verify/ledger_verify.py")
    assert answer.content.startswith(b"#!/usr/bin/env python3")


def test_the_page_that_verifies_names_its_script_and_its_words() -> None:
    page = Client().get("/ledger/verify/").content.decode()
    assert 'id="ledger-words"' in page
    assert "vendor/ledger.js" in page
