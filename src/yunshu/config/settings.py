"""Django's settings: one file, no pyramid. Every value from outside comes through ``env``.

Reading this file never starts a server and never needs one.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pghistory
from csp.constants import NONCE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from yunshu.config import env, limits

DEBUG = env.yes("YUNSHU_DEBUG")
SECRET_KEY = env.text("YUNSHU_SECRET_KEY") or "not-running-no-secret-needed"
PUBLIC_URL = env.text("YUNSHU_PUBLIC_URL")
_host = urlsplit(PUBLIC_URL).hostname
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver", *([_host] if _host else [])]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

INSTALLED_APPS = [
    "yunshu.config.city",
    "yunshu.config.world",
    "yunshu.config.taking",
    "yunshu.domains.evaluation",
    "yunshu.domains.operations",
    "yunshu.domains.hotline",
    "yunshu.domains.projects",
    "yunshu.domains.inspection",
    "yunshu.domains.exchange",
    "yunshu.domains.notify",
    "yunshu.domains.workflow",
    "yunshu.domains.files",
    "yunshu.domains.ledger",
    "yunshu.domains.directory",
    "yunshu.channels.console",
    "yunshu.channels.portal",
    "yunshu.lib.ui",
    "yunshu.lib.outbox",
    "yunshu.lib.observe",
    "yunshu.lib.jobs",
    "yunshu.lib.taking",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "django_linear_migrations",
    "pghistory",
    "pgtrigger",
    "procrastinate.contrib.django",
    "template_partials.apps.SimpleAppConfig",
]

MIDDLEWARE = [
    "yunshu.lib.observe.middleware.numbered",
    "yunshu.lib.ui.middleware.headers",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "yunshu.lib.ui.middleware.addresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "yunshu.domains.directory.middleware.viewer",
    "yunshu.lib.ui.middleware.refusals",
]

ROOT_URLCONF = "yunshu.config.urls"
ASGI_APPLICATION = "yunshu.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            # cotton and template-partials both rewrite the loaders at start and one would win
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "yunshu.lib.ui.templatetags.ui",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "yunshu.lib.ui.context.page",
            ],
        },
    }
]


PARTED = {"target_session_attrs": "read-write", "connect_timeout": "5"}


def database(url: str) -> dict[str, Any]:
    """Return Django's description of the PostgreSQL database at ``url``; an empty one names nothing that answers.

    With several hosts (``db1:5432,db2:5432``) whoever may be written to is the database: a failover needs no new setting.
    """
    parts = conninfo_to_dict(url)
    named = {"host": "127.0.0.1", "port": 5432, "dbname": "yunshu", "user": "yunshu_app", "password": ""}
    known = {name: parts.pop(name, None) or usual for name, usual in named.items()}
    parted = PARTED if "," in str(known["host"]) else {}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": known["host"],
        "PORT": known["port"],
        "NAME": known["dbname"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "CONN_HEALTH_CHECKS": True,  # a restarted database must not fail the next requests
        "OPTIONS": {"pool": {"min_size": 0, "max_size": 16, "timeout": 10}} | parted | parts,
    }


def own_parts() -> dict[str, str]:
    """Return where this instance's own parts answer, by the code of the target that watches each."""
    host = env.text("YUNSHU_HOST")
    reach = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    web = f"http://{reach}:{env.text('YUNSHU_PORT')}"
    urls = {"nats": env.text("NATS_URL").partition(",")[0], "hub": env.text("YUNSHU_HUB_URL").partition(",")[0]}
    found = {name: urlsplit(url) for name, url in urls.items() if url}
    named = {f"yunshu-{n}": f"{u.hostname}:{u.port or 4222}" for n, u in found.items() if u.hostname}
    if given := env.text("DATABASE_URL"):
        known = database(given)
        first = [str(known[name]).partition(",")[0] for name in ("HOST", "PORT")]
        named = {"yunshu-postgres": ":".join(first)} | named
    return {"yunshu-web": web} | named


