"""The hub's server behind TLS: known by its certificate, and a node goes to no other."""

import asyncio
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.nodes.running import ALICE, NOW, keys_of, serve

from yunshu.config.bootstrap import machine
from yunshu.lib.nodes import accounts, connecting
from yunshu.lib.nodes.switchboard import configuration, place_of

pytestmark = pytest.mark.slow


def certify(folder: Path) -> Path:
    """Write a self-signed ``tls.crt`` and ``tls.key`` for 127.0.0.1; return the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    (folder / "tls.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "tls.crt"


async def reaches(url: str, authority: Path) -> bool:
    tls = connecting.trusting(authority)
    try:
        async with asyncio.timeout(3), connecting.connected(ALICE, [url], tls) as client:
            return bool(client.is_connected)
    except TimeoutError:
        return False


def test_a_node_dials_only_the_server_whose_certificate_it_knows(tmp_path: Path) -> None:
    url = f"tls://127.0.0.1:{machine.free_port()}"
    certificate = certify(tmp_path)
    place = place_of(url, tmp_path, keys_of("PLATFORM", "hub").card.bus)
    accounts.write(place.config, configuration(place, [ALICE.card]))
    server = serve(place.config, place.server.port)
    try:
        assert asyncio.run(reaches(url, certificate))
        assert not asyncio.run(reaches(url, certify(tmp_path / "other")))
        assert not asyncio.run(reaches(url.replace("tls://", "nats://"), certify(tmp_path / "other")))
    finally:
        server.terminate()
        server.wait()
