"""Which rules does this use meet, which does it break, and which can't be told?

Rules are data: packs of YAML with citations, expressions and their own tests. Facts go in
(`policies.facts`), findings come out (`policies.finding`); `policies.pack` loads packs and
`policies.judge` holds facts against them. Importing this package alone loads nothing heavy.
"""
