"""The entry point: loads commands lazily, and turns every outcome into the exit code that is promised for it."""

from __future__ import annotations

import importlib
import sys
import traceback
from typing import TYPE_CHECKING, Final

import click

from clearance import __version__, errors

if TYPE_CHECKING:
    from collections.abc import Sequence

# Command name -> ("module:attribute", one line for --help). A module is imported only when its command runs, so
# that --help and verify start without the database, numpy, ONNX Runtime or the face models.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("clearance.cli.demo:command", "Show the whole story on sample media, from an empty folder."),
    "init": ("clearance.cli.init:command", "Make the home: database, keys, (with --dev) a signing identity."),
    "doctor": (
        "clearance.cli.doctor:command",
        "Show what works here: providers, model pack, keys, trust, database.",
    ),
    "models": ("clearance.cli.models:command", "List, install, verify and calibrate model packs."),
    "registry": ("clearance.cli.registry:command", "Back up, restore, check and migrate the registry's database."),
    "performer": ("clearance.cli.performer:command", "Add, update, list, enrol and erase performers."),
    "consent": ("clearance.cli.consent:command", "Record grants and their life; what they cover, as known when."),
    "ledger": (
        "clearance.cli.ledger:command",
        "The record of changes: verify it, sign its state, prove what it holds.",
    ),
    "keys": ("clearance.cli.keys:command", "Show, rotate and move the keys that protect what is sealed."),
    "retention": ("clearance.cli.retention:command", "Until when templates may be kept; destroy what is due."),
    "scan": ("clearance.cli.scan:command", "Who is on screen and when; no policy."),
    "declare": ("clearance.cli.declare:command", "Write or check the supplier's declaration."),
    "waive": ("clearance.cli.waive:command", "Sign a waiver: set a finding aside, for named files or a project."),
    "audit": ("clearance.cli.audit:command", "Judge media against consent and rules, and write the report."),
    "gate": ("clearance.cli.audit:gate", "The same judgement without writing a report."),
    "sign": (
        "clearance.cli.sign:command",
        "Sign media with C2PA: actions, source type, the consent assertion.",
    ),
    "inspect": ("clearance.cli.inspect:command", "What a file says about its own making."),
    "bundle": ("clearance.cli.bundle:command", "One file with report, evidence and signature, to hand in."),
    "verify": ("clearance.cli.verify:command", "The auditor's check of a file or a bundle, offline."),
    "provenance": ("clearance.cli.provenance:command", "Whose signatures count, and certificates for signing."),
    "policy": ("clearance.cli.policy:command", "List, show and test rule packs."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and help line, and imports one only to run it."""

    # click calls these with a context that none of them needs.
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 -- a slip of ours, found by the test of all commands
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 pass, 1 blocked, 2 usage or configuration, 3 held, 4 evidence invalid, 70 a defect.",
)
@click.version_option(__version__, prog_name="clearance")
@click.option("--home", metavar="DIR", envvar="CLEARANCE_HOME", help="Where the registry, keys and settings live.")
@click.option("-v", "--verbose", count=True, help="Say more on stderr; a failure prints its traceback.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")
@click.pass_context
def cli(ctx: click.Context, home: str | None, verbose: int, quiet: bool) -> None:
    """Who is recognisable in a finished piece of media, did each consent to this use at this date, and does its
    provenance say so truthfully?"""
    ctx.obj = {"home": home, "verbose": verbose, "quiet": quiet}


def run(arguments: Sequence[str]) -> int:
    """Return the exit code of one command line; errors are printed as one sentence on stderr, never raised."""
    try:
        result = cli.main(args=list(arguments), prog_name="clearance", standalone_mode=False)
    except click.exceptions.Abort:
        return _say("interrupted; nothing was finished", errors.USAGE)
    except click.ClickException as error:
        error.show()
        return errors.USAGE
    except SystemExit:
        # Click's answer to a reader that closed our output is exit code 1, which here would mean blocked. The
        # verdict did not reach anybody, so it is not a pass either.
        return errors.HELD
    except Exception as error:  # noqa: BLE001 -- the one place that turns whatever went wrong into an exit code
        return _failed(error, verbose=bool({"-v", "--verbose"} & set(arguments)))
    return result if isinstance(result, int) else errors.PASSED


def _failed(error: Exception, *, verbose: bool) -> int:
    from clearance.exit_codes import exit_code_of

    code = exit_code_of(error)
    if verbose:
        click.echo("".join(traceback.format_exception(error)), err=True)
    if code is None:
        return _say(
            f"a defect of clearance ({type(error).__name__}), not of your media; no verdict was reached. "
            'Report what the same command prints with "clearance -v ..."',
            errors.DEFECT,
        )
    if isinstance(error, OSError):
        return _say(f"{error.filename or 'the operating system'}: {error.strerror or error}", code)
    return _say(str(error), code)


def _say(sentence: str, code: int) -> int:
    for line in sentence.splitlines():
        click.echo(f"clearance: {line}", err=True)
    return code


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))
