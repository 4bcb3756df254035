"""Thresholds and probabilities follow the measured table, and rise with the gallery."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.calibration import calibration_for
from detectors.errors import ModelMismatch
from detectors.pack import ModelPack


@pytest.mark.parametrize("size", [0, 1, 500, 2000])
def test_up_to_two_thousand_templates_the_base_thresholds_hold(pack: ModelPack, size: int) -> None:
    calibration = calibration_for(pack, size)
    assert (calibration.threshold, calibration.review_threshold) == (0.52, 0.42)
    assert calibration.gallery_size == size
    assert 0.10 < calibration.expected_fnir < 0.13
    assert calibration.expected_review_fnir < 0.04


@pytest.mark.parametrize(("score", "rate"), [(0.359, 1e-3), (0.415, 1e-4), (0.466, 1e-5), (0.512, 1e-6)])
def test_the_false_match_rate_passes_through_the_measured_points(pack: ModelPack, score: float, rate: float) -> None:
    assert calibration_for(pack, 100).false_match_rate(score) == pytest.approx(rate)


def test_thresholds_rise_so_that_a_stranger_is_named_as_rarely_as_before(pack: ModelPack) -> None:
    base = calibration_for(pack, 2000)
    before = base.threshold, base.review_threshold
    for size in (5_000, 20_000, 200_000, 2_000_000):
        larger = calibration_for(pack, size)
        assert larger.threshold > before[0]
        assert larger.review_threshold > before[1]
        assert larger.false_match_probability(larger.threshold) == pytest.approx(
            base.false_match_probability(base.threshold), rel=0.06
        )
        assert larger.expected_fnir > base.expected_fnir
        before = larger.threshold, larger.review_threshold


@given(score=st.floats(-1, 1), more=st.floats(0, 1), size=st.integers(0, 10**7))
def test_a_higher_score_is_never_more_likely_by_chance(pack: ModelPack, score: float, more: float, size: int) -> None:
    calibration = calibration_for(pack, size)
    lower = calibration.false_match_probability(score)
    assert 0.0 <= calibration.false_match_probability(min(1.0, score + more)) <= lower <= 1.0


def test_with_nobody_enrolled_nobody_is_matched_by_chance(pack: ModelPack) -> None:
    assert calibration_for(pack, 0).false_match_probability(-1.0) == 0.0


def test_at_the_match_threshold_about_one_stranger_in_a_thousand_is_named(pack: ModelPack) -> None:
    assert 0.0005 < calibration_for(pack, 2000).false_match_probability(0.52) < 0.002


def test_a_pack_that_nobody_calibrated_is_refused(pack: ModelPack) -> None:
    other = dataclasses.replace(pack, name="another")
    with pytest.raises(ModelMismatch, match="no calibration"):
        calibration_for(other, 10)
