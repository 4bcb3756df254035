"""What rules cost: loading the packs, judging a crowd, and judging recorded facts again; printed as rows of a table.

The bare engine is every compiled expression of the same packs evaluated once over the same facts, with nothing
around it: no sentences, no findings, no reading of records.
"""

from __future__ import annotations

import json
import statistics
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from policies import pack as pack_module
from policies.base_facts import base_facts
from policies.facts import Facts, facts_from_json
from policies.judge import judge
from policies.pack import Pack, builtin_packs
from policies.rejudging import Comparison, changes
from policies.vocabulary import SUBJECTS, evaluation_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RUNS = 7
APPEARANCES = 20
RECORDED = 10_000
# The median of a part of them, since every one costs the same.
SAMPLE = 200
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def rows() -> Iterator[str]:
    """Yield the lines of the table: ours, the limit, and the ratio."""
    packs = builtin_packs()
    count = sum(len(pack.rules) for pack in packs)
    cold = _median(_cold)
    yield f"| loading and checking {len(packs)} packs, {count} rules | | {cold:.3g} ms | | | below 300 ms |"
    warm = _median(builtin_packs)
    yield f"| the same again, known by digest | loading them | {warm:.3g} ms | {cold:.3g} ms | {warm / cold:.2f} | |"
    crowd = crowd_facts(packs)
    judged = _median(lambda: judge(packs, crowd, as_of=NOW))
    yield f"| {count} rules, {APPEARANCES} people on screen | | {judged:.3g} ms | | | below 50 ms |"
    yield again(packs, crowd)


def crowd_facts(packs: Sequence[Pack]) -> Facts:
    """Return facts of one asset with many people on screen, from the packs' own base facts."""
    tree: dict[str, Any] = {}
    for pack in packs:
        for name, value in pack.base.items():
            tree.setdefault(name, {}).update(value)
    facts = base_facts(tree)
    person = facts.appearances[0]
    crowd = tuple(person.model_copy(update={"id": f"A{number}"}) for number in range(1, APPEARANCES + 1))
    return facts.model_copy(update={"appearances": crowd})


def again(packs: Sequence[Pack], facts: Facts) -> str:
    """Recorded facts read and judged under two versions of one pack, against the bare engine under both."""
    old = next(pack for pack in packs if pack.id == "CORE")
    first = old.rules[0].model_copy(update={"severity": "warn"})
    new = Pack(
        **{name: getattr(old, name) for name in ("id", "title", "version", "effective", "legal_review", "sha256")},
        rules=(first, *old.rules[1:]),
        programs=old.programs,
        base=old.base,
    )
    comparison = Comparison((old,), (new,), [pack for pack in packs if pack.id != "CORE"])
    few = facts.model_copy(update={"appearances": facts.appearances[:2]})
    record = json.dumps(few.model_dump(mode="json", exclude_none=True))

    def ours() -> None:
        for _ in range(SAMPLE):
            changes(*comparison.findings(facts_from_json(record), as_of=NOW))

    views = list(_views(packs, evaluation_map(few)))

    def bare() -> None:
        for _ in range(2 * SAMPLE):
            for program, view in views:
                program.evaluate(view)

    pairs = [(_seconds(ours), _seconds(bare)) for _ in range(RUNS + 1)][1:]
    left, right = (statistics.median(pair[side] for pair in pairs) * RECORDED / SAMPLE for side in (0, 1))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    what = f"`policy diff` over {RECORDED} recorded assets"
    return f"| {what} | the bare engine under both | {left:.3g} s | {right:.3g} s | {ratio:.2f} | at most 3 |"


def _views(packs: Sequence[Pack], data: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield every expression with each view that it is evaluated over."""
    for pack in packs:
        for rule, program in zip(pack.rules, pack.programs, strict=True):
            kind = rule.for_each
            subjects = data[SUBJECTS[kind][0]] if kind in SUBJECTS else [None]
            for subject in subjects:
                view = data if subject is None else {**data, kind: subject}
                for part in (*program.require, *((program.when,) if program.when else ())):
                    yield part, view


def _cold() -> None:
    pack_module._LOADED.clear()
    builtin_packs()


def _median(work: Callable[[], object]) -> float:
    pack_module._shipped.cache_clear()
    times = []
    for _ in range(RUNS + 1):
        pack_module._shipped.cache_clear()
        times.append(_seconds(work) * 1000)
    return statistics.median(times[1:])


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    print("| what | against | ours | other | ratio | aim |\n|---|---|---|---|---|---|")
    for line in rows():
        print(line)
