"""Making and opening a registry: where its files lie, whose they are, and which addresses are usable."""

from datetime import datetime
from pathlib import Path

import pytest

from consent.errors import ConsentError, RegistryExists, RegistryMissing
from consent.registry import Registry


def test_a_home_may_have_any_name(tmp_path: Path, now: datetime) -> None:
    home = tmp_path / "Ada's home? 100% #1"
    Registry.create(home, now=now).close()
    with Registry.open(home) as registry:
        assert registry.performers() == ()
    assert (home / "registry.db").is_file()


def test_a_missing_registry_says_how_to_make_one(home: Path) -> None:
    with pytest.raises(RegistryMissing, match="clearance init"):
        Registry.open(home)


@pytest.mark.parametrize("part", ["registry.db", "keys.db", "keys/registry.key"])
def test_no_part_of_an_existing_registry_is_replaced(home: Path, now: datetime, part: str) -> None:
    (home / part).parent.mkdir(parents=True)
    (home / part).write_bytes(b"kept")
    with pytest.raises(RegistryExists, match=Path(part).name):
        Registry.create(home, now=now)
    assert (home / part).read_bytes() == b"kept"


def test_a_home_that_cannot_be_made_is_reported(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConsentError):
        Registry.create(tmp_path / "file" / "home", now=now)


def test_the_database_may_lie_elsewhere(tmp_path: Path, home: Path, now: datetime) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere' / 'consent.db'}"
    Registry.create(home, now=now, url=url).close()
    assert not (home / "registry.db").exists()
    with Registry.open(home, url) as registry:
        assert registry.performers() == ()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "mysql://u:geheim@host/db",
        "postgresql+asyncpg://u:geheim@host/db",
        "sqlite:///:memory:",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(home: Path, url: str) -> None:
    with pytest.raises(ConsentError) as caught:
        Registry.open(home, url)
    assert "geheim" not in str(caught.value)


def test_everything_that_is_made_is_for_its_owner_alone(registry: Registry, home: Path) -> None:
    assert registry.performers() == ()
    modes = {path.name: path.stat().st_mode & 0o777 for path in [home, *home.rglob("*")]}
    assert {name for name, mode in modes.items() if mode & 0o077} == set()
    assert {"registry.db", "keys.db", "registry.key"} <= set(modes)