DATABASES = {"default": database(env.text("DATABASE_URL"))}
FORM_RENDERER = "yunshu.lib.ui.forms.Renderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "yunshu_cache"}}
PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
NATS_URL = env.text("NATS_URL")
NATS_REPLICAS = env.number("YUNSHU_NATS_REPLICAS")
LEDGER_SUBMITTER = env.text("YUNSHU_LEDGER_SUBMITTER")
_PEERS = (each.partition("=") for each in env.text("YUNSHU_LEDGER_PEERS").split(","))
HUB_URL = env.text("YUNSHU_HUB_URL")
HUB_FOLDER = env.text("YUNSHU_HUB_FOLDER")
HUB_PASSPHRASE = env.text("YUNSHU_HUB_PASSPHRASE")
CASCADE_URL = env.text("YUNSHU_CASCADE_URL")
CASCADE_FOLDER = env.text("YUNSHU_CASCADE_FOLDER")
CASCADE_PASSPHRASE = env.text("YUNSHU_CASCADE_PASSPHRASE")
HOTLINE_IMAP_URL = env.text("YUNSHU_HOTLINE_IMAP_URL")
HOTLINE_WECHAT_TOKEN = env.text("YUNSHU_HOTLINE_WECHAT_TOKEN")
HOTLINE_WECHAT_KEY = env.text("YUNSHU_HOTLINE_WECHAT_KEY")
HOTLINE_WECHAT_APP = env.text("YUNSHU_HOTLINE_WECHAT_APP")
HOTLINE_MOOD_WORDS = env.text("YUNSHU_HOTLINE_MOOD_WORDS")
HOTLINE_GATEWAY_URL = env.text("YUNSHU_HOTLINE_GATEWAY_URL")
HOTLINE_GATEWAY_APP = env.text("YUNSHU_HOTLINE_GATEWAY_APP")
HOTLINE_GATEWAY_SECRET = env.text("YUNSHU_HOTLINE_GATEWAY_SECRET")
HOTLINE_GATEWAY_MAP = env.text("YUNSHU_HOTLINE_GATEWAY_MAP")
_SMTP = urlsplit(env.text("YUNSHU_SMTP_URL"))
EMAIL_HOST, EMAIL_PORT = _SMTP.hostname or "", _SMTP.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_SMTP.username or ""), unquote(_SMTP.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS, EMAIL_TIMEOUT = _SMTP.scheme == "smtps", _SMTP.scheme == "smtp+tls", 20
DEFAULT_FROM_EMAIL = env.text("YUNSHU_MAIL_FROM")
HOTLINE_PROVINCE_URL = env.text("YUNSHU_HOTLINE_PROVINCE_URL")
HOTLINE_PROVINCE_FOLDER = env.text("YUNSHU_HOTLINE_PROVINCE_FOLDER")
HOTLINE_PROVINCE_PASSPHRASE = env.text("YUNSHU_HOTLINE_PROVINCE_PASSPHRASE")
SAMPLES_FOLDER = Path(env.text("YUNSHU_WATCH_FOLDER") or env.path("YUNSHU_DATA") / "samples")
BACKUP_FOLDER = env.text("YUNSHU_BACKUP_FOLDER")
BACKUP_STATUS = env.path("YUNSHU_DATA") / "backup.json"
WATCHED_FOLDERS = {"data": env.path("YUNSHU_DATA")} | ({"backup": Path(BACKUP_FOLDER)} if BACKUP_FOLDER else {})
BACKUP_SECONDS = env.number("YUNSHU_BACKUP_SECONDS")
HOTLINE_KB = env.path("YUNSHU_DATA") / "hotline-kb"
HOTLINE_MODELS = Path(env.text("YUNSHU_HOTLINE_MODELS") or env.path("YUNSHU_DATA") / "hotline-models")
HOTLINE_VAULT = Path(env.text("YUNSHU_HOTLINE_VAULT") or env.path("YUNSHU_DATA") / "hotline-vault")
PHONE_WORDS = ("address", "peers", "rtp", "trunk", "user", "password", "prompts", "announcement", "record", "wrap_up")
PHONE = {name: env.text(f"YUNSHU_PHONE_{name.upper()}") for name in PHONE_WORDS} | {
    "provider": env.text("YUNSHU_PHONE")
}
RECORDINGS_FOLDER = env.path("YUNSHU_DATA") / "recordings"
PHONE_SPOOL = Path(env.text("YUNSHU_PHONE_SPOOL") or env.path("YUNSHU_DATA") / ".recordings")
RECORDING_DAYS = env.number("YUNSHU_PHONE_RECORDING_DAYS")
EVIDENCE_FOLDER = env.path("YUNSHU_DATA") / "evidence"
CHROMIUM = env.text("YUNSHU_CHROMIUM")
RENDER_HOMES = env.yes("YUNSHU_RENDER_HOMES")
VANTAGE = env.text("YUNSHU_VANTAGE")
WATCH_REFERENCES = env.text("YUNSHU_WATCH_REFERENCES")
RAW_SAMPLE_DAYS = env.number("YUNSHU_RAW_DAYS")
LOGS_FOLDER = env.path("YUNSHU_DATA") / "logs"
METRICS_FROM = [part.strip() for part in env.text("YUNSHU_METRICS_FROM").split(",") if part.strip()]
METRICS_TOKEN = env.text("YUNSHU_METRICS_TOKEN")
OWN_PARTS = own_parts()
LEDGER_VERIFIER = env.ROOT / "tools/ledger_verify.py"
LEDGER_PEERS = [(name, url) for name, _equals, url in _PEERS if url]

LIMITS, LIMITS_DECLARED = limits.read(), limits.LIMITS
SECOND_FACTOR = env.choice("YUNSHU_SECOND_FACTOR", ("none", "administrators", "staff"))

# accounts: sign-in by name; staff accounts are made by an administrator, never by registration
AUTH_USER_MODEL = "directory.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": LIMITS["password_length"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "yunshu.domains.directory.passwords.ThreeKindsValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_ADAPTER = "yunshu.domains.directory.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "yunshu.domains.directory.adapter.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": f"20/5m/ip,{LIMITS['failures']}/{LIMITS['lock_minutes']}m/key",
    "page_report": "10/h/ip",
    "ticket_file": "20/h/ip",
    "ticket_look": "20/h/ip",
    "kb_say": "30/h/ip",
}
API_PER_MINUTE = env.number("YUNSHU_API_PER_MINUTE")
EXPORTS_PER_MINUTE = env.number("YUNSHU_EXPORTS_PER_MINUTE")
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "yunshu.domains.directory.second_factor.SealingAdapter"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "云数"
USERSESSIONS_TRACK_ACTIVITY = True
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "unified",
                "name": env.text("YUNSHU_OIDC_NAME"),
                "client_id": env.text("YUNSHU_OIDC_CLIENT_ID"),
                "secret": env.text("YUNSHU_OIDC_SECRET"),
                "settings": {"server_url": env.text("YUNSHU_OIDC_ISSUER"), "oauth_pkce_enabled": True},
            }
        ]
        if env.text("YUNSHU_OIDC_ISSUER")
        else []
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [env.ROOT / "src/yunshu/locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = ["yunshu.config.formats"]

STATIC_URL = "static/"
STATIC_ROOT = env.path("YUNSHU_DATA") / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.path("YUNSHU_DATA") / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
UPLOAD_MAX_BYTES = env.number("YUNSHU_UPLOAD_MAX")
CLAMD = env.text("YUNSHU_CLAMD")
NOTICE_KEEP_DAYS = env.number("YUNSHU_NOTICE_DAYS")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
    }
}
CSRF_FAILURE_VIEW = "yunshu.channels.portal.hotline.stale"
SESSION_COOKIE_AGE = LIMITS["session_hours"] * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
if env.yes("YUNSHU_HTTPS"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_SSL_REDIRECT = True
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["upgrade-insecure-requests"] = True
else:
    os.environ.setdefault(
        "AUTHLIB_INSECURE_TRANSPORT", "1"
    )  # authlib would give no token on a machine that is tried out
LOGGING_CONFIG = None
