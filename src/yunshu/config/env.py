"""Every variable of the environment that Yunshu reads, declared once.

``docs/reference/settings.md`` is generated from ``VARIABLES`` (``yunshu docs``), and a test keeps it so.
Reading never starts a server: a missing address is filled in by the supervisor (``yunshu up``) from the
state file of the data folder.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from yunshu.lib.kernel.errors import Refused

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One variable: its name, default, unit and what it is for. ``secret`` values are never printed."""

    name: str
    help: str
    default: str = ""
    unit: str = ""
    secret: bool = False
    kind: str = "text"


VARIABLES = (
    Variable(
        name="YUNSHU_DATA",
        default=".data",
        kind="path",
        help="Folder of all state: database, streams, files, secrets, logs.",
    ),
    Variable(
        name="YUNSHU_SHARED",
        default="../shared",
        kind="path",
        help="Folder with real input for development; tests that need it are marked `shared`.",
    ),
    Variable(name="YUNSHU_CITY", default="cities/jieyang", kind="path", help="The city pack that `yunshu up` loads."),
    Variable(
        name="YUNSHU_HOTLINE_VAULT",
        help="Folder of the keys that seal callers' identities (hotline); empty: `hotline-vault` in the data folder. Back it up apart from the database.",
    ),
    Variable(
        name="YUNSHU_PHONE",
        default="none",
        help="What carries the hotline's calls: `none` (no telephony, nothing starts), `demo` (no telephones: calls are made and answered on the page, to try the desk), `sip` (built in, extra `sip`), `ari` (Asterisk), `esl` (FreeSWITCH). See docs/operate/telephony.md.",
    ),
    Variable(
        name="YUNSHU_PHONE_ADDRESS",
        default="127.0.0.1:5060",
        help="Of the switch: the address and UDP port that the built-in one listens on (`sip`), `http://host:8088/ari` (`ari`), `host:8021` (`esl`).",
    ),
    Variable(
        name="YUNSHU_PHONE_PEERS",
        default="127.0.0.0/8",
        help="Networks (parted by commas) that may call the built-in switch: the trunk's and the telephones'.",
    ),
    Variable(
        name="YUNSHU_PHONE_RTP",
        default="30000-34000",
        help="UDP ports of the built-in switch for sound; each telephone in a call takes two.",
    ),
    Variable(
        name="YUNSHU_PHONE_TRUNK",
        help="How outside numbers are dialled: `host:port` (`sip`), `PJSIP/{number}@trunk` (`ari`), `sofia/gateway/trunk/{number}` (`esl`); empty: nobody outside can be dialled.",
    ),
    Variable(name="YUNSHU_PHONE_USER", help="User of the trunk (`sip`) or of the switch (`ari`)."),
    Variable(
        name="YUNSHU_PHONE_PASSWORD",
        secret=True,
        help="Password of the trunk (`sip`) or of the switch (`ari`, `esl`).",
    ),
    Variable(
        name="YUNSHU_PHONE_PROMPTS",
        help="Folder of the sounds that callers hear (`NAME.wav`: 8 kHz, 16 bit, mono; `sip`).",
    ),
    Variable(
        name="YUNSHU_PHONE_ANNOUNCEMENT",
        help="Name of the sound that waiting callers hear; empty: they hear ringing, and carriers end a call that rings for minutes.",
    ),
    Variable(
        name="YUNSHU_PHONE_RECORD",
        default="0",
        kind="yes/no",
        help="Whether calls are recorded; recordings are sealed under the hotline's vault.",
    ),
    Variable(
        name="YUNSHU_PHONE_SPOOL",
        help="Folder of running recordings, best in memory (`/dev/shm/yunshu`), readable by Yunshu only; empty: in the data folder.",
    ),
    Variable(
        name="YUNSHU_PHONE_RECORDING_DAYS",
        default="365",
        kind="number",
        unit="days",
        help="How long a recording is kept; afterwards it is erased, its row and digest stay. No rule known to us fixes it.",
    ),
    Variable(
        name="YUNSHU_PHONE_WRAP_UP",
        default="30",
        kind="number",
        unit="seconds",
        help="Time after a call before the next one may come.",
    ),
    Variable(
        name="YUNSHU_HOTLINE_MODELS",
        help="Folder of the hotline's trained models (`yunshu hotline train`); empty: `hotline-models` in the data folder. Several servers share it.",
    ),
    Variable(name="YUNSHU_HOST", default="127.0.0.1", help="Address the web server listens on."),
    Variable(
        name="YUNSHU_PORT",
        default="8000",
        kind="number",
        help="Preferred port of the web server; the next free one is taken if it is in use.",
    ),
    Variable(
        name="YUNSHU_PUBLIC_URL",
        help="Address people type, with scheme; empty means the address the server listens on. Names the allowed host and the origin trusted for forms.",
    ),
    Variable(name="YUNSHU_WORKERS", default="2", kind="number", unit="processes", help="Web server processes."),
    Variable(
        name="YUNSHU_SECRET_KEY",
        secret=True,
        help="Key for sessions and signatures; empty: made at the first start and kept in the data folder.",
    ),
    Variable(name="YUNSHU_DEBUG", default="0", kind="yes/no", help="Developer's error pages. Never in production."),
    Variable(
        name="YUNSHU_HTTPS",
        default="0",
        kind="yes/no",
        help="Set behind a TLS proxy: cookies become Secure, HSTS is sent, `X-Forwarded-Proto` is believed.",
    ),
    *(
        Variable(
            name=name,
            default=default,
            kind="number",
            unit=unit,
            help=f"{text} May only be stricter: see docs/operate/level-3.md.",
        )
        for name, default, unit, text in (
            ("YUNSHU_LOCK_FAILURES", "5", "failures", "After how many wrong passwords a name is locked."),
            ("YUNSHU_LOCK_MINUTES", "15", "minutes", "How long it stays locked."),
            ("YUNSHU_IDLE_MINUTES", "30", "minutes", "After how long without a request a session ends."),
            ("YUNSHU_SESSION_HOURS", "12", "hours", "After how long a session ends in any case."),
            ("YUNSHU_SESSIONS", "5", "sessions", "At how many places one account may be signed in; the oldest ends."),
            ("YUNSHU_PASSWORD_LENGTH", "10", "characters", "The shortest password."),
            ("YUNSHU_PASSWORD_DAYS", "90", "days", "After how long staff change their password."),
            ("YUNSHU_PASSWORD_HISTORY", "5", "passwords", "How many earlier passwords do not come back."),
            ("YUNSHU_LOG_DAYS", "190", "days", "How long the logs of the processes are kept."),
        )
    ),
    Variable(
        name="YUNSHU_SECOND_FACTOR",
        default="none",
        help="Who must set up a second factor (TOTP or a security key) at the next sign-in: `none` (to try it out), `administrators` (system, security and audit: level 3), `staff`.",
    ),
    Variable(
        name="YUNSHU_TRUSTED_PROXIES",
        help="Addresses and networks (parted by commas) of the proxies whose `X-Forwarded-For` is believed; empty: nobody's, and every caller behind a proxy has the proxy's address.",
    ),
    Variable(
        name="DATABASE_URL",
        secret=True,
        help="PostgreSQL of production, as the application's role `yunshu_app`; several hosts (`db1:5432,db2:5432`): whichever may be written to; empty: embedded.",
    ),
    Variable(
        name="DATABASE_OWNER_URL",
        secret=True,
        help="The same database as the owner's role `yunshu_owner`, for migrations only.",
    ),
    Variable(name="NATS_URL", help="NATS with JetStream, the servers of a cluster parted by commas; empty: embedded."),
    Variable(
        name="YUNSHU_CLAMD",
        help="Address of a ClamAV daemon (`host:port`) that scans uploads; empty: uploads are marked as not scanned.",
    ),
    Variable(name="YUNSHU_UPLOAD_MAX", default="52428800", kind="number", unit="bytes", help="Largest upload."),
    Variable(
        name="YUNSHU_API_PER_MINUTE",
        default="600",
        kind="number",
        unit="calls",
        help="How often one program or one signed-in person may call the JSON API in a minute; beyond it 429; 0: no limit.",
    ),
    Variable(
        name="YUNSHU_EXPORTS_PER_MINUTE",
        default="20",
        kind="number",
        unit="files",
        help="How many exports of lists (CSV, XLSX) one person may take in a minute; beyond it 429; 0: no limit.",
    ),
    Variable(
        name="YUNSHU_NOTICE_DAYS",
        default="180",
        kind="number",
        unit="days",
        help="How long a notice that has been read stays in the inbox; unread ones stay.",
    ),
    Variable(
        name="YUNSHU_LEDGER_SUBMITTER",
        help="The submitter's file of the ledger (TOML, made by `python -m yunshu.lib.consortium.setup`); empty: embedded.",
    ),
    Variable(
        name="YUNSHU_LEDGER_PEERS",
        help="Members of the ledger, own first: `name=http://host:port,…`; empty: the embedded members.",
    ),
    Variable(
        name="YUNSHU_SAMPLES",
        default="1",
        kind="yes/no",
        help="Whether `yunshu up` makes sample departments with databases, nodes and agreements beside the embedded database.",
    ),
    Variable(
        name="YUNSHU_HUB_URL",
        help="Address of the NATS server that nodes (前置节点) dial, as they write it; empty: embedded. Its configuration is written by `yunshu exchange hub` into `YUNSHU_HUB_FOLDER`.",
    ),
    Variable(
        name="YUNSHU_HUB_FOLDER",
        help="Folder of the hub's keys and of its NATS server's configuration; empty: in the data folder.",
    ),
    Variable(
        name="YUNSHU_HUB_PASSPHRASE",
        secret=True,
        help="Passphrase of the hub's keys; embedded: made at the first start.",
    ),
    Variable(
        name="YUNSHU_CASCADE_URL",
        help="Address of the level above's exchange platform; empty: the simulator of a province where samples are on, else no cascade.",
    ),
    Variable(
        name="YUNSHU_CASCADE_FOLDER",
        help="Folder of the cascade: this platform's keys, the upper platform's card, a corrected contract; empty: in the data folder.",
    ),
    Variable(
        name="YUNSHU_CASCADE_PASSPHRASE",
        secret=True,
        help="Passphrase of the cascade's keys; with the simulator: made at the first start.",
    ),
    Variable(
        name="YUNSHU_HOTLINE_IMAP_URL",
        secret=True,
        help="Mailbox of the hotline: `imaps://name:password@host:993/INBOX`; `imap://` only on this machine; empty: no e-mail.",
    ),
    Variable(
        name="YUNSHU_SMTP_URL",
        secret=True,
        help="Where mail is sent: `smtps://name:password@host:465`, `smtp+tls://…:587`, `smtp://127.0.0.1:25`; empty: none is sent.",
    ),
    Variable(name="YUNSHU_MAIL_FROM", default="12345@localhost", help="Sender of receipts and notices by e-mail."),
    Variable(
        name="YUNSHU_HOTLINE_WECHAT_TOKEN",
        secret=True,
        help="Token of the WeChat official account's message callback at /12345/wechat; empty: the callback is closed.",
    ),
    Variable(
        name="YUNSHU_HOTLINE_WECHAT_KEY",
        secret=True,
        help="EncodingAESKey of that account, the present one and after a comma the one before; set: only encrypted messages are taken; empty: plain ones.",
    ),
    Variable(name="YUNSHU_HOTLINE_WECHAT_APP", help="AppID of that account; needed with its key."),
    Variable(
        name="YUNSHU_HOTLINE_MOOD_WORDS",
        help="CSV file (word, kind, weight) by which the desk is hinted how a demand sounds; empty: the shipped one (lib/triage/data/mood.csv).",
    ),
    Variable(
        name="YUNSHU_HOTLINE_GATEWAY_URL",
        help="Unified identity gateway that exchanges one-time tickets of 粤省事 (fields unverified); empty: that entry is closed.",
    ),
    Variable(name="YUNSHU_HOTLINE_GATEWAY_APP", help="This application's name at the identity gateway."),
    Variable(
        name="YUNSHU_HOTLINE_GATEWAY_SECRET", secret=True, help="This application's secret at the identity gateway."
    ),
    Variable(
        name="YUNSHU_HOTLINE_GATEWAY_MAP",
        help="File with the gateway's own names of fields; empty: the shipped, unverified one.",
    ),
    Variable(
        name="YUNSHU_HOTLINE_PROVINCE_URL",
        help="Address of the province's hotline platform; `simulator`: one is started beside; empty: no link.",
    ),
    Variable(
        name="YUNSHU_HOTLINE_PROVINCE_FOLDER",
        help="Folder of the hotline's link to the province: this platform's keys, the province's card, a corrected contract; with the simulator: made in the data folder.",
    ),
    Variable(
        name="YUNSHU_HOTLINE_PROVINCE_PASSPHRASE",
        secret=True,
        help="Passphrase of that link's keys; with the simulator: made at the first start.",
    ),
    Variable(
        name="YUNSHU_WATCH_FOLDER",
        help="Folder of what the probers saw (samples, days sealed, spool); empty: `samples` in the data folder.",
    ),
    Variable(name="YUNSHU_VANTAGE", default="center", help="Name of the place that this machine's prober looks from."),
    Variable(
        name="YUNSHU_WATCH_REFERENCES",
        help="Addresses known to be well (`tcp://10.0.0.1:443 icmp://10.0.0.254`) by which the prober checks itself: while none of them answers, its failures are not trusted; empty: it checks only that it runs on time.",
    ),
    Variable(
        name="YUNSHU_VANTAGE_SECRET",
        secret=True,
        help="Secret of a vantage elsewhere (`yunshu vantage`), made on its page in Yunshu; read on that machine only.",
    ),
    Variable(
        name="YUNSHU_RAW_DAYS",
        default="90",
        kind="number",
        unit="days",
        help="How long single samples are kept; what figures are computed from is kept for good.",
    ),
    Variable(
        name="YUNSHU_METRICS_TOKEN",
        secret=True,
        help="Bearer token for `/metrics` (Prometheus); embedded: made at the first start, in `secrets.json`; empty: `/metrics` answers 404.",
    ),
    Variable(
        name="YUNSHU_METRICS_FROM",
        help="Addresses and networks, parted by commas, that read `/metrics` without a token (the monitoring host); empty: nobody.",
    ),
    Variable(
        name="PROMETHEUS_MULTIPROC_DIR",
        help="Folder in which the processes of this machine count together for `/metrics`; embedded: made at the start; empty: each process tells of itself alone.",
    ),
    Variable(
        name="YUNSHU_PULSES",
        help="Folder in which each process shows that it turns; the supervisor's own, empty elsewhere (systemd has its watchdog).",
    ),
    Variable(
        name="YUNSHU_HANG_SECONDS",
        default="60",
        kind="number",
        unit="seconds",
        help="A process that does not turn for so long is killed and started again by the supervisor.",
    ),
    Variable(
        name="YUNSHU_NODE_PASSPHRASE",
        secret=True,
        help="Passphrase of a node's keys, read by `yunshu node`; the sample nodes have one of their own.",
    ),
    Variable(
        name="YUNSHU_BACKUP_FOLDER",
        help="Folder of the backups, on another disk or a mount of another machine; empty: nothing is backed up, and the page says so.",
    ),
    Variable(
        name="YUNSHU_BACKUP_PASSPHRASE",
        secret=True,
        help="Passphrase that opens the backups; empty: made at the first backup and kept in `secrets.json`. Keep it elsewhere too (`yunshu backup key`): without it no backup opens.",
    ),
    Variable(
        name="YUNSHU_BACKUP_DATABASE_URL",
        secret=True,
        help="The database's server as a role that may replicate (a superuser, or see docs/operate/backup.md); needed where `DATABASE_URL` is given, else the database is not in the backup.",
    ),
    Variable(
        name="YUNSHU_BACKUP_SECONDS",
        default="60",
        kind="number",
        unit="seconds",
        help="How often what came since the last backup is brought away: so much may be lost at most.",
    ),
    Variable(name="YUNSHU_BACKUP_AT", default="02:30", help="When the daily whole backup begins, in the city's time."),
    Variable(
        name="YUNSHU_BACKUP_DAILY", default="7", kind="number", unit="backups", help="Days that keep one whole backup."
    ),
    Variable(
        name="YUNSHU_BACKUP_WEEKLY",
        default="4",
        kind="number",
        unit="backups",
        help="Weeks that keep one whole backup.",
    ),
    Variable(
        name="YUNSHU_BACKUP_MONTHLY",
        default="12",
        kind="number",
        unit="backups",
        help="Months that keep one whole backup.",
    ),
    Variable(
        name="YUNSHU_BACKUP_VERIFY_DAYS",
        default="7",
        kind="number",
        unit="days",
        help="How often the newest whole backup is restored on trial; 0: never by itself.",
    ),
    Variable(
        name="YUNSHU_BACKUP_SCRATCH",
        help="Folder in which a backup is restored on trial; needs as much room as the data; empty: the system's temporary folder.",
    ),
    Variable(
        name="YUNSHU_UPGRADE_BACKUP_HOURS",
        default="24",
        kind="number",
        unit="hours",
        help="How old the last backup may be for `yunshu upgrade` to migrate the database.",
    ),
    Variable(name="YUNSHU_OIDC_ISSUER", help="Issuer of the unified identity provider; empty: none is offered."),
    Variable(name="YUNSHU_OIDC_CLIENT_ID", help="Client id registered there."),
    Variable(name="YUNSHU_OIDC_SECRET", secret=True, help="Client secret registered there."),
    Variable(name="YUNSHU_OIDC_NAME", default="统一身份认证", help="What the sign-in button says."),
    Variable(name="YUNSHU_LOG", default="info", help="Least level that is logged: debug, info, warning, error."),
    Variable(
        name="YUNSHU_CHROMIUM",
        default="/usr/bin/chromium",
        help="Program of the browser that draws pages which scripts fill, for the inspection of websites; it needs the extra `render` (`uv sync --extra render`); empty: such pages are counted as not read.",
    ),
    Variable(
        name="YUNSHU_RENDER_HOMES",
        default="0",
        kind="yes/no",
        help="Whether the inspection has home pages drawn by the browser whatever their server sends.",
    ),
    Variable(
        name="YUNSHU_NATS_REPLICAS",
        default="1",
        kind="number",
        unit="servers",
        help="Copies of the stream of facts: 3 with a cluster of three NATS servers.",
    ),
    Variable(
        name="DATABASE_SUPERUSER_URL",
        secret=True,
        help="A superuser's address of the same server, read by `yunshu prepare` only: it makes the two roles and the database.",
    ),
)
_BY_NAME = {v.name: v for v in VARIABLES}


