"""The interface alone: its own addresses, and a viewer named in a header."""

import pytest
from django.test import Client


@pytest.fixture
def ui(settings) -> Client:
    """Return a client of pages whose viewer is named by the header ``X-Viewer``."""
    own = "tests.ui.urls.viewer_from_header"
    settings.ROOT_URLCONF = "tests.ui.urls"
    settings.FORM_RENDERER = "yunshu.lib.ui.forms.Renderer"
    settings.MIDDLEWARE = [
        own if m.startswith("yunshu.domains.directory.middleware.viewer") else m for m in settings.MIDDLEWARE
    ]
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if not m.startswith(("yunshu.domains.", "whitenoise."))]
    return Client(headers={"Accept-Language": "zh-CN"})
