"""Whose batches this installation signs, with which key, and where they go: the submitter's file and its custody."""

import tomllib
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from yunshu.domains.ledger import peers
from yunshu.domains.ledger.submitting import Way
from yunshu.lib.crypto.custody import FileCustody
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.tlog.cosignature import NoteSigner
from yunshu.lib.tlog.verifier_key import Kind, verifier_key

KEY = "submitter"


def way() -> Way:
    """Return the way of this installation's batches.

    Raises Refused ``ledger_not_configured`` if there is no submitter's file or no member to ask.
    """
    path = Path(settings.LEDGER_SUBMITTER)
    if not settings.LEDGER_SUBMITTER or not path.is_file() or not peers.own_url():
        raise Refused(
            "ledger_not_configured", _("没有配置账本：请设置 YUNSHU_LEDGER_SUBMITTER 与 YUNSHU_LEDGER_PEERS。")
        )
    words = tomllib.loads(path.read_text())
    custody = FileCustody(path.parent / words["keys"], (path.parent / words["passphrase_file"]).read_bytes().strip())
    key = verifier_key(words["org"], Kind.ED25519, custody.public(KEY).raw)
    return Way(
        ledger=words["ledger"],
        slug=words["slug"],
        org=words["org"],
        nats_url=settings.NATS_URL,
        peer_url=peers.own_url(),
        replicas=settings.NATS_REPLICAS,
        signer=NoteSigner(key, lambda message: custody.sign(KEY, message)),
    )
