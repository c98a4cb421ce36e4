"""The line to the level above, and where samples are on and no address is given, a simulator of a province to speak with."""

import tomllib
from datetime import datetime
from pathlib import Path

from yunshu.config import env
from yunshu.config.bootstrap import machine
from yunshu.config.supervisor.hub import Embedding, kept_keys
from yunshu.config.supervisor.parts import YUNSHU
from yunshu.lib.nodes.cards import CardBook

FIRST_PORT = 43300
PROVINCE = ("440000", "simulator")
NAME = "广东省平台（模拟器）"


def embedding(data: Path, now: datetime) -> Embedding:
    """Set up what is missing under ``data``; only the process where the environment names the level above."""
    process = {"cascade": [*YUNSHU, "exchange", "cascade"]}
    if env.text("YUNSHU_CASCADE_URL"):
        return Embedding(process) if env.text("YUNSHU_CASCADE_FOLDER") else Embedding()
    if not env.yes("YUNSHU_SAMPLES"):
        return Embedding()
    secrets = machine.Secrets(data)
    ours, theirs = data / "cascade", data / "province"
    own = kept_keys(ours / "keys", (_city(), "platform"), secrets.get("cascade"), now)
    above = kept_keys(theirs / "keys", PROVINCE, secrets.get("province"), now)
    CardBook(theirs / "below").pin(own.signed_card, own.card.fingerprint)
    (ours / "upper.json").write_bytes(above.signed_card)
    (ours / "name.txt").write_text(NAME)
    port = machine.free_port(FIRST_PORT)
    values = {
        "YUNSHU_CASCADE_URL": f"http://127.0.0.1:{port}",
        "YUNSHU_CASCADE_FOLDER": str(ours),
        "YUNSHU_CASCADE_PASSPHRASE": secrets.get("cascade"),
        "YUNSHU_PROVINCE_PASSPHRASE": secrets.get("province"),
    }
    simulator = [*YUNSHU, "exchange", "province", str(theirs), "--port", str(port)]
    return Embedding({"province": simulator} | process, values)


def hotline(data: Path, now: datetime) -> Embedding:
    """Set up the hotline's own line to the province: the process where the environment names it, with a simulator if it says so."""
    process = {"hotline-province": [*YUNSHU, "hotline", "province"]}
    address = env.text("YUNSHU_HOTLINE_PROVINCE_URL")
    if address != "simulator":
        return Embedding(process) if address and env.text("YUNSHU_HOTLINE_PROVINCE_FOLDER") else Embedding()
    secrets = machine.Secrets(data)
    ours, theirs = data / "hotline-province", data / "hotline-upper"
    passphrases = secrets.get("hotline-province"), secrets.get("province")
    own = kept_keys(ours / "keys", (_city(), "platform"), passphrases[0], now)
    above = kept_keys(theirs / "keys", PROVINCE, passphrases[1], now)
    CardBook(theirs / "below").pin(own.signed_card, own.card.fingerprint)
    (ours / "upper.json").write_bytes(above.signed_card)
    (ours / "name.txt").write_text("省热线平台（模拟器）")
    port = machine.free_port(FIRST_PORT + 100)
    values = {
        "YUNSHU_HOTLINE_PROVINCE_URL": f"http://127.0.0.1:{port}",
        "YUNSHU_HOTLINE_PROVINCE_FOLDER": str(ours),
        "YUNSHU_HOTLINE_PROVINCE_PASSPHRASE": passphrases[0],
        "YUNSHU_PROVINCE_PASSPHRASE": passphrases[1],
    }
    simulator = [*YUNSHU, "hotline", "upper", str(theirs), "--port", str(port)]
    return Embedding({"hotline-upper": simulator} | process, values)


def _city() -> str:
    """Return the division code of the city pack."""
    file = env.path("YUNSHU_CITY") / "city.toml"
    return str(tomllib.loads(file.read_text())["city"]["division_code"]) if file.exists() else "PLATFORM"
