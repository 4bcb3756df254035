"""The submission as one file: made at the supplier's, verified by whoever trusts neither the supplier nor us."""
