"""Measurements: ratios against peers and physical limits, pairs interleaved, medians printed; nothing is asserted."""
