"""The limits of signing in: one place, each with the floor that a city may tighten and never loosen.

GB/T 22239-2019 8.1.4.1 a and b demand complexity, regular change, a limit of failures and an end of idle sessions, without
figures: the floors are what assessors of level 3 usually expect (not checked against a text), the defaults are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _l

from yunshu.config import env
from yunshu.lib.kernel.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One limit: the variable that sets it, its floor, and whether a stricter value is a smaller one."""

    variable: str
    title: object
    unit: object
    floor: int
    smaller_is_stricter: bool = True

    @property
    def value(self) -> int:
        """Return what holds here. Raises Refused (``limit_loose``) for a value looser than the floor, or none at all."""
        value = env.number(self.variable)
        loose = value > self.floor if self.smaller_is_stricter else value < self.floor
        if loose or value < 1:
            bound = "大于" if self.smaller_is_stricter else "小于"
            raise Refused(
                "limit_loose", f"{self.variable}={value} 不合等保三级的下限：须大于 0，且不得{bound} {self.floor}。"
            )
        return value


LIMITS: Mapping[str, Limit] = {
    "failures": Limit(variable="YUNSHU_LOCK_FAILURES", title=_l("连续失败锁定"), unit=_l("次"), floor=5),
    "lock_minutes": Limit(
        variable="YUNSHU_LOCK_MINUTES", title=_l("锁定时长"), unit=_l("分钟"), floor=10, smaller_is_stricter=False
    ),
    "idle_minutes": Limit(variable="YUNSHU_IDLE_MINUTES", title=_l("无操作退出"), unit=_l("分钟"), floor=30),
    "session_hours": Limit(variable="YUNSHU_SESSION_HOURS", title=_l("会话最长"), unit=_l("小时"), floor=12),
    "sessions": Limit(variable="YUNSHU_SESSIONS", title=_l("同一账号同时登录"), unit=_l("处"), floor=5),
    "password_length": Limit(
        variable="YUNSHU_PASSWORD_LENGTH", title=_l("密码最短"), unit=_l("位"), floor=8, smaller_is_stricter=False
    ),
    "password_days": Limit(variable="YUNSHU_PASSWORD_DAYS", title=_l("密码有效期"), unit=_l("天"), floor=90),
    "password_history": Limit(
        variable="YUNSHU_PASSWORD_HISTORY",
        title=_l("不得重复最近"),
        unit=_l("个密码"),
        floor=3,
        smaller_is_stricter=False,
    ),
    "log_days": Limit(
        variable="YUNSHU_LOG_DAYS", title=_l("进程日志保存"), unit=_l("天"), floor=183, smaller_is_stricter=False
    ),
}


def read() -> dict[str, int]:
    """Return every limit that holds, by its name."""
    return {name: limit.value for name, limit in LIMITS.items()}
