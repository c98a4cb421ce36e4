"""The embedded ledger: what is set up from the city's words, and what is refused."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from yunshu.config.supervisor import ledger
from yunshu.lib.kernel.errors import Refused

NOW = datetime(2026, 5, 6, 1, 0, tzinfo=UTC)
NATS = "nats://127.0.0.1:4222"
MEMBERS = ("bureau", "police", "audit", "rongcheng")


def city(folder: Path, members: tuple[str, ...] = MEMBERS) -> None:
    listed = "".join(f'[[ledger.members]]\nname = "{name}"\ntitle = "{name}"\n' for name in members)
    head = '[ledger]\nname = "ledger.example"\nslug = "example"\nsource = "试验"\nverified = true\n'
    (folder / "city.toml").write_text(head + listed + '[[ledger.witnesses]]\nname = "province"\ntitle = "省"\n')


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YUNSHU_CITY", str(tmp_path))
    monkeypatch.setenv("YUNSHU_DATA", str(tmp_path / "data"))  # not that of an instance that runs here
    for name in ("YUNSHU_LEDGER_PEERS", "YUNSHU_LEDGER_SUBMITTER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.slow
def test_every_member_gets_a_process_and_a_key_of_its_own(place: Path) -> None:
    city(place)
    made = ledger.embedding(place / "data", NATS, NOW)
    assert set(made.commands) == {"ledger", "ledger-province", *(f"ledger-{name}" for name in MEMBERS)}
    folders = {command[-1] for name, command in made.commands.items() if name != "ledger"}
    keys = {path.read_bytes() for folder in folders for path in Path(folder, "keys").rglob("*") if path.is_file()}
    assert len(folders) == 5
    assert len(keys) >= 5
    assert tomllib.loads(Path(made.values["YUNSHU_LEDGER_SUBMITTER"]).read_text())
    assert made.values["YUNSHU_LEDGER_PEERS"].startswith("bureau=http://127.0.0.1:")
    assert made.values["YUNSHU_LEDGER_PEERS"].count("=") == 5


@pytest.mark.slow
def test_a_second_start_keeps_keys_and_charter(place: Path) -> None:
    city(place)
    ledger.embedding(place / "data", NATS, NOW)
    kept = [path for path in (place / "data/ledger").rglob("*") if path.is_file() and path.suffix != ".toml"]
    before = {path: path.read_bytes() for path in kept}
    ledger.embedding(place / "data", NATS, NOW)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.slow
def test_other_members_than_before_are_refused_and_change_nothing(place: Path) -> None:
    city(place)
    ledger.embedding(place / "data", NATS, NOW)
    before = {path: path.read_bytes() for path in (place / "data/ledger").rglob("*") if path.is_file()}
    city(place, ("bureau", "police", "audit", "jiexi"))
    with pytest.raises(Refused, match="换届"):
        ledger.embedding(place / "data", NATS, NOW)
    assert {path: path.read_bytes() for path in (place / "data/ledger").rglob("*") if path.is_file()} == before


def test_three_members_are_no_consortium(place: Path) -> None:
    city(place, MEMBERS[:3])
    with pytest.raises(Refused, match="members"):
        ledger.embedding(place / "data", NATS, NOW)
    assert not (place / "data").exists()


def test_a_city_without_a_ledger_runs_none(place: Path) -> None:
    assert ledger.embedding(place / "data", NATS, NOW) == ledger.Embedding()


def test_where_the_environment_names_the_members_nothing_is_embedded(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city(place)
    monkeypatch.setenv("YUNSHU_LEDGER_PEERS", "bureau=https://ledger.example")
    assert ledger.embedding(place / "data", NATS, NOW) == ledger.Embedding()
    monkeypatch.setenv("YUNSHU_LEDGER_SUBMITTER", "/etc/yunshu/submitter.toml")
    assert set(ledger.embedding(place / "data", NATS, NOW).commands) == {"ledger"}
    assert not (place / "data").exists()
