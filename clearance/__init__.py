"""The application: who is recognisable in a piece of media, did each consent to this use, is its provenance true.

It composes the four libraries `detectors`, `consent`, `provenance` and `policies`; none of them knows it.
Importing this package loads nothing else.
"""

__version__ = "0.1.0"
