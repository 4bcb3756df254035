"""Files of performers and grants: what comes out goes in again, and what is wrong is said with its place."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.grant import ANY, Evidence, NewGrant, Scope
from consent.grant_columns import cell_of, cells_of, document_of, grant_columns, items_of
from consent.registry import Registry
from consent.table_file import FileRow, Form, LineProblem, csv_lines, rows_of
from consent.values import Identity, Performer

MakeGrant = Callable[..., NewGrant]
FORMS: tuple[Form, ...] = ("csv", "jsonl")


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def said(problems: list[LineProblem]) -> list[str]:
    return [f"{p.line}: {p.column}: {p.message}" for p in problems]


@pytest.mark.both_databases
@pytest.mark.parametrize("form", FORMS)
def test_performers_come_back_as_they_were_exported(
    registry: Registry, tmp_path: Path, now: datetime, form: Form
) -> None:
    registry.add_performer(
        "=Ada; Vale",
        legal_name='Adelaide, "Quux"',
        contact="a@b.c",
        minor=False,
        domicile="US-CA",
        unions=["SAG; AFTRA", "Equity"],
        represented_by="-Agency",
        now=now,
    )
    registry.add_performer("Zoë 李", now=now)
    lines = "".join(registry.transfer.export_performers(form, with_identity=True, now=now))
    assert registry.events(1)[0].kind == "identities-exported"
    with Registry.create(tmp_path / "other", now=now) as other:
        done = other.transfer.import_performers(written(tmp_path / f"p.{form}", lines), now=now)
        assert done.problems == []
        assert len(done.references) == 2
        pairs = zip(registry.performers(), other.performers(), strict=True)
        for before, after in pairs:
            names = ("stage_name", "minor", "domicile", "unions", "represented_by", "deceased_on")
            assert [getattr(before, n) for n in names] == [getattr(after, n) for n in names]
            assert registry.identity(before.ref) == other.identity(after.ref)
        assert other.upkeep.check() == ()


def test_legal_names_leave_only_when_asked_for(registry: Registry, performer: Performer, now: datetime) -> None:
    for form in FORMS:
        text = "".join(registry.transfer.export_performers(form, now=now))
        assert performer.ref in text
        assert "Adelaide" not in text
        assert "legal_name" not in text
    assert registry.events(1)[0].kind == "performer-added"


@pytest.mark.both_databases
@pytest.mark.parametrize("form", FORMS)
def test_grants_come_back_as_they_were_exported(
    registry: Registry, performer: Performer, new_grant: MakeGrant, tmp_path: Path, now: datetime, form: Form
) -> None:
    evidence = Evidence(sha256="cd" * 32, hash_verified=False, custodian="Agency; Inc")
    scope = Scope(projects=("The [Long] Shore; II", "all"), media=ANY, territories=("US", "EU"), expires_on=ANY)
    for given_scope in (scope, Scope(scenes=("12", "14A"))):
        registry.record_grant(new_grant(performer.ref, scope=given_scope, evidence=evidence, prohibitions=()), now)
    before = registry.grants()
    lines = "".join(registry.transfer.export_grants(form, now=now))
    path = written(tmp_path / f"g.{form}", lines)
    done = registry.transfer.import_grants(path, now=now)
    assert done.problems == []
    after = [registry.grant(reference) for reference in done.references]
    assert [g.scope.territories for g in after] == [g.scope.territories for g in before]
    assert [g.scope.media for g in after] == [g.scope.media for g in before]
    assert [g.scope.expires_on for g in after] == [g.scope.expires_on for g in before]
    assert [g.evidence for g in after] == [g.evidence for g in before]
    assert {g.scope.projects for g in after} == {g.scope.projects for g in before}
    assert {g.status_on(now.date()) for g in after} == {"given"}
    assert [event.kind for event in registry.events(2)] == ["grant-recorded"] * 2
    assert registry.upkeep.check() == ()


GRANT = "performer,signed_on,status,scope.territories,scope.expires_on,prohibitions\n"


def test_a_refused_file_of_performers_leaves_no_keys_behind(
    registry: Registry, performer: Performer, tmp_path: Path, now: datetime
) -> None:
    # Beyond the first thousand, whose keys are made before the fault is read.
    lines = [f"Performer {number}\n" for number in range(1100)]
    path = written(tmp_path / "p.csv", "".join(["stage_name\n", *lines, lines[0]]))
    before = registry.keyring.status().data_keys
    done = registry.transfer.import_performers(path, now=now)
    assert (len(done.problems), done.references, len(done.undone)) == (1, [], 1000)
    assert registry.keyring.status().data_keys == before == 1
    assert not registry._keys.holds(done.undone[0])
    assert registry.identity(performer.ref).legal_name == "Adelaide Valentine-Quux"
    assert registry.upkeep.check() == ()


def test_every_problem_is_found_with_its_place_and_nothing_is_written(
    registry: Registry, performer: Performer, tmp_path: Path, now: datetime
) -> None:
    good = f"{performer.ref},2026-01-01,given,US; DE,any,nudity\n"
    lines = [
        GRANT,
        good,
        "P-00000000,2026-01-01,,US,,\n",
        f"{performer.ref},1.1.2026,,Atlantis,,\n",
        f"{performer.ref},2026-01-01,withdrawn,US,,\n",
        f"{performer.ref},2026-01-01\n",
        f'{performer.ref},2026-01-01,,"US\n",2020-01-01,\n',
        "\n",
        f"{performer.ref},,,US,,\n",
    ]
    path = written(tmp_path / "g.csv", "".join(lines))
    for dry_run in (True, False):
        before = registry.events(1000)
        done = registry.transfer.import_grants(path, now=now, dry_run=dry_run)
        assert [(p.line, p.column) for p in done.problems] == [
            (3, "performer"),
            (4, "signed_on"),
            (4, "scope.territories.0"),
            (5, "status"),
            (6, ""),
            (7, "scope.expires_on"),
            (10, "signed_on"),
        ]
        assert done.references == []
        assert (registry.grants(), registry.events(1000)) == ((), before)
    path = written(tmp_path / "g.csv", "".join([GRANT, good]))
    assert registry.transfer.import_grants(path, now=now, dry_run=True).problems == []
    assert registry.grants() == ()
    assert len(registry.transfer.import_grants(path, now=now).references) == 1
    assert len(registry.grants()) == 1


FILES: dict[str, tuple[bytes, str]] = {
    "in UTF-16": ("stage_name\nAda\n".encode("utf-16"), "UTF-8"),
    "in Latin-1": ("stage_name\nZoë\n".encode("latin-1"), "UTF-8"),
    "without a heading": (b"", "heading"),
    "with a column twice": (b"stage_name,stage_name\nA,B\n", "twice"),
    "with a quote left open": (b'stage_name\n"Ada\n', "no CSV"),
    "with a line without end": (b"stage_name\n" + b"x" * 2**21, "1 MB"),
    "with an unknown column": (b"stage_name,shoe_size\nAda,7\n", "no column"),
    "without a name": (b"stage_name,minor\n,yes\n", "missing"),
    "with a name twice": (b"stage_name\nAda\nADA\n", "line 2 of this file"),
    "with a word for yes or no": (b"stage_name,minor\nAda,perhaps\n", "yes nor no"),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_file_of_performers_that_cannot_be_used_says_why(
    registry: Registry, tmp_path: Path, now: datetime, fault: str
) -> None:
    content, why = FILES[fault]
    done = registry.transfer.import_performers(written(tmp_path / "p.csv", content), now=now)
    assert any(why in text for text in said(done.problems)), done.problems
    assert registry.performers() == ()


@pytest.mark.parametrize("line", ["[]", "{", '{"a": 1, "a": 2}', '{"a": NaN}', "7", "[" * 90_000])
def test_a_line_that_is_no_document_is_a_problem_of_that_line(
    registry: Registry, tmp_path: Path, now: datetime, line: str
) -> None:
    path = written(tmp_path / "p.jsonl", f'{{"stage_name": "Ada"}}\r\n{line}\n')
    (problem,) = registry.transfer.import_performers(path, now=now).problems
    assert problem.line == 2
    assert "JSON" in problem.message


def test_a_byte_order_mark_and_foreign_line_ends_do_not_matter(
    registry: Registry, tmp_path: Path, now: datetime
) -> None:
    path = written(tmp_path / "p.csv", b"\xef\xbb\xbfstage_name,minor\r\nAda,YES\r\n\r\nBea,\r\n")
    assert registry.transfer.import_performers(path, now=now).problems == []
    assert [(p.stage_name, p.minor) for p in registry.performers()] == [("Ada", True), ("Bea", None)]
    assert registry.identity(registry.performers()[0].ref) == Identity()


def test_a_file_that_is_wrong_throughout_is_not_read_to_its_end(
    registry: Registry, tmp_path: Path, now: datetime
) -> None:
    path = written(tmp_path / "g.csv", GRANT + "P-00000000,2026-01-01,,US,,\n" * 5000)
    done = registry.transfer.import_grants(path, now=now)
    assert len(done.problems) == 1001
    assert "as far as was read" in done.problems[-1].message


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=20)


@given(st.lists(st.fixed_dictionaries({"a": cells, "b": cells}), max_size=5))
def test_whatever_is_written_as_csv_is_read_back_and_is_no_formula(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    text = "".join(csv_lines(["a", "b"], iter(rows)))
    with written(path, text).open("rb") as file:
        back = [row.values for row in rows_of(file, "csv") if isinstance(row, FileRow)]
    kept = [row for row in rows if any(value.strip() for value in row.values())]
    assert back == [{name: value for name, value in row.items() if value} for row in kept]
    for line in text.split("\r\n")[1:]:
        assert not line.lstrip('"').startswith(("=", "+", "-", "@", "\t"))


@given(st.binary(max_size=300), st.sampled_from(FORMS))
def test_any_bytes_give_rows_or_problems(tmp_path_factory: pytest.TempPathFactory, content: bytes, form: Form) -> None:
    with written(tmp_path_factory.getbasetemp() / "any", content).open("rb") as file:
        assert all(isinstance(row, FileRow | LineProblem) for row in rows_of(file, form))


names = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12).filter(
    lambda text: text != "any"
)


@given(st.lists(names, min_size=1, max_size=4))
def test_any_list_of_names_survives_its_cell(items: list[str]) -> None:
    assert items_of(cell_of(items)) == items


@given(items=st.lists(names, min_size=1, max_size=3), description=names)
def test_a_document_survives_its_cells(items: list[str], description: str) -> None:
    document = {"signed_on": "2026-01-01", "scope": {"projects": items, "media": "any", "description": description}}
    assert document_of(cells_of(document)) == document
    assert set(cells_of(document)) <= set(grant_columns())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["scope", "signed_on", "evidence", "performer", "status", "projects", "x"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_any_document_is_a_grant_or_a_problem(
    registry: Registry, tmp_path: Path, now: datetime, document: object
) -> None:
    path = written(tmp_path / "any.jsonl", json.dumps(document))
    done = registry.transfer.import_grants(path, now=now, dry_run=True)
    assert done.problems
