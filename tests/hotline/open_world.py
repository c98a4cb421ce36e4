"""A hotline that is open to programs: two classes of matters, one public and one by token, questions, and a key."""

from datetime import timedelta

from tests.factories.directory import staff
from tests.hotline.hotline_world import Hotline

from yunshu.domains.directory.contracts import API_KEY_EDIT
from yunshu.domains.directory.models import Org
from yunshu.domains.directory.services.access import ApiKeySpec, issue_api_key
from yunshu.domains.hotline.contracts import DEMAND_FILE
from yunshu.domains.hotline.models import Category, OpenQuestion, OpenService
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.permissions import Permission


class OpenHotline(Hotline):
    """Lamps are public; noise is taken by token and shown by its state alone; everything else is closed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        Org.objects.filter(pk=self.city.pk).update(division_code="445200")
        Category.objects.create(code="03", name="城乡建设", path="城乡建设")
        self.noise = Category.objects.create(code="0401", name="噪声", path="环境/噪声")
        self.secret = Category.objects.create(code="0501", name="作风", path="纪检/作风")
        OpenService.objects.create(
            code="city", category=Category.objects.get(code="03"), is_public=True, notice="两个工作日内受理。"
        )
        OpenService.objects.create(code="noise", category=self.noise, by_token=True)
        OpenQuestion.objects.create(
            code="danger", category=self.lamps, words="是否影响通行", datatype="singlevaluelist",
            choices=["是", "否"], is_required=True,
        )  # fmt: skip
        self.key = key_of(self.bureau, DEMAND_FILE)


def key_of(org: Org, *permissions: Permission) -> str:
    """Issue an API key of an organisation as its page does; return its text."""
    issuer = staff((API_KEY_EDIT, *permissions), org=org)
    spec = ApiKeySpec(
        org_code=org.code,
        name="试用程序",
        permissions=[each.code for each in permissions],
        expires_at=clock.now() + timedelta(days=30),
    )
    made, secret = issue_api_key(actor=issuer, spec=spec)
    return secret if secret.startswith(made.prefix) else f"{made.prefix}.{secret}"
