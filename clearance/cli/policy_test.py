"""`clearance policy test` and `lint`: whether packs keep to their own cases, and what their authors should look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import errors
from clearance.cli.context import emit, json_option, settings_of

if TYPE_CHECKING:
    from policies.cases import CaseReport
    from policies.pack import Pack


@click.command("test")
@click.argument("packs", nargs=-1, metavar="[PACK|PATH]...")
@json_option
@click.pass_context
def test(ctx: click.Context, packs: tuple[str, ...], as_json: bool) -> None:
    """Run the cases that packs carry; all packs without an argument. Exit code 1 when one does not hold, or when a
    rule lacks a case that passes, fails, is unknown, or lies beside one of its dates."""
    from policies.cases import run_cases

    reports = [run_cases(pack) for pack in _packs(packs, settings_of(ctx).home_path)]
    if as_json:
        emit({"schema": "clearance.policy-test/1", "packs": [_document(report) for report in reports]})
    else:
        for report in reports:
            _print(report)
    ctx.exit(errors.PASSED if all(report.passed for report in reports) else errors.BLOCKED)


def _packs(names: tuple[str, ...], home: Path) -> tuple[Pack, ...]:
    from clearance.packs import draft_pack, packs_named

    return tuple(draft_pack(name, home=home) for name in names) or packs_named((), home=home)


def _print(report: CaseReport) -> None:
    failed = [result for result in report.results if not result.passed]
    broken = sum(each.broken > 0 for each in report.coverage)
    left_open = sum(each.open > 0 for each in report.coverage)
    held = f"{len(report.results) - len(failed)} of {len(report.results)} cases hold"
    clauses = len(report.coverage)
    click.echo(f"{report.pack}: {held}; of {clauses} clauses, {broken} are seen broken and {left_open} left open")
    for result in failed:
        click.echo(f"  {result.rule} {result.case}: expected {result.expected}, got {result.outcome}: {result.why}")
    for gap in report.gaps:
        click.echo(f"  {gap}")


def _document(report: CaseReport) -> dict[str, Any]:
    return {
        "pack": report.pack,
        "passed": report.passed,
        "cases": [
            {"rule": r.rule, "case": r.case, "expected": r.expected, "outcome": r.outcome, "why": r.why}
            for r in report.results
        ],
        "gaps": list(report.gaps),
        "clauses": [{"rule": c.rule, "clause": c.clause, "broken": c.broken, "open": c.open} for c in report.coverage],
    }


@click.command("lint")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def lint(ctx: click.Context, path: Path, as_json: bool) -> None:
    """Check a pack file or folder: everything that stops it from loading, with file:line:column, and warnings.

    Exit code 2 when it does not load, 1 when its cases contradict it, 0 with or without warnings.
    """
    from policies.lint import lint as linted

    found = linted(path)
    if as_json:
        emit(
            {
                "schema": "clearance.policy-lint/1",
                "pack": found.pack.id,
                "sha256": found.pack.sha256,
                "errors": list(found.errors),
                "warnings": list(found.warnings),
            }
        )
    else:
        for problem in found.errors:
            click.echo(problem)
        for warning in found.warnings:
            click.echo(f"warning: {warning}")
        counts = f"{len(found.errors)} errors, {len(found.warnings)} warnings"
        click.echo(f"{found.pack.id} {found.pack.version}: {len(found.pack.rules)} rules, {counts}")
    ctx.exit(errors.BLOCKED if found.errors else errors.PASSED)


commands = (test, lint)
