"""What tests of several rooms share: a cache for the built model pack, and a signed still."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SOFTHSM_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
# Machines are noisy: how long one example takes says nothing about the code.
settings.register_profile("clearance", deadline=None)
settings.load_profile("clearance")


@pytest.fixture(scope="session", autouse=True)
def apart_from_the_user(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep every test away from the user's own home and cache; the cache is shared by the parallel workers."""
    base = tmp_path_factory.getbasetemp()
    cache = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "cache"
    os.environ["CLEARANCE_CACHE"] = str(cache)
    os.environ["CLEARANCE_HOME"] = str(base / "no-home")
    return cache


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The library of a SoftHSM with the tokens "vault" and "studio", PIN 1234.

    One for both rooms that use tokens: the library reads its configuration once, when a process first uses it.
    """
    module = next((path for path in SOFTHSM_MODULES if Path(path).exists()), None)
    if module is None:
        if os.environ.get("CI") == "true":
            pytest.fail("SoftHSM is missing, and CI installs it: apt-get install softhsm2")
        pytest.skip("no SoftHSM module is installed; apt-get install softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "conf").write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "conf"))
        for label in ("vault", "studio"):
            subprocess.run(
                ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "87654321", "--pin", "1234"],
                check=True,
                capture_output=True,
            )
        yield module


@pytest.fixture(scope="session")
def signed_still(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a small JPEG signed with a development identity."""
    from PIL import Image

    from provenance.identity import create_development_identity
    from provenance.sign import sign
    from provenance.trust import profile_from_pem

    folder = tmp_path_factory.mktemp("signed")
    now = datetime.now(UTC)
    identity = create_development_identity(folder / "identity", now=now)
    assert identity.root_pem is not None
    Image.new("RGB", (64, 48), (90, 120, 60)).save(folder / "plain.jpg")
    sign(
        folder / "plain.jpg",
        folder / "signed.jpg",
        identity=identity,
        trust=profile_from_pem("development", identity.root_pem),
        source_type="digitalCapture",
        now=now,
    )
    return str(folder / "signed.jpg")
