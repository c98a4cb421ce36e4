"""Lists that the bureau keeps: models of assets, and whether each is published as secure and reliable."""

from django.utils.translation import gettext_lazy as _

from yunshu.domains.operations.contracts import ASSET_EDIT, ASSET_VIEW
from yunshu.domains.operations.models import AssetModel
from yunshu.lib.ui.reference import ReferenceList, register

register(
    ReferenceList(
        slug="operations-models",
        model=AssetModel,
        fields=("code", "kind", "maker", "name", "is_secure", "basis"),
        search=("code", "maker", "name"),
        view=ASSET_VIEW,
        edit=ASSET_EDIT,
        sort="code",
        help=_("是否安全可靠以测评结果公告为准，须写明依据；未核对的型号不能用于替代。"),
    )
)
