"""One kind of record, at one organisation."""

import pytest
from tests.factories.directory import OrgFactory
from tests.files.records import owner_at

from yunshu.domains.directory.models import Org
from yunshu.domains.files import registry


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Org:
    """The organisation of the records; no other kind of record is registered."""
    org = OrgFactory()
    monkeypatch.setattr(registry, "_OWNERS", {"test": owner_at(org.path)})
    return org
