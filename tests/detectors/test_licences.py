"""A licence that forbids, or that nobody knows, is not enough until the operator names the one that is held."""

from pathlib import Path

import pytest

from detectors.errors import LicenceRefused
from detectors.licences import RESEARCH_ONLY, UNKNOWN, Licence, licence_in_force, published_licence

MIT = Licence("MIT", commercial_use=True)
SOURCE = Path("pack.zip")


@pytest.mark.parametrize("name", ["buffalo_l", "buffalo_l.zip", "antelopev2", "raccoon_s", "Buffalo_SC"])
def test_the_packs_of_insightface_are_for_research_whatever_they_say_of_themselves(name: str) -> None:
    assert published_licence([name], ["model.onnx"], MIT) == RESEARCH_ONLY


@pytest.mark.parametrize("file", ["w600k_r50.onnx", "det_10g.onnx", "det_500m.onnx", "scrfd_10g_bnkps.onnx"])
def test_a_renamed_pack_of_insightface_is_known_by_its_files(file: str) -> None:
    assert published_licence(["mine"], [file], MIT) == RESEARCH_ONLY


def test_a_pack_that_states_a_licence_has_that_one_and_any_other_an_unknown_one() -> None:
    assert published_licence(["mine"], ["glintr100.onnx"], MIT) == MIT
    assert published_licence(["mine"], ["glintr100.onnx"], None) == UNKNOWN


@pytest.mark.parametrize("published", [RESEARCH_ONLY, UNKNOWN])
@pytest.mark.parametrize("held", [None, "", "  "])
def test_what_is_not_enough_is_refused_until_a_licence_is_named(published: Licence, held: str | None) -> None:
    with pytest.raises(LicenceRefused, match="--licence"):
        licence_in_force(SOURCE, published, held, commercial_use=True)


def test_a_licence_held_allows_commercial_use_only_where_the_operator_says_so() -> None:
    held = licence_in_force(SOURCE, RESEARCH_ONLY, "contract 7", commercial_use=None)
    assert (held.text, held.commercial_use, held.held) == (RESEARCH_ONLY.text, None, "contract 7")
    assert licence_in_force(SOURCE, UNKNOWN, "contract 7", commercial_use=True).commercial_use is True


def test_an_open_licence_needs_nothing_held() -> None:
    assert licence_in_force(SOURCE, MIT, None, commercial_use=None) == MIT


@pytest.mark.parametrize(
    ("one", "other", "both"), [(True, True, True), (True, None, None), (None, False, False), (False, True, False)]
)
def test_two_models_together_may_do_what_both_may(one: bool | None, other: bool | None, both: bool | None) -> None:
    joined = Licence("A", one, "held").joined(Licence("B", other))
    assert (joined.text, joined.commercial_use, joined.held) == ("A AND B", both, "held")
    assert Licence("A", one, "1").joined(Licence("A", other, "2")) == Licence("A", both, "1; 2")
