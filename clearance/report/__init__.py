"""Renderings of one frozen `Audit`: the JSON document is the record, everything else is made from it."""
