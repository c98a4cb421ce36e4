"""Dates and names follow each reader's language, whoever came before."""

from datetime import datetime

import pytest
from django.utils import translation

from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.ui.reference import lists
from yunshu.lib.ui.templatetags.ui import instant

AT = datetime(2026, 3, 2, 15, 4, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(("language", "long"), [("zh-hans", "2026年3月2日 15:04"), ("en", "2 March 2026 15:04")])
def test_dates_follow_the_house_not_the_locale(language: str, long: str) -> None:
    with translation.override(language):
        assert instant(AT, "short") == "2026-03-02 15:04"
        assert instant(AT) == long


def test_a_list_of_reference_data_is_named_in_each_readers_language() -> None:
    listing = next(each.listing for each in lists() if each.slug == "retention")
    with translation.override("zh-hans"):
        assert str(listing.title) == "保存期限规则"
    with translation.override("en"):
        assert str(listing.title) == "Retention rules"
