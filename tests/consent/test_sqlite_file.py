"""The files of the databases: whose they are, and whether they are whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import RegistryExists, RegistryUnreadable
from consent.sqlite_file import make_empty, require_whole


def header(page_bytes: int) -> bytes:
    return b"SQLite format 3\x00" + page_bytes.to_bytes(2, "big")


def test_a_file_is_made_for_its_owner_and_never_replaced(tmp_path: Path) -> None:
    make_empty(tmp_path / "a.db")
    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o600
    (tmp_path / "a.db").write_bytes(b"kept")
    with pytest.raises(RegistryExists, match=r"a\.db"):
        make_empty(tmp_path / "a.db")
    assert (tmp_path / "a.db").read_bytes() == b"kept"


@pytest.mark.parametrize(("stated", "page_bytes"), [(512, 512), (4096, 4096), (1, 65_536)])
def test_a_whole_number_of_pages_passes_and_a_byte_less_does_not(tmp_path: Path, stated: int, page_bytes: int) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(header(stated).ljust(2 * page_bytes, b"\x00"))
    require_whole(path)
    path.write_bytes(header(stated).ljust(2 * page_bytes - 1, b"\x00"))
    with pytest.raises(RegistryUnreadable, match="cut short"):
        require_whole(path)


def test_a_missing_file_is_reported_by_name(tmp_path: Path) -> None:
    with pytest.raises(RegistryUnreadable, match=r"lost\.db"):
        require_whole(tmp_path / "lost.db")


@given(content=st.binary(max_size=17))
def test_what_is_shorter_than_a_header_is_never_whole(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "short.db"
    path.write_bytes(content)
    with pytest.raises(RegistryUnreadable):
        require_whole(path)
