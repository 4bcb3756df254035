"""The engine's settings have effect, and loading the reader loads nothing heavy."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from provenance import engine, verify

if TYPE_CHECKING:
    from provenance.trust import TrustProfile

    from .conftest import Forge


def test_no_setting_opens_the_network(profile: TrustProfile) -> None:
    settings = cast("dict[str, dict[str, Any]]", engine.engine_settings(profile))
    assert settings["verify"]["remote_manifest_fetch"] is False
    assert settings["verify"]["ocsp_fetch"] is False
    assert settings["core"]["allowed_network_hosts"] == []


def test_reading_a_file_with_a_manifest_elsewhere_asks_nobody(
    tmp_path: Path, forge: Forge, actions_of: Any, profile: TrustProfile
) -> None:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/m.c2pa"
        path = tmp_path / "remote.jpg"
        path.write_bytes(forge([actions_of[0]()], remote=address, embed=False))
        readings = [verify.read(path, trust) for trust in (profile, None)]
        server.shutdown()
        thread.join()
    assert asked == []
    assert all(reading.remote_manifest for reading in readings)


def test_reading_needs_no_numbers_no_database_and_no_schema_library() -> None:
    heavy = ("numpy", "pydantic", "sqlmodel", "sqlalchemy", "av", "PIL", "cv2", "onnxruntime", "jsonschema")
    program = f"import sys, provenance.verify; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_engine_is_known_to_one_file_for_reading_and_two_for_signing() -> None:
    package = Path(verify.__file__).parent
    users = [path.name for path in package.rglob("*.py") if "\nimport c2pa" in path.read_text("utf-8")]
    assert sorted(users) == ["engine.py", "organisation.py", "signing_engine.py"]
