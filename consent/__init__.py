"""Answers who agreed to what, until when, and how that is proved.

Start at `consent.registry.Registry` (the records), `consent.grant_document.grant_from` (a grant as it
enters) and `consent.coverage.assess` (does a grant cover a use). Nothing heavy is imported here.
"""
