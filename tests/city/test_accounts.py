"""First passwords are made once and kept where only the owner reads them."""

import stat
from itertools import count
from pathlib import Path

from yunshu.config.city import accounts

CLERK = ("jingban", "经办岗（示例）", "经办人员")


def test_a_password_is_made_once_and_found_again(tmp_path: Path) -> None:
    file, numbers = tmp_path / "new" / "accounts.txt", count(1)

    first = accounts.prepare(file, [CLERK], make=lambda: f"secret-{next(numbers)}")
    again = accounts.prepare(
        file, [CLERK, ("rili", "日历岗（示例）", "日历维护")], make=lambda: f"secret-{next(numbers)}"
    )

    assert first["jingban"].password == again["jingban"].password == "secret-1"
    assert again["rili"].password == "secret-2"
    assert accounts.read(file) == again


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    file = tmp_path / "accounts.txt"

    accounts.prepare(file, [CLERK], make=lambda: "secret")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["accounts.txt"]


def test_the_file_has_the_four_columns_people_look_for(tmp_path: Path) -> None:
    file = tmp_path / "accounts.txt"

    accounts.prepare(file, [CLERK], make=lambda: "secret")

    assert file.read_text().splitlines() == [
        "username,password,who,roles",
        "jingban,secret,经办岗（示例）,经办人员",
    ]
