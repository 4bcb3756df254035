"""`clearance doctor`: what works here, and where each setting came from."""

from __future__ import annotations

import click

from clearance import clock, errors
from clearance.cli.context import device_option, emit, emit_table, json_option, settings_of


@click.command("doctor")
@device_option
@json_option
@click.pass_context
def command(ctx: click.Context, device: str | None, as_json: bool) -> None:
    """Show what works here: providers, model pack, keys, trust, database, and where each setting came from.

    Exit code 2 when something is wrong that a command would fail on.
    """
    from clearance.diagnosis import diagnose

    settings = settings_of(ctx, device=device)
    checks = diagnose(settings, now=clock.now())
    if as_json:
        emit(
            {
                "schema": "clearance.doctor/1",
                "checks": [{"name": c.name, "state": c.state, "detail": c.detail} for c in checks],
                "settings": {name: {"value": s.value, "source": s.source} for name, s in settings.items()},
            }
        )
    else:
        emit_table(("check", "state", "detail"), [(c.name, c.state, c.detail) for c in checks])
        click.echo()
        rows = [(name, s.value or "(none)", s.source) for name, s in settings.items()]
        emit_table(("setting", "value", "from"), rows)
    ctx.exit(errors.USAGE if any(c.state == "wrong" for c in checks) else errors.PASSED)
