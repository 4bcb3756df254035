"""A submission of two stills, audited with a waiver and put into a bundle, once per worker."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from clearance.bundle import archive
from clearance.bundle.listing import listing_of, member_of
from clearance.bundle.signature import envelope_of
from clearance.bundle.verify import Asked, verify_bundle
from clearance.cli.main import run
from clearance.clock import now
from clearance.demo import media
from policies.dsse import fingerprint
from provenance.identity import load_identity
from provenance.trust import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clearance.bundle.steps import BundleVerification
    from provenance.identity import SigningIdentity
    from tests.clearance.conftest import Studio


@dataclass(frozen=True, slots=True)
class Submission:
    """What a supplier made: its home, the report, the media, and the bundle for an auditor."""

    home: Path
    report: Path
    media: Path
    declaration: Path
    bundle: Path

    @property
    def identity(self) -> SigningIdentity:
        """Who signed the bundle."""
        return load_identity(self.home / "identity")

    def asked(self, *, media: Path | None = None) -> Asked:
        """Return what an auditor asks who trusts the studio's authority."""
        return Asked(load(self.home / "identity" / "root.pem"), now(), media=media)

    def verified(self, path: Path) -> BundleVerification:
        """Return what that auditor finds without media."""
        return verify_bundle(path, self.asked())

    def members(self) -> dict[str, bytes]:
        """Return what is in the bundle."""
        return archive.read(self.bundle)

    def signed_again(self, path: Path, members: Mapping[str, bytes], identity: SigningIdentity | None = None) -> Path:
        """Write a bundle of other members, listed and signed as if they were the true ones."""
        kept = {name: content for name, content in members.items() if name not in (archive.LIST, archive.ENVELOPE)}
        listing = listing_of(members[archive.LIST])
        lines = tuple(member_of(name, kept[name], "as told") for name in sorted(kept))
        payload = listing.model_copy(update={"members": lines}).encoded()
        envelope = envelope_of(payload, identity or self.identity)
        path.write_bytes(archive.written({**kept, archive.LIST: payload, archive.ENVELOPE: envelope}))
        return path


@pytest.fixture(scope="session")
def submission(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Submission:
    """The keeper's still passes; in the second, the faces of people whom nobody enrolled are waived."""
    folder = tmp_path_factory.mktemp("submission")
    home, files = folder / "home", folder / "media"
    shutil.copytree(studio.home, home)
    files.mkdir()
    declaration = studio.declaration(folder)
    media.retouched(media.COLLINS).save(folder / "plain.jpg", quality=92)
    signed = files / "keeper-still.jpg"
    typed = (
        "--home",
        home,
        "sign",
        folder / "plain.jpg",
        "--out",
        signed,
        "-d",
        declaration,
        "--without-audit",
        "test",
    )
    assert run(["-q", *map(str, typed)]) == 0
    media.strangers().save(files / "dinner-party.jpg", quality=92)
    _waive(home, folder, files / "dinner-party.jpg")
    report, bundle = folder / "report", folder / "bundle.zip"
    paths = (signed, files / "dinner-party.jpg")
    assert run(["-q", "--home", *map(str, (home, "audit", *paths, "-d", declaration, "--out", report))]) in (1, 3)
    arguments = ("bundle", "create", report, "-d", declaration, "--recipient", "auditor", "--out", bundle)
    assert run(["-q", "--home", str(home), *map(str, arguments)]) == 0
    return Submission(home, report, files, declaration, bundle)


def _waive(home: Path, folder: Path, file: Path) -> None:
    """Have an approver, who counts in the home, waive that nobody knows the people in a file."""
    key = Ed25519PrivateKey.generate()
    pem = folder / "approver.pem"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    roles = 'roles = ["waiver approver"]'
    (home / "attestors.toml").write_text(f'[[attestor]]\nkey = "{fingerprint(key.public_key())}"\n{roles}\n')
    (home / "waivers").mkdir()
    typed = ("waive", "CORE.K14", "--file", file, "--reason", "extras", "--expires", "2030-01-01", "--key", pem)
    assert run(["-q", *map(str, (*typed, "--out", home / "waivers" / "k14.json"))]) == 0
