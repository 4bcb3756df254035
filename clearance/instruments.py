"""What an audit works with: the open registry, what faces are compared with, rule packs and trust.

Made once per command from the settings and passed in; `audit` itself opens nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearance.home import registry_of, trust_profile
from clearance.judged_packs import ALWAYS
from clearance.likeness import face_model, likeness_of
from clearance.packs import packs_named
from clearance.papers import Papers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from clearance.likeness import Likeness
    from clearance.settings import Settings
    from consent.registry import Registry
    from policies.pack import Pack
    from provenance.trust import TrustProfile


@dataclass(frozen=True, slots=True)
class Practice:
    """What the operator says about handling biometric data, from the settings; "" where nothing is said."""

    search_purpose: str
    retention_policy: str
    impact_assessment: str


@dataclass(frozen=True, slots=True)
class Instruments:
    """Everything that one audit is made with; see the module's docstring."""

    registry: Registry
    today: date
    likeness: Likeness
    trust: TrustProfile | None
    packs: tuple[Pack, ...]
    commercial_purpose: bool
    approved_packs: frozenset[str]
    papers: Papers
    practice: Practice


@contextmanager
def instruments_of(
    settings: Settings, *, packs: Sequence[str], now: datetime, purpose: str, papers: Papers | None = None
) -> Iterator[Instruments]:
    """Yield the instruments for one command; the registry is closed at the end.

    packs: names of built-in packs or paths of pack files; none means CORE, BIO and PROV. now: when faces are
    compared; only performers whose biometric release is in force that day are searched, whatever moment the
    judgement is about. purpose: a word for the record of changes, in which every opening of the gallery stands.
    papers: the signed answers and waivers that may count.
    """
    chosen = packs_named(packs or ALWAYS, home=settings.home_path)
    model = face_model(settings)
    today = now.date()
    with registry_of(settings) as registry:
        opened = registry.biometrics.gallery(
            model.key, on=today, purpose=purpose, operator=settings.operator.value, now=now
        )
        yield Instruments(
            registry=registry,
            today=today,
            likeness=likeness_of(settings, model, opened, registry.relatives()),
            trust=trust_profile(settings),
            packs=chosen,
            commercial_purpose=settings.commercial_purpose.value == "true",
            approved_packs=settings.approved,
            papers=papers or Papers(),
            practice=Practice(
                search_purpose=settings.search_purpose.value,
                retention_policy=settings.retention_policy.value,
                impact_assessment=settings.impact_assessment.value,
            ),
        )
