"""The files of ``deploy/``: compose for its shape only, the rest by its own checker; ``bench/scale.py`` runs those of ``deploy/scale``."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
import yaml

from yunshu.config import env
from yunshu.config.bootstrap import nats_server
from yunshu.config.bootstrap.databases import prepare_server
from yunshu.lib.kernel.errors import Refused

DEPLOY = env.ROOT / "deploy"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
KEYS = {
    "image", "build", "restart", "read_only", "tmpfs", "cap_drop", "security_opt", "volumes", "environment", "command",
    "ports", "depends_on", "healthcheck",
}  # fmt: skip


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_every_service_of_the_compose_file_has_known_keys_and_something_to_run(compose: dict) -> None:
    for name, service in compose["services"].items():
        assert set(service) <= KEYS, name
        assert service.get("image"), name


def test_the_compose_file_waits_only_for_services_and_volumes_that_exist(compose: dict) -> None:
    services = compose["services"]
    awaited = {other for service in services.values() for other in service.get("depends_on", {})}
    mounted = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}

    assert awaited <= set(services)
    assert {name for name in mounted if not name.startswith(".")} == set(compose["volumes"])


def test_the_compose_file_sets_only_declared_variables_and_gives_the_owner_to_migrations_alone(compose: dict) -> None:
    declared = {variable.name for variable in env.VARIABLES}
    ours = {name: service for name, service in compose["services"].items() if service["image"] == "yunshu"}
    owners = {name for name, service in ours.items() if "yunshu_owner" in str(service["environment"])}

    assert {key for service in ours.values() for key in service["environment"]} <= declared
    assert owners == {"prepare", "migrate"}


@pytest.mark.parametrize("file", ["yunshu.env.example", "scale/yunshu.env.example"])
def test_the_example_environment_sets_only_declared_variables(file: str) -> None:
    names = re.findall(r"^(\w+)=", (DEPLOY / file).read_text(), re.MULTILINE)

    assert set(names) <= {variable.name for variable in env.VARIABLES}


def test_the_nats_server_accepts_its_file() -> None:
    command = [nats_server(), "-t", "-c", str(DEPLOY / "nats.conf")]
    done = subprocess.run(command, env=os.environ | {"NATS_TOKEN": "x"}, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_nats_server_accepts_the_file_of_a_cluster(tmp_path: Path) -> None:
    words = {"NATS_NAME": "nats1", "NATS_PORT": "4222", "NATS_CLUSTER_PORT": "6222", "NATS_STORE": str(tmp_path)}
    words |= {"NATS_TOKEN": "x", "NATS_ROUTE_TOKEN": "y"}
    words |= {f"NATS_ROUTE_{n}": f"nats-route://route:y@nats{n}:6222" for n in (1, 2, 3)}
    command = [nats_server(), "-t", "-c", str(DEPLOY / "scale/nats.conf")]
    done = subprocess.run(command, env=os.environ | words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not NGINX, reason="nginx is not installed (.ci/programs)")
def test_nginx_accepts_upstream_and_location(tmp_path: Path) -> None:
    upstream, location = ((DEPLOY / f"scale/nginx-{name}.conf").read_text() for name in ("upstream", "location"))
    here = re.sub(r"web\d:", "127.0.0.1:", upstream)
    text = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{here}\nserver {{ listen 127.0.0.1:1; {location} }}\n}}\n"
    (tmp_path / "nginx.conf").write_text(text)
    command = [str(NGINX), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "log")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "non_idempotent" not in re.sub(r"#.*", "", location)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_accepts_each_unit_but_for_programs_installed_elsewhere(unit: Path, tmp_path: Path) -> None:
    for other in UNITS:
        text = other.read_text()
        (tmp_path / other.name).write_text(re.sub(r"/srv/yunshu/.venv/bin/[\w-]+", "/bin/true", text))
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert [line for line in done.stderr.splitlines() if unit.name in line] == []


def test_a_server_kept_by_others_is_prepared_twice_without_harm(postgres) -> None:
    owner, app = postgres.owner_url("prepared"), postgres.app_url("prepared")

    names = [prepare_server(postgres.superuser_url, owner, app) for _ in range(2)]

    assert names == ["prepared", "prepared"]
    with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (n int)")


def test_addresses_of_other_roles_are_refused(postgres) -> None:
    with pytest.raises(Refused) as refusal:
        prepare_server(postgres.superuser_url, postgres.app_url("x"), postgres.app_url("x"))

    assert refusal.value.code == "addresses_unfit"
