"""`clearance policy`: list, show and test rule packs."""

from __future__ import annotations

import click

from clearance import errors
from clearance.cli.context import emit, emit_table, json_option


@click.group("policy")
def command() -> None:
    """List, show and test rule packs: rules as data, each with its source and its own test cases."""


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the built-in packs."""
    from clearance.packs import packs_named

    packs = packs_named(())
    if as_json:
        fields = ("id", "title", "version", "sha256", "legal_review")
        listed = [{f: getattr(p, f) for f in fields} | {"rules": [r.id for r in p.rules]} for p in packs]
        emit({"schema": "clearance.packs/1", "packs": listed})
        return
    rows = [(p.id, p.version, str(len(p.rules)), p.legal_review, p.title) for p in packs]
    emit_table(("pack", "version", "rules", "legal review", "title"), rows)


@command.command("show")
@click.argument("pack")
@click.argument("rule", required=False)
@json_option
def show(pack: str, rule: str | None, as_json: bool) -> None:
    """Show the rules of a pack, built-in or a file, or one of its rules."""
    from clearance.packs import packs_named

    (loaded,) = packs_named((pack,))
    rules = [r for r in loaded.rules if rule is None or r.id == rule.upper()]
    if not rules:
        known = ", ".join(r.id for r in loaded.rules)
        raise click.UsageError(f"pack {loaded.id} has no rule {rule}; it has {known}")
    if as_json:
        documents = [r.model_dump(mode="json", by_alias=True, exclude_none=True) for r in rules]
        emit({"schema": "clearance.pack/1", "id": loaded.id, "version": loaded.version, "rules": documents})
        return
    click.echo(f"{loaded.id} {loaded.version}: {loaded.title}; legal review {loaded.legal_review}")
    for shown in rules:
        click.echo(f"\n{shown.id} ({shown.severity}, for each {shown.for_each}) {shown.title}")
        for clause in shown.require:
            click.echo(f"    requires  {clause.expr}")
            click.echo(f"              else: {clause.say}")
        citation = shown.citation
        click.echo(f"    source    {citation.instrument}, {citation.section}: {citation.paraphrase}")
        click.echo(f"    remedy    {shown.remedy}")


@command.command("test")
@click.argument("packs", nargs=-1)
@click.pass_context
def test(ctx: click.Context, packs: tuple[str, ...]) -> None:
    """Run the cases that packs carry; all built-in packs without an argument. Exit code 1 when one does not hold."""
    from clearance.packs import packs_named
    from policies.cases import run_cases

    reports = [run_cases(pack) for pack in packs_named(packs)]
    for report in reports:
        failed = [r for r in report.results if not r.passed]
        click.echo(f"{report.pack}: {len(report.results) - len(failed)} of {len(report.results)} cases hold")
        for result in failed:
            click.echo(f"  {result.rule} {result.case}: expected {result.expected}, got {result.outcome}: {result.why}")
        for gap in report.gaps:
            click.echo(f"  {gap}")
    ctx.exit(errors.PASSED if all(report.passed for report in reports) else errors.BLOCKED)