def text(name: str) -> str:
    """Return a declared variable: the environment, else the running instance's state file, else the default."""
    variable = _BY_NAME[name]
    value = os.environ.get(name)
    if value is None and name not in {"YUNSHU_DATA", "YUNSHU_SHARED", "YUNSHU_CITY"}:
        value = _state().get(name)
    return variable.default if value is None else value


def number(name: str) -> int:
    """Return a declared variable as a whole number."""
    return int(text(name))


def yes(name: str) -> bool:
    """Return a declared yes/no variable: 1, true, yes or on."""
    return text(name).lower() in {"1", "true", "yes", "on"}


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """Return a declared variable that is one of a few words. Raises Refused (``setting_unknown``)."""
    if (value := text(name)) not in allowed:
        raise Refused("setting_unknown", f"{name}={value}：只能是 {'、'.join(allowed)}。")
    return value


def path(name: str) -> Path:
    """Return a declared path, relative ones from the repository's root."""
    return (ROOT / text(name)).resolve()


def state_file() -> Path:
    """Return the file in which the supervisor writes the addresses of the running instance."""
    return path("YUNSHU_DATA") / "instance.json"


def _state() -> dict[str, str]:
    try:
        values = json.loads(state_file().read_text()).get("env", {})
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in values.items()}
