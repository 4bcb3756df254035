"""`clearance policy`: list and show rule packs, and the facts that rules may read; the other commands lie beside."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import click

from clearance.cli import policy_diff, policy_test, policy_write
from clearance.cli.context import emit, emit_table, json_option, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.in_words import RuleInWords
    from policies.pack import Pack
    from policies.rule import Rule


@click.group("policy")
def command() -> None:
    """List, show, test, write and compare rule packs: rules as data, each with its source and its own cases."""


for _each in (*policy_test.commands, *policy_write.commands, *policy_diff.commands):
    command.add_command(_each)


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the shipped packs and the home's own."""
    from clearance.packs import packs_named

    packs = packs_named((), home=settings_of(ctx).home_path)
    if as_json:
        fields = ("id", "title", "version", "sha256", "legal_review", "disabled_because")
        listed = [{f: getattr(p, f) for f in fields} | {"rules": [r.id for r in p.rules]} for p in packs]
        emit({"schema": "clearance.packs/1", "packs": listed})
        return
    rows = [(p.id, p.version, str(len(p.rules)), p.legal_review, p.title) for p in packs]
    emit_table(("pack", "version", "rules", "legal review", "title"), rows)
    for pack in packs:
        if pack.disabled_because:
            click.echo(f"{pack.id} is not in use: {pack.disabled_because}")


@command.command("show")
@click.argument("what", metavar="RULE|PACK")
@click.argument("rule", required=False)
@json_option
@click.pass_context
def show(ctx: click.Context, what: str, rule: str | None, as_json: bool) -> None:
    """Show a rule (S1, CORE K10) or all rules of a pack, in words: when it applies, what it asks, its source."""
    found = _found(ctx, what, rule)
    if as_json:
        packs = [
            {
                "id": pack.id,
                "version": pack.version,
                "legal_review": pack.legal_review,
                "disabled_because": pack.disabled_because,
                "rules": [r.model_dump(mode="json", by_alias=True, exclude_none=True) for r in rules],
            }
            for pack, rules in found
        ]
        emit({"schema": "clearance.rules/1", "packs": packs})
        return
    from clearance.verdict import UNCAPPED_PACKS
    from policies.in_words import in_words

    approved = UNCAPPED_PACKS | settings_of(ctx).approved
    for pack, rules in found:
        cap = "" if pack.id in approved else "; holds a file at most, until approved_packs in the settings names it"
        click.echo(f"{pack.id} {pack.version}: {pack.title}; legal review {pack.legal_review}{cap}")
        if pack.disabled_because:
            click.echo(f"Not in use: {pack.disabled_because}")
        for each in rules:
            click.echo("\n" + "\n".join(_lines(in_words(each))))


def _found(ctx: click.Context, what: str, rule: str | None) -> list[tuple[Pack, list[Rule]]]:
    """Return the packs and their rules that are meant: a rule of any pack, a whole pack, or one rule of it."""
    from clearance.packs import draft_pack, packs_named

    home = settings_of(ctx).home_path
    if rule is None:
        everywhere = [(p, [r for r in p.rules if r.id == what.upper()]) for p in packs_named((), home=home)]
        if any(rules for _, rules in everywhere):
            return [(pack, rules) for pack, rules in everywhere if rules]
    pack = draft_pack(what, home=home)
    rules = [r for r in pack.rules if rule is None or r.id == rule.upper()]
    if not rules:
        known = ", ".join(r.id for r in pack.rules)
        raise click.UsageError(f"pack {pack.id} has no rule {rule}; it has {known}")
    return [(pack, rules)]


def _lines(rule: RuleInWords) -> Iterable[str]:
    yield f"{rule.id}  {rule.title}"
    citation = rule.citation
    address = f" {citation.address}" if citation.address else ""
    rows = [("applies", text) for text in rule.applies]
    rows += [("asked", rule.asked), ("not met", rule.consequence)]
    for sentence, expression in rule.not_met:
        rows += [("requires", expression), ("", f"else: {sentence}")]
    rows += [("a person", text) for text in rule.asks_a_person]
    rows += [
        ("remedy", rule.remedy),
        ("source", f"{citation.instrument}, {citation.section}: {citation.paraphrase}{address}"),
        ("", f"{rule.confidence}; last checked {citation.checked}"),
    ]
    rows += [("example", f"{outcome}: {name}") for outcome, name in rule.examples]
    before = None
    for label, text in rows:
        head = f"    {'' if label == before else label:<10}"
        yield from textwrap.wrap(text, 110, initial_indent=head, subsequent_indent=" " * 14, break_long_words=False)
        before = label


@command.command("facts")
@click.argument("part", required=False, default="")
@json_option
def facts(part: str, as_json: bool) -> None:
    """List the facts that rules may read, those whose path contains PART; --json prints their JSON Schema."""
    from policies.facts import fact_schema
    from policies.vocabulary import SUBJECTS, fact_paths

    if as_json:
        click.echo(json.dumps({"schema": "clearance.facts/1", "json_schema": fact_schema()}, indent=2))
        return
    paths = dict(fact_paths("asset")) | {p: text for kind in SUBJECTS for p, text in fact_paths(kind).items()}
    rows = [(path, text) for path, text in paths.items() if part in path]
    if not rows:
        raise click.UsageError(f'no fact has "{part}" in its path; leave it out to see them all')
    emit_table(("fact", "what it is and where it comes from"), rows)
