"""What was agreed, as facts: each declared replica with the best grant of its performer, and who the performer is.

From the registry and the declaration; the arithmetic that follows from both (notice, term, years since a death) is
here, the judgement about it in the rule packs.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from consent.coverage import months_after
from consent.grant import ANY
from policies.person_facts import ConsentFacts, PersonFacts, ReplicaFacts

if TYPE_CHECKING:
    from clearance.audit import ReplicaAudit
    from clearance.declared_parts import Replica
    from consent.answer import Dimension, GrantAnswer, Outcome
    from consent.grant import Grant, Terms, TrainingUse
    from consent.values import Performer

# From best to worst, for a fact that several answers make together.
_GRAVITY: Final = ("covered", "unknown", "not_covered")
# The facts that rules speak of, and the answers each is made of: limits that no rule names apart narrow another.
_TOLD_AS: Final[dict[str, tuple[Dimension, ...]]] = {
    "status": ("status", "authority", "survivorship"),
    "term": ("term", "period_of_use"),
    "project": ("project", "sequel"),
    "use_category": ("use_category", "advertiser", "product"),
    "medium": ("medium",),
    "territory": ("territory",),
    "character": ("character",),
    "scene": ("scene",),
    "replica_kind": ("replica_kind",),
    "modality": ("modality",),
}
_STRICTNESS: Final = ("allowed", "constrained", "notAllowed")


def replica_facts(
    replica: ReplicaAudit, performer: Performer | None, use_date: date, *, first_use: date | None = None
) -> ReplicaFacts:
    """Return the facts of one declared replica. performer: as registered, None for somebody who is not.

    first_use: the day from which a maximum period of use counts, None where nobody has said.
    """
    declared = replica.declared
    outside = {"character", "scenes", "files", "replaces_work", "fashion_model", "deceased"}
    return ReplicaFacts(
        **declared.model_dump(exclude=outside),
        seen=replica.seen,
        consent=_consent(replica, performer, first_use),
        person=_person(declared, performer, use_date),
    )


def _consent(replica: ReplicaAudit, performer: Performer | None = None, first_use: date | None = None) -> ConsentFacts:
    best = replica.consent.best if replica.consent is not None else None
    if replica.consent is None or best is None:
        return ConsentFacts(record_found=False, replaces_work=replica.declared.replaces_work)
    given: dict[str, tuple[Outcome, str]] = {d.dimension: (d.outcome, d.why) for d in best.dimensions}
    last = last_day_of_use(best.grant, first_use)
    if last is not None:
        given["period_of_use"] = _in_period(last, replica.consent.use.date)
    apart = {name: given[name][0] for name in ("advertiser", "product") if name in given}
    told = {name: [given[n] for n in parts if n in given] for name, parts in _TOLD_AS.items()}
    outcomes = {name: max(said, key=lambda answer: _GRAVITY.index(answer[0])) for name, said in told.items() if said}
    answers = {name: outcome for name, (outcome, _) in outcomes.items() if name != "status"} | apart
    grant = best.grant
    evidence = grant.evidence
    return ConsentFacts.model_validate(
        {
            "record_found": True,
            # What the registry records; the rules that void a clause add to it.
            "voided_by": (),
            "grant": grant.id,
            "status": _status(best, replica.consent.use.date),
            "why": {name: why for name, (_, why) in outcomes.items()},
            "evidence_hash": "verified" if evidence and evidence.hash_verified else None,
            "evidence_signature": evidence.signature if evidence else None,
            "prohibitions": grant.prohibitions,
            "approvals_required": tuple(approval.step for approval in grant.approvals),
            "replaces_work": replica.declared.replaces_work,
            "maximum_use_period_ends": last,
            "authority_document": authority_on_record(grant, performer),
            **_terms(grant, replica.declared),
            **{name: outcome for name, outcome in answers.items() if outcome != "unknown"},
        }
    )


def _status(best: GrantAnswer, day: date) -> str | None:
    """Return the grant's status in a word; one that binds nobody, or not beyond a death, is not given."""
    status = best.grant.status_on(day)
    doubts: tuple[tuple[Dimension, str], ...] = (
        ("authority", "signed without authority"),
        ("survivorship", "ended by a death"),
    )
    for name, word in doubts:
        answer = best.dimension(name)
        if status == "given" and answer is not None and answer.outcome != "covered":
            return word if answer.outcome == "not_covered" else None
    return status


