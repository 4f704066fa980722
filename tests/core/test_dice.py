"""What tables are drawn with: every choice comes, zeros are the usual, nothing past the end."""

from __future__ import annotations

import numpy as np
import pytest
from dice import Dice


def test_every_choice_comes_and_zeros_are_the_first() -> None:
    each = Dice(bytes(range(256)) * 2)
    assert set(each.picks("abcde", 256)) == set("abcde")
    assert {each.number(3, 9) for _ in range(256)} == set(range(3, 10))
    none = Dice(bytes(40))
    assert (none.pick("ab"), none.number(2, 5), none.flag()) == ("a", 2, False)
    assert none.order(3) == [0, 1, 2]
    assert none.floats(2).tolist() == [0.0, 0.0]
    assert Dice(bytes([9, 0, 5])).order(3) == [1, 2, 0]


def test_numbers_of_any_size_and_of_any_bits() -> None:
    data = np.random.default_rng(1).bytes(12 * 4000)
    spread = Dice(data).spread(0.01, 100.0, 4000)
    assert (spread >= 0.01).all()
    assert (spread <= 100.0).all()
    assert np.median(spread) == pytest.approx(1.0, rel=0.2)
    assert np.isnan(Dice(np.float64(np.nan).tobytes()).floats(1)).all()


def test_choices_that_were_not_drawn_are_an_error() -> None:
    with pytest.raises(AssertionError, match="draw more bytes"):
        Dice(b"ab").picks("xy", 3)
