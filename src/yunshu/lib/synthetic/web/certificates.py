"""Certificates of the city's hosts, good and bad, from an authority made for the run. Names nobody else trusts."""

import ssl
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

# way -> days that remain; the others differ in names or issuer
_DAYS = {"expired": -3, "soon": 12, "forty_days": 40}


class Authority:
    """Issues a certificate for a host in one of the ways of ``Outlook.certificate``; ``pem`` is what a client trusts."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._key, self._other_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.pem = self._root(self._key).public_bytes(Encoding.PEM).decode()

    def _root(self, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        return self._signed(_name("Test city authority"), key.public_key(), key, 3650, (), ca=True)

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, by: ec.EllipticCurvePrivateKey, days: int,
        names: tuple[str, ...], *, ca: bool = False,
    ) -> x509.Certificate:  # fmt: skip
        issuer_key = x509.SubjectKeyIdentifier.from_public_key(by.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name("Test city authority"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(days=300))
            .not_valid_after(self._now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False)
        )
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False
            )
        else:
            usage = x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
                data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
            )  # fmt: skip
            builder = builder.add_extension(usage, critical=True)
        return builder.sign(by, hashes.SHA256())

    def chain(self, host: str, way: str) -> str:
        """Return certificate and key of ``host`` as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        by = self._other_key if way == "unknown_issuer" else self._key
        parent = host.split(".", 1)[-1]
        names = {
            "wrong_name": ("www.somewhere-else.example",), "wildcard": (f"*.{parent}" if "." in parent else host,),
            "many_names": ("a.example", "b.example", host),
        }.get(way, (host,))  # fmt: skip
        made = self._signed(_name(host), key.public_key(), by, _DAYS.get(way, 200), names)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return made.public_bytes(Encoding.PEM).decode() + private.decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def server_context(authority: Authority, ways: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context that shows each client the certificate of the host it names; ``ways[host]`` says how good."""
    contexts: dict[str, ssl.SSLContext] = {}

    def context_of(host: str) -> ssl.SSLContext:
        if host not in contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "chain.pem")
                file.write_text(authority.chain(host, ways.get(host, "good")), encoding="ascii")
                context.load_cert_chain(file)
            contexts[host] = context
        return contexts[host]

    def choose(socket: ssl.SSLSocket | ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        socket.context = context_of(host or "localhost")

    first = context_of("localhost")
    first.sni_callback = choose
    return first
