"""Tables show ISO dates in both languages; sentences show a day as the language writes it."""

from datetime import datetime

import pytest
from django.utils import translation

from yunshu.lib.kernel.clock import CITY_ZONE
from yunshu.lib.ui.templatetags.ui import instant

AT = datetime(2026, 3, 2, 15, 4, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(("language", "long"), [("zh-hans", "2026年3月2日 15:04"), ("en", "2 March 2026 15:04")])
def test_dates_follow_the_house_not_the_locale(language: str, long: str) -> None:
    with translation.override(language):
        assert instant(AT, "short") == "2026-03-02 15:04"
        assert instant(AT) == long
