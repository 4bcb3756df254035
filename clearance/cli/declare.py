"""`clearance declare`: write or check the supplier's declaration."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clearance import clock, errors
from clearance.cli.attest import attest
from clearance.cli.context import emit, json_option, settings_of
from clearance.errors import DestinationExists, DocumentRejected

if TYPE_CHECKING:
    from clearance.declaration import Declaration
    from clearance.declaration_facts import Asked, Gap

policy_option = click.option(
    "--policy", "packs", multiple=True, metavar="PACK[,PACK]", help="Rule packs that the media will be judged by."
)


@click.group("declare")
def command() -> None:
    """Write or check the supplier's declaration: what was made, with whom, with which tools, for which use."""


@command.command("new")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@policy_option
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="State a field, such as use.final=true.")
@click.pass_context
def new(ctx: click.Context, file: Path | None, packs: tuple[str, ...], given: tuple[str, ...]) -> None:
    """Write a commented declaration to FILE, or print it; an existing file is never overwritten.

    With --policy it holds only what those packs need; on a terminal each of it is asked for.
    """
    text = _text(ctx, packs, given, ask=file is not None and sys.stdin.isatty())
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise DestinationExists(file) from error
    asked = "".join(f" --policy {name}" for name in packs)
    click.echo(f"wrote {file}; fill it in, then: clearance declare lint {file}{asked}")


def _text(ctx: click.Context, packs: tuple[str, ...], given: tuple[str, ...], *, ask: bool) -> str:
    if not packs and not given:
        from clearance.declaration import TEMPLATE

        return TEMPLATE
    from clearance.asking import answers_of, asked, written_declaration
    from clearance.packs import packs_named

    chosen = packs_named(_names(packs), home=settings_of(ctx).home_path)
    answers = answers_of(given)
    if ask:
        answers = asked(chosen, answers, lambda question: click.prompt(question, default="", show_default=False))
    return written_declaration(chosen, answers)


def _names(packs: tuple[str, ...]) -> list[str]:
    return [name.strip() for each in packs for name in each.split(",") if name.strip()]


@command.command("lint")
@click.argument("file", type=click.Path(path_type=Path))
@policy_option
@json_option
@click.pass_context
def lint(ctx: click.Context, file: Path, packs: tuple[str, ...], as_json: bool) -> None:
    """Check a declaration: its form, the signed answers it names, and, where there is a home, that every performer
    it names is registered.

    With --policy it is held against those packs before any media is scanned: each field that a rule misses or that
    breaks one is named, and each question that they ask a person and that no answer is named for. Exit code 3 when
    there is such a field; answers may follow when the file is there to look at.
    """
    from clearance.declaration import load, unknown_performers
    from clearance.home import registry_of
    from clearance.judged_packs import require_known
    from clearance.papers import attestations_of
    from clearance.settings import is_home

    declaration, settings = load(file), settings_of(ctx)
    attestations = attestations_of(file, declaration)
    require_known(file, declaration.policies, settings)
    if is_home(settings):
        with registry_of(settings) as registry:
            problems = unknown_performers(file, declaration, {p.ref for p in registry.performers()})
        if problems:
            raise DocumentRejected(problems)
    answered = frozenset(signed.record.rule for signed in attestations)
    found, asked = _preflight(declaration, packs, settings.home_path, answered) if packs else ((), ())
    _print(file, declaration, found, asked, as_json=as_json)
    ctx.exit(errors.HELD if found else errors.PASSED)


def _preflight(
    declaration: Declaration, packs: tuple[str, ...], home: Path, answered: frozenset[str]
) -> tuple[tuple[Gap, ...], tuple[Asked, ...]]:
    from clearance.declaration_facts import gaps, open_questions
    from clearance.packs import packs_named

    chosen, now = packs_named(_names(packs), home=home), clock.now()
    return gaps(declaration, chosen, as_of=now), open_questions(declaration, chosen, answered=answered, as_of=now)


def _print(
    file: Path, declaration: Declaration, found: tuple[Gap, ...], asked: tuple[Asked, ...], *, as_json: bool
) -> None:
    from policies.document import read_document

    document = read_document(file)
    if as_json:
        rows = [
            {
                "field": ".".join(map(str, gap.where)),
                "place": document.locate(gap.where),
                "missing": gap.why is None,
                "question": gap.question,
                "rules": list(gap.rules),
                "why": gap.why,
            }
            for gap in found
        ]
        questions = [asdict(each) for each in asked]
        emit({"schema": "clearance.declaration-lint/1", "file": str(file), "gaps": rows, "questions": questions})
        return
    for gap in found:
        said = gap.why or f"not declared: {gap.question}"
        click.echo(f"{document.locate(gap.where)}: {'.'.join(map(str, gap.where))}: {said} ({', '.join(gap.rules)})")
    for each in asked:
        roles = " or the ".join(each.roles)
        click.echo(f"{each.rule} asks the {roles}: {each.question} ({' / '.join(each.answers)})")
    replicas = len(declaration.replicas)
    waiting = f"; {len(asked)} questions to answer (clearance declare attest)" if asked else ""
    state = f"{len(found)} fields to look at" if found else "in order"
    click.echo(f"{file}: {state}; {replicas} replica{'s' * (replicas != 1)}, use of {declaration.use.date}{waiting}")


command.add_command(attest)
