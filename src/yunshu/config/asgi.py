"""What granian serves."""

import os

from django.core.asgi import get_asgi_application

from yunshu.config import env
from yunshu.config.body_limit import FORM_BYTES, limited
from yunshu.config.proxies import behind

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunshu.config.settings")
application = behind(
    limited(get_asgi_application(), env.number("YUNSHU_UPLOAD_MAX") + FORM_BYTES), env.text("YUNSHU_TRUSTED_PROXIES")
)
