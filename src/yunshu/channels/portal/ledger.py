"""存证账本 — who keeps the record of what government did, whether a record stands in it, and checking a receipt oneself."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import public
from yunshu.lib.ui.pages import show

TREES = ("sha256", "sm3")


@public
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Members, blocks, and the search by record number."""
    number = request.GET.get("number", "").strip()[:40]
    context = {"ledger": ledger.ledger(), "number": number, "found": None, "missing": False}
    if number:
        try:
            context["found"] = ledger.public_record(number, clock.now())
        except NotFound:
            context["missing"] = True
    return show(request, "portal/ledger.html", context)


@public
@require_GET
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """A record's receipt, for whoever has its number."""
    return _file(ledger.receipt(number), f"{number}.tlog-proof", "text/plain; charset=utf-8")


@public
@require_GET
def policy(request: HttpRequest, tree: str) -> HttpResponse:
    """The policy file: whose signatures count, and how many it takes."""
    found = ledger.policy(tree) if tree in TREES else ""
    if not found:
        raise NotFound("policy_not_found", _("成员节点暂时没有应答，请稍后再试。"))
    return _file(found.encode(), f"policy-{tree}.txt", "text/plain; charset=utf-8")


@public
@require_GET
def verifier(request: HttpRequest) -> HttpResponse:
    """The offline verifier: one file of Python."""
    return _file(ledger.verifier(), "ledger_verify.py", "text/x-python; charset=utf-8")


@public
@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """Check a receipt in the browser; nothing leaves the device, and it works offline once it is open."""
    context = {
        "policies": [ledger.policy(tree) for tree in TREES],
        "titles": {member.name: member.title for member in ledger.ledger().members},
        "words": _words(),
    }
    return show(request, "portal/ledger_verify.html", context)


def _words() -> dict[str, str]:
    """What the page's script says; braces are filled in by it."""
    return {
        "comma": _("、"),
        "proven": _("存证属实"),
        "convicted": _("证据成立"),
        "unproven": _("不能证明"),
        "ledger": _("账本"),
        "place": _("位置"),
        "leaf": _("第 {index} 片叶，共 {size} 片"),
        "trees": _("核验的树"),
        "cosigners": _("共签成员"),
        "final_at": _("最终确认不晚于"),
        "record": _("原文"),
        "record_fits": _("与账本上的承诺相符"),
        "record_absent": _("没有提供；回执只证明这片叶在账本里"),
        "guilty": _("{members} 对同一大小 {size} 签了两个不同的树头。"),
        "checking": _("正在核验…"),
        "no_receipt": _("请放入回执文件（.tlog-proof）。"),
        "no_policy": _("本页没有取到策略，请同时放入策略文件（policy-sha256.txt）。"),
        "unreadable": _("文件无法读取：不是回执、证据或策略，或已损坏。"),
        "other_ledger": _("树头属于另一账本：{origin}"),
        "bad_signature": _("{member} 的签名不符。"),
        "bad_path": _("存证路径不通向树根，内容被改动过。"),
        "too_few": _("核验的共签只有 {fit} 个，须 {must} 个。无法核验的签名：{unchecked}"),
        "twin_differs": _("两棵树的位置不一致。"),
        "bad_record": _("原文与账本上的承诺不符。"),
        "convicts_nobody": _("这份证据单独不能认定任何成员。"),
    }


def _file(data: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
