"""The portal: open to everybody, honest about what is missing."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/", "/help/", "/accessibility/", "/status/"])
def test_a_public_page_opens_with_one_heading_a_language_and_a_description(address):
    page = Client().get(address).content.decode()

    assert page.count("<h1") == 1
    assert 'name="description"' in page
    assert '<html lang="zh' in page


def test_contact_data_that_nobody_has_given_is_named_as_missing():
    assert "待补" in Client().get("/").content.decode()
