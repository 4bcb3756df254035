"""Which packs a delivery is judged by: those that bind everybody, those declared, or those the user names."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from clearance import settings
from clearance.declaration import load
from clearance.demo import media
from clearance.errors import DocumentRejected
from clearance.judged_packs import before_signing, judged_packs, limits_of_packs
from policies.pack import builtin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed


@pytest.mark.parametrize(
    ("named", "declared", "judged"),
    [
        ((), (), ("BIO", "CORE", "PROV")),
        ((), ("us-ca", "CORE", "EU"), ("BIO", "CORE", "PROV", "US-CA", "EU")),
        (("CORE",), ("US-CA",), ("CORE",)),
        (("house/pack.yaml",), (), ("house/pack.yaml",)),
    ],
)
def test_the_user_decides_else_the_declaration_adds_to_what_binds_everybody(
    named: tuple[str, ...], declared: tuple[str, ...], judged: tuple[str, ...], tmp_path: Path
) -> None:
    assert judged_packs(named, declared, settings.load(home=str(tmp_path), flags={})) == judged


def test_whoever_judges_adds_packs_in_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_POLICIES", "us-ny, sag-tv")
    chosen = judged_packs((), ("EU",), settings.load(home=str(tmp_path), flags={}))
    assert chosen == ("BIO", "CORE", "PROV", "US-NY", "SAG-TV", "EU")


def test_a_report_says_which_packs_nobody_was_judged_by_and_which_are_not_in_use() -> None:
    disabled, left = limits_of_packs((builtin("CORE"), builtin("DK")))
    assert disabled.startswith("Pack DK was judged although it is not in use: ")
    assert "US-CA" in left
    assert "CORE" not in left
    assert "DK" not in left


def test_a_declared_pack_is_judged_beside_those_that_bind_everybody(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    declaration = studio.declaration(tmp_path)
    declaration.write_text(declaration.read_text(encoding="utf-8") + "policies: [eu]\n", encoding="utf-8")
    gate = ("--home", studio.home, "gate", studio.papers / "keeper.jpg", "-d", declaration, "--json")
    document = json.loads(clearance(*gate).out)
    assert [pack["id"] for pack in document["packs"]] == ["BIO", "CORE", "PROV", "EU"]
    assert {finding["pack"] for finding in document["assets"][0]["findings"]} == {"BIO", "CORE", "PROV", "EU"}
    assert any(limit.startswith("Not judged: rule packs DK, FED") for limit in document["limits"])


def test_a_declaration_can_not_name_a_pack_that_does_not_exist_or_a_file(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    declaration = studio.declaration(tmp_path)
    text = declaration.read_text(encoding="utf-8")
    declaration.write_text(text + "policies: [US-ZZ]\n", encoding="utf-8")
    done = clearance("--home", studio.home, "gate", studio.papers / "keeper.jpg", "-d", declaration)
    assert done.code == 2
    assert f"{declaration}:{text.count(chr(10)) + 1}:12: there is no rule pack US-ZZ" in done.err
    for other in (("declare", "lint", declaration), ("sign", studio.papers / "keeper.jpg", "-d", declaration)):
        refused = clearance("--home", studio.home, *other)
        assert (refused.code, "there is no rule pack US-ZZ" in refused.err) == (2, True)
    assert "US-CA" in done.err
    declaration.write_text(text + "policies: [/etc/pack.yaml]\n", encoding="utf-8")
    with pytest.raises(DocumentRejected):
        load(declaration)


def test_before_a_file_is_signed_no_rule_speaks_of_the_manifest_it_will_get() -> None:
    judged = before_signing((builtin("CORE"), builtin("PROV"), builtin("EU")))
    assert [pack.id for pack in judged] == ["CORE", "EU"]
    core, eu = judged
    assert len(core.rules) == len(builtin("CORE").rules)
    assert {rule.id for rule in builtin("EU").rules} - {rule.id for rule in eu.rules} == {"E3", "E5"}


def test_a_studios_own_pack_stops_a_signature(clearance: Callable[..., Typed], studio: Studio, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(studio.home, home)
    assert clearance("policy", "new", "house", home / "packs" / "house").code == 0
    out, file = tmp_path / "signed.jpg", tmp_path / "keeper-x.jpg"
    media.retouched(media.COLLINS).save(file, quality=92)
    declared = ("-d", studio.declaration(tmp_path), "--source-type", "compositeWithTrainedAlgorithmicMedia")
    sign = ("--home", home, "sign", file, "--out", out, *declared)
    held = clearance(*sign)
    assert (held.code, "H1" in held.err) == (3, True), held.err
    assert not out.exists()
    shutil.rmtree(home / "packs")
    assert clearance(*sign).code == 0