def authority_on_record(grant: Grant, performer: Performer | None) -> bool | None:
    """Return whether the document that gives the signatory's authority is kept, with the grant or the performer.

    None where the grant names no signatory.
    """
    if grant.signatory is None:
        return None
    kept = {grant.signatory.authority_sha256}
    if performer is not None and grant.signatory.role == "guardian":
        kept.add(performer.guardian_authority)
    if performer is not None and grant.signatory.role == performer.estate_role:
        kept.add(performer.estate_authority)
    return kept != {None}


def last_day_of_use(grant: Grant, first_use: date | None) -> date | None:
    """Return the last day of the grant's maximum period of use, None where it or the first use is not stated."""
    months = grant.scope.mpu_months
    return None if months is None or first_use is None else months_after(first_use, months) - timedelta(days=1)


def _in_period(last: date, day: date) -> tuple[Outcome, str]:
    """Return what a known first use decides, where the grant by itself leaves the period of use open."""
    outcome: Outcome = "covered" if day <= last else "not_covered"
    return outcome, f"The maximum period of use ends on {last}, and the use is on {day}."


def _terms(grant: Grant, declared: Replica) -> dict[str, Any]:
    return {
        "signed": grant.signed_on,
        "form": grant.form,
        "described": bool(grant.scope.description),
        "everything_everywhere": everything_everywhere(grant),
        "represented_by": grant.represented_by,
        "pay_status": grant.pay_status,
        "survivorship": grant.survivorship,
        "training": strictest_training(grant.training_use),
        "term_years": term_years(grant),
        "notice_hours": notice_hours(grant, declared),
        "signatory_role": grant.signatory.role if grant.signatory else None,
    }


def notice_hours(grant: Grant, declared: Replica) -> int | None:
    """Return the hours that surely lie between the notice and the work or signature, whichever is first.

    Only days are on record: from the end of the notice's day to the beginning of the other. None without a notice.
    """
    if grant.notice_on is None:
        return None
    first = min(day for day in (grant.signed_on, declared.scanned, declared.fixed) if day is not None)
    return max(0, (first - grant.notice_on).days - 1) * 24


def everything_everywhere(grant: Grant) -> bool | None:
    """Return whether the grant covers any media, any territory and no end, without a project; None where unstated."""
    scope = grant.scope
    answers = (
        _any(scope.media),
        True if scope.territories not in (None, ANY) and "WORLD" in scope.territories else _any(scope.territories),
        None if scope.expires_on is None else scope.expires_on is ANY,
        scope.projects is None or scope.projects is ANY,
    )
    if False in answers:
        return False
    return None if None in answers else True


def _any(terms: Terms) -> bool | None:
    return None if terms is None else terms is ANY


def strictest_training(training: TrainingUse) -> str | None:
    """Return the strictest term about training models that is stated, None where none is."""
    stated = (training.data_mining, training.ai_inference, training.ai_generative_training, training.ai_training)
    return max((term for term in stated if term is not None), key=_STRICTNESS.index, default=None)


def term_years(grant: Grant) -> int | None:
    """Return the years from the first to the last day of the grant, a begun year counted whole; None without an end."""
    last = grant.scope.expires_on
    if not isinstance(last, date):
        return None
    first = grant.scope.starts_on or grant.signed_on
    # The last day is included: a year from 3 February ends with 2 February.
    after = last + timedelta(days=1) if last < date.max else last
    if after <= first:
        return 0
    whole = whole_years(first, after)
    return whole if (after.month, after.day) == (first.month, first.day) else whole + 1


def whole_years(first: date, day: date) -> int:
    """Return the whole years from one day to a later one; a 29 February is reached on 1 March of a common year."""
    return day.year - first.year - ((day.month, day.day) < (first.month, first.day))


def _person(declared: Replica, performer: Performer | None, use_date: date) -> PersonFacts:
    """Return who the performer is; the registry's word counts before the declaration's."""
    if performer is None:
        return PersonFacts(deceased=declared.deceased, fashion_model=declared.fashion_model)
    died = performer.deceased_on
    return PersonFacts(
        minor=performer.minor_on(use_date),
        deceased=declared.deceased if died is None else died <= use_date,
        died=died,
        years_since_death=whole_years(died, use_date) if died is not None and died <= use_date else None,
        domicile=performer.domicile,
        domicile_at_death=performer.domicile_at_death,
        fashion_model=declared.fashion_model,
    )
