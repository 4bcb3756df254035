"""The commented declaration that `clearance declare new` writes: every field once, the optional ones commented out."""

from __future__ import annotations

from typing import Final

TEMPLATE: Final = """\
# The supplier's declaration. Check it with: clearance declare lint FILE
# What you leave out is unknown, and holds the asset where a rule needs it; "none" and false are answers.
schema: clearance.declaration/1
supplier: Example VFX Ltd
policies: []                      # packs that bind the production beside CORE, BIO and PROV: SAG-TV, US-CA, EU, ...
production:
  title: Night Harbour
  project: NIGHT-HARBOUR          # spelled as in the grants
  # client: Example Studio
  # eidr: 10.5240/7791-8534-2C23-9030-8610-5    # stated in signed manifests, as is
  # isan: 0000-0000-D07A-0090-Q
  # contracts: [SAG-TV]           # SAG-TV, SAG-ANIMATION, SAG-COM, SAG-IMA, ACTRA, BFFS, EQUITY, NETFLIX; or []
  # governing_law: US-CA          # the law that the performers' contracts name, ISO 3166
  # photography_began: 2026-03-02 # the first day of photography or recording
  # strike: false                 # is a strike in force against the production?
  # union_notice_replica: true    # was the union told of the replicas?
  # union_notice_synthetic: true  # ... of synthetic performers?
  # union_notice_training: true   # ... that material is licensed to train models?
  # synthetic_bargained: true     # were terms for synthetic performers bargained with the union?
  # background_counted: false     # are background replicas counted to the required number of background actors?
  # usage_report: true            # has a usage report been produced?
  # subcontractors_bound: true    # are subcontractors bound by the same terms? true where there are none
  # user_content_platform: false  # does the publisher run a platform for its users' content?
  # takedown_path: true           # is removal within 48 hours provided for?
use:
  date: 2026-11-22                # the day of the use that is judged
  territories: [WORLD]            # ISO 3166 codes (US, FR, US-CA), EU, EEA or WORLD
  media: [streaming]              # as in the grants: theatrical, streaming, broadcast, home video, online, print
  categories: [series]            # likewise: feature film, series, trailer, advertising, game, merchandise
  final: true                     # does the output reach a final deliverable?
  # sequel: true                  # the use is in a sequel or spin-off of what was agreed on
  content: []                     # tags that grants may prohibit: nudity, intimacy, violence, politics, ...
  approvals: []                   # approval steps obtained, as the grants name them
  # advertiser: Example Motors    # for advertising
  # product: Example One
  # first_distributed: 2026-12-01 # the first day on which the public sees it
  # audio_only: false             # is it sound alone?
  # promotes_own_work: false      # does it advertise a work in which the replica is used alike?
  # translation_only: false       # did generative tools only translate what a person said?
  # real_time: false              # does the replica answer in real time?
  # training: false               # is the asset licensed to train models?
  # reuse: false                  # is recorded material used again elsewhere?
  # story_role: supporting        # how much the generated element carries the story: key, supporting or background
  # factual: false                # is the work presented as factual?
# client:                         # what the client was told and has approved
#  told_of_generative_ai: true
#  approval: written              # of generated material in the final work: written, oral or none
#  approval_of_inputs: written    # of personal data or unreleased material as input
#  approval_of_likeness: written  # of the use of a likeness
# disclosure:                     # what the audience is told
#  made: true
#  text: Contains digital replicas made with the performers' consent.
#  placement: opening titles
#  by_first_exposure: true        # seen at the latest at first exposure?
#  machine_readable: true         # is the output marked in machine-readable form?
#  watermark: false
# plates: [plate-12.exr]          # the source plates or images that the picture was made from
tools:                            # every tool that touched the picture
  - name: FaceComposer
    version: "4.1"
    vendor: Example Tools
    generative: true
    # inputs: [none]              # what was fed in: personal data, unreleased material, public figures, none
    # keeps_inputs: false         # does its provider keep or reuse inputs?
    # trains_on_inputs: false     # does its provider train on inputs?
    # terms_document: SHA256      # of the tool's terms, as sha256sum prints it
    # enterprise_secured: true    # did it run in a secured environment?
    # performer_model: false      # is it a model trained on a performer?
    # model_projects: []          # the projects that such a model was used for
    # placed_on_market: 2026-01-15  # the day the tool was first placed on the market
    # dataset_documented: true    # are its training data documented?
replicas: []                      # one entry per performer and kind of replica, for example:
#  - performer: P-7K2M9QXA        # "clearance performer list" shows the references
#    kind: ICDR                   # EBDR, ICDR, BADR, DA or SP
#    modalities: [face]           # face, voice, body, motion
#    character: The Keeper
#    scenes: ["12", "14"]
#    files: ["harbour-*.mp4"]     # left out: every file
#    fixed: 2026-04-01            # the day the replica's performance was fixed
#    scanned: 2026-02-10          # the day the performer was scanned
#    scan_reason: stunts of scene 12
#    exemption: none              # claimed: none, comment, satire, docudrama, history, news, incidental
#    alteration: none             # of a DA: cosmetic, wardrobe, noise, timing, ..., dialogue, dubbing, performance
#    altered_traits: false        # was age, body, voice or nudity altered?
#    realistic: true              # does it look real to an audience?
#    engaged: true                # is the performer engaged for this use?
#    encrypted: true              # are the replica's assets stored encrypted?
#    access_logged: true          # is access to them logged?
#    recordings_archival: false   # is it an unaltered clip of an older recording?
#    replaces_work: false         # does it do work that the performer would have done in person?
#    fashion_model: false         # does the performer work as a fashion model?
#    deceased: false              # has the performer died? counts where the registry does not say
on_camera: []                     # enrolled performers who were filmed: no replica
#  - {performer: P-7K2M9QXA}
synthetic_performers: []          # generated people who are meant to be nobody
#  - name: Dockhand 2
#    description: background
#    human_role: true             # a human role that a person could play?
#    prompt_names_performer: false
#    prompt_names_feature: false  # eyes, nose, mouth or ears of a performer, in a prompt?
#    named_performer_consented: false
#    voice: false                 # was its voice generated?
#    role: background             # principal or background
dubbing: []                       # speech replaced by speech in another language
#  - {language: fr, original: en}
complete: false                   # true: tools and dubbing name everything that was done to the picture and the sound
attestations: []                  # signed answers, files beside this one: "clearance declare attest" makes them
"""
