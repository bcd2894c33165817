"""A self-signed certificate, so that no one reads passwords and answers off the network."""

import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 60


def certificate_for(folder: Path, address: str) -> tuple[Path, Path, str]:
    """Return (certificate file, key file, SHA-256 fingerprint) for an address.

    Made anew if absent, about to expire, or for another address.
    """
    certificate, key = folder / "room-certificate.pem", folder / "room-key.pem"
    if not still_good(certificate, key, address):
        make(certificate, key, address)
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    return certificate, key, ":".join(f"{byte:02X}" for byte in loaded.fingerprint(hashes.SHA256()))


def still_good(certificate: Path, key: Path, address: str) -> bool:
    """Return whether the files exist, name the address and last two more days."""
    if not (certificate.exists() and key.exists()):
        return False
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    named = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)
    return loaded.not_valid_after_utc > soon and general_name(address) in list(named)


def general_name(address: str) -> x509.GeneralName:
    """Return an IP address or a host name as a certificate names it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def make(certificate: Path, key: Path, address: str) -> None:
    """Write a new certificate and its private key."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Room of a workshop")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(
            x509.SubjectAlternativeName([general_name(address), x509.DNSName("localhost")]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(
            secret.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
