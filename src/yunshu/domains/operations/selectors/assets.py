"""Reading assets, their movements and stock-takings."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import ASSET_EDIT, ASSET_VIEW
from yunshu.domains.operations.models import Asset, AssetModel, Movement, Stocktake, StocktakeLine, StocktakeScan
from yunshu.domains.operations.rules import assets as rules
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.permissions import Permission


def visible_assets(viewer: Viewer) -> QuerySet[Asset]:
    """Return the assets of the organisations in reach."""
    return Asset.objects.filter(within(viewer, ASSET_VIEW, "org__path")).select_related("org", "model")


def get_asset(viewer: Viewer, number: str) -> Asset:
    """Return one asset; raise NotFound (``asset_not_found``)."""
    row = visible_assets(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("asset_not_found")
    return row


def movements_of(asset: Asset) -> QuerySet[Movement]:
    """Return what happened to an asset, the newest first."""
    return asset.movements.select_related("org", "org_before").order_by("-seq")


def orgs_where(viewer: Viewer, permission: Permission) -> QuerySet[Org]:
    """Return the organisations where ``viewer`` holds a permission, in the order of the screen."""
    return Org.objects.filter(within(viewer, permission, "path"), is_active=True)


def models_in_use() -> QuerySet[AssetModel]:
    """Return the models that may be chosen."""
    return AssetModel.objects.filter(is_active=True)


def matching_assets(viewer: Viewer, query: str) -> QuerySet[Asset]:
    """Return the assets whose number, serial, place or holder holds the words."""
    words = Q(number__icontains=query) | Q(serial__icontains=query) | Q(holder__icontains=query)
    return visible_assets(viewer).filter(words | Q(location__icontains=query))


def replaced_by(asset: Asset) -> str:
    """Return the number of the terminal in whose replacement an asset plays a part, else empty."""
    for name in ("replaced_in", "replacing_in"):
        terminal = getattr(asset, name, None)
        if terminal is not None:
            return str(terminal.number)
    return ""


# -- stock-taking


def visible_stocktakes(viewer: Viewer) -> QuerySet[Stocktake]:
    """Return the stock-takings of the organisations in reach."""
    return Stocktake.objects.filter(within(viewer, ASSET_VIEW, "org__path")).select_related("org")


def get_stocktake(viewer: Viewer, number: str) -> Stocktake:
    """Return one stock-taking; raise NotFound (``stocktake_not_found``)."""
    row = visible_stocktakes(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("stocktake_not_found")
    return row


def open_stocktake_for(viewer: Viewer, asset: Asset) -> Stocktake | None:
    """Return the open stock-taking that ``viewer`` may record an asset in: the one nearest to its organisation."""
    rows = visible_stocktakes(viewer).filter(closed_at__isnull=True)
    fitting = [r for r in rows if asset.org.path.startswith(r.org.path) and viewer.may(ASSET_EDIT, r.org.path)]
    return max(fitting, key=lambda r: len(r.org.path), default=None)


@dataclass(frozen=True)
class Count:
    """How far a stock-taking is."""

    expected: int
    found: int
    misplaced: int
    surplus: int

    @property
    def seen(self) -> int:
        """What of the list was seen."""
        return self.found + self.misplaced

    @property
    def missing(self) -> int:
        """What nobody has seen yet."""
        return self.expected - self.found - self.misplaced


def newest_scans(stocktake: Stocktake) -> QuerySet[StocktakeScan]:
    """Return what was seen, each thing once: the newest record of it counts."""
    newest = stocktake.scans.order_by("code", "-pk").distinct("code").values("pk")
    return StocktakeScan.objects.filter(pk__in=newest).select_related("asset", "org").order_by("-pk")


def count_of(stocktake: Stocktake) -> Count:
    """Return the figures of a stock-taking."""
    outcomes = list(newest_scans(stocktake).order_by().values_list("outcome", flat=True))
    return Count(
        expected=stocktake.lines.count(),
        found=outcomes.count(rules.FOUND),
        misplaced=outcomes.count(rules.MISPLACED),
        surplus=outcomes.count(rules.SURPLUS),
    )


def missing_lines(stocktake: Stocktake) -> QuerySet[StocktakeLine]:
    """Return what should be there and was not seen."""
    seen = stocktake.scans.exclude(outcome=rules.SURPLUS).values("asset")
    return stocktake.lines.exclude(asset__in=seen).select_related("asset__model", "org")
