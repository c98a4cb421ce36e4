"""What every fact of a city pack obeys."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from yunshu.lib.kernel import money

Text = Annotated[str, Field(min_length=1)]


class Facts(BaseModel):
    """Base of everything in a pack: frozen, and no key that we do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _wan_to_yuan(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        wan = {k: v for k, v in values.items() if k.endswith("_wan") and isinstance(v, int | Decimal)}
        rest = {k: v for k, v in values.items() if k not in wan}
        converted = {k.removesuffix("_wan") + "_yuan": money.from_wan(v) for k, v in wan.items()}
        return {**rest, **{k: v for k, v in converted.items() if k not in rest}, **_doubled(wan, rest)}


def _doubled(wan: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    """Return the ``*_wan`` keys whose ``*_yuan`` is written too: they stay, and are refused as unknown."""
    return {k: v for k, v in wan.items() if k.removesuffix("_wan") + "_yuan" in rest}
