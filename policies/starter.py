"""The first text of a studio's own pack: one rule with its cases, commented, valid, and green under its own test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.errors import PackRefused
from policies.look_alikes import foreign_letter
from policies.own_packs import refuse_taken_id

if TYPE_CHECKING:
    from datetime import date

_ID: Final = re.compile(r"[A-Z][A-Z0-9-]{0,30}", re.ASCII)


def starter_pack(name: str, *, today: date) -> str:
    """Return the text of pack.yaml for a pack of that id, in any case. Raises PackRefused if it can't have it."""
    pack_id = name.upper()
    if foreign := foreign_letter(pack_id):
        raise PackRefused(name, foreign)
    if not _ID.fullmatch(pack_id):
        raise PackRefused(name, "an id is up to 31 letters, digits and hyphens, and begins with a letter")
    refuse_taken_id(pack_id, name)
    return _TEXT.replace("@ID@", pack_id).replace("@TODAY@", today.isoformat())


_TEXT: Final = """\
# Rules of our own. "clearance policy facts" lists what a rule may read, "clearance policy lint" checks this file,
# "clearance policy test" runs the cases below. Rules hold a file at most, until the settings name the pack under
# approved_packs.
pack: @ID@
title: What our studio asks beyond the law and the agreements
version: "0.1"
effective: @TODAY@
legal_review: pending                 # approved, once counsel has read it

# The facts that every case starts from. A rule about replicas needs one replica here; write it in the singular.
facts:
  asset: {sha256: "0000000000000000000000000000000000000000000000000000000000000000", kind: video}
  use: {date: @TODAY@, final: true, generative_ai: true}
  client: {approval: written}

rules:
  - id: H1                            # one to four capitals and a number; findings and waivers name it
    title: Generated material in a final deliverable has the client's written approval
    severity: review                  # block, review (a person decides), warn or info
    citation:
      instrument: House rules         # a law, an agreement, a contract, a policy
      section: "1"
      paraphrase: What generative tools made reaches a final deliverable only with the client's approval in writing.
      confidence: sourced             # sourced: you have read the text itself; else high, medium or low
      checked: "@TODAY@"              # the day on which somebody last compared the rule with its source
      # address: https://...
    # from: 2027-01-01                # first and last day; they count against the day of the anchor
    # until: 2029-12-31
    # anchor: used                    # judged, used, distributed, photographed, signed, fixed, scanned or captured
    # contracts: [SAG-TV]             # only productions under one of these agreements
    # jurisdictions: [US-CA]          # only uses that touch one of these places
    for_each: asset                   # or: replica, appearance, performer, tool, synthetic
    when:                             # left out: always
      expr: use.final && use.generative_ai
      say: no generated material reaches a final deliverable
    require:                          # each must hold; a fact that is not known makes the answer unknown, never a pass
      - expr: client.approval == "written"
        say: The client's approval of the final use is {client.approval}, not written.
        unknown: Nobody has stated whether the client approved the final use of generated material.
    remedy: Get the client's approval in writing and name it in the declaration, or replace the material.
    cases:                            # at least one that passes, one that fails and one that is unknown
      - name: the client approved in writing
        expect: pass
      - name: the client said yes on the telephone
        facts: {client.approval: oral}
        expect: fail
      - name: whether the client approved is not known
        facts: {client.approval: null}
        expect: unknown
      - name: it is a draft
        facts: {use.final: false}
        expect: not_applicable
"""
