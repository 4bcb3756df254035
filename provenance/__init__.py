"""What a file says about its own making: C2PA manifests read, verified and signed, without a network.

Start at `provenance.verify.read` and `provenance.sign.sign`; `provenance.errors` draws what can go wrong.
Standard: C2PA Technical Specification 2.x, with the digital source types of the IPTC.
"""
