"""Which kinds there are, what cannot be taken over and why, and that runs go on the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _l

from yunshu.config.taking.assets import Assets
from yunshu.config.taking.organisations import Organisations
from yunshu.config.taking.people import People
from yunshu.config.taking.projects import Contracts, Instalments, Projects
from yunshu.config.taking.tickets import Tickets
from yunshu.domains.directory.contracts import System
from yunshu.domains.ledger import api as ledger
from yunshu.lib.taking import kinds

NOT_TAKEN = (
    (
        _l("公文"),
        _l(
            "平台还没有公文模块，收发文、签批和流转没有可以落地的地方；只存附件会丢掉文号、签批和去向，等于没有接管。"
            "请让原系统只读保留，公文模块上线后再接管。"
        ),
    ),
    (_l("附件和录音"), _l("只接管表格里的数据。附件在接管之后，到对应的工单、项目材料页面上传，或保留在原系统。")),
    (_l("账号和密码"), _l("人员接管后没有账号；由系统管理员逐个开通，密码不从任何地方导入。")),
)


def register() -> None:
    """Called once from ``AppConfig.ready``."""
    for kind in (Organisations(), People(), Tickets(), Assets(), Projects(), Contracts(), Instalments()):
        kinds.register(kind)
    kinds.provide(prove=record, actor=actor_of)


def record(verb: str, number: str, words: Mapping[str, Any], actor: Any, now: datetime) -> str:
    """Put what happened to a run on the ledger, in the caller's transaction."""
    return ledger.record(kind=f"taking.run.{verb}", subject=number, payload=words, by=actor, now=now)


def actor_of(by: str) -> System:
    """Return the actor of a run: the platform itself, naming the person who runs it."""
    return System(name=f"数据接管（{by}）"[:80])
