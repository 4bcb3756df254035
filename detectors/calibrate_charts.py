"""A calibration as charts that can be read without knowing the terms: PNG, drawn without a display.

The axes say in words what is counted; a solid line is measured, a dotted one extrapolated.
"""

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from detectors.calibration_file import CalibrationRecord, OperatingPoint

SCORES = "scores.png"
FALSE_MATCHES = "false-matches.png"
MISSES = "misses.png"
_INCHES, _DPI = (8.0, 5.0), 120
_EDGES = [n / 100 for n in range(-100, 100)]
_METADATA = {"Software": None}
"""Without the name of the library and its version, so that the same record gives the same bytes."""


def draw_charts(record: CalibrationRecord, folder: Path) -> tuple[Path, ...]:
    """Write three charts of a calibration into folder, made where it is missing, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with matplotlib.rc_context({"font.size": 10, "axes.grid": True, "grid.alpha": 0.3}):
        for name, draw in ((SCORES, _scores), (FALSE_MATCHES, _false_matches), (MISSES, _misses)):
            # A figure of its own, not of pyplot: no display is asked for and nothing stays open.
            figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")
            draw(record, figure.add_subplot())
            figure.supxlabel(_source(record), fontsize=7, color="dimgrey")
            figure.savefig(folder / name, metadata=_METADATA)
            drawn.append(folder / name)
    return tuple(drawn)


def _scores(record: CalibrationRecord, axes: Any) -> None:
    """Draw how similar pictures of one person and of two people are."""
    histogram = record.histograms[0]
    axes.fill_between(_EDGES, histogram.impostor, step="post", alpha=0.6, color="tab:red", label="two different people")
    axes.fill_between(_EDGES, histogram.genuine, step="post", alpha=0.6, color="tab:blue", label="the same person")
    axes.set(
        title="How similar are two pictures?",
        xlabel="similarity score (1 = identical)",
        ylabel="share of all pairs of pictures",
        xlim=(-0.3, 1.0),
        ylim=(0, None),
    )
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.legend(loc="upper center")


def _false_matches(record: CalibrationRecord, axes: Any) -> None:
    """Draw how rarely a stranger reaches a score."""
    for curve, colour in zip(record.curves, ("tab:red", "tab:purple"), strict=False):
        words = _references(curve.references)
        shown = [point for point in curve.false_match if point[1] >= 1e-8]
        measured = [point for point in shown if point[0] <= curve.measured_to]
        beyond = [point for point in shown if point[0] >= curve.measured_to]
        axes.plot([p[0] for p in measured], [p[1] for p in measured], color=colour, label=f"{words}, measured")
        axes.plot([p[0] for p in beyond], [p[1] for p in beyond], ":", color=colour, label=f"{words}, extrapolated")
        axes.fill_between([p[0] for p in shown], [p[2] for p in shown], [p[3] for p in shown], color=colour, alpha=0.15)
    axes.set(
        title="How often does a stranger look as similar as this to one enrolled person?",
        xlabel="similarity score",
        ylabel="share of comparisons with strangers\nthat reach the score (shaded: 95 % interval)",
        yscale="log",
        ylim=(1e-8, 1.0),
    )
    axes.yaxis.set_major_formatter(FuncFormatter(_one_in))
    axes.legend(loc="upper right")


def _misses(record: CalibrationRecord, axes: Any) -> None:
    """Draw how many enrolled people are missed at what rate of false alarms, with one reference."""
    least = min(point.references for point in record.operating_points)
    points = [point for point in record.operating_points if point.references == least]
    for n, people in enumerate(sorted({point.people for point in points})):
        line = sorted((p for p in points if p.people == people), key=lambda p: p.fpir)
        measured = [p for p in line if p.basis == "measured"]
        axes.plot(*_xy(line), ":", color=f"C{n}", label=None if measured else f"{people:,} enrolled, extrapolated")
        if measured:
            axes.plot(*_xy(measured), "o-", color=f"C{n}", markersize=3, label=f"{people:,} enrolled")
    axes.set(
        title=f"Fewer false alarms cost more misses ({_references(least)})",
        xlabel="share of strangers who are wrongly named (false alarms)",
        ylabel="share of enrolled people who are missed",
        xscale="log",
        ylim=(0, None),
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    axes.legend(loc="upper right", title="dotted: extrapolated")


def _xy(points: list[OperatingPoint]) -> tuple[list[float], list[float]]:
    """Return false alarms and misses of points."""
    return [p.fpir for p in points], [p.fnir[0] for p in points]


def _one_in(rate: float, _: int) -> str:
    """Return a rate as it is spoken: 0.001 is "1 in 1,000"."""
    return f"1 in {1 / rate:,.0f}"


def _references(count: int) -> str:
    """Return a number of references in words."""
    return "one reference picture per person" if count == 1 else f"{count} reference pictures per person"


def _source(record: CalibrationRecord) -> str:
    """Return what was measured on what."""
    return (
        f"{record.pack.name} {record.pack.version} on {record.dataset.name}, {record.dataset.identities:,} people, "
        f"{record.dataset.pictures:,} pictures; calibration {record.id}"
    )
