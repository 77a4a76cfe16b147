"""The checks that stand before every formula: what passes, and what the refusal says."""

import numpy as np
import pytest

from rl_landscapes.arrays import (
    as_finite,
    as_generator,
    as_parameters,
    as_shaped,
    at_least,
    non_negative,
    open_unit,
    positive,
    within,
)


class TestArrays:
    def test_numbers_become_float64_of_the_wanted_shape(self):
        array = as_finite("x", [[1, 2, 3]], (None, 3))
        assert array.dtype == np.float64
        assert array.tolist() == [[1.0, 2.0, 3.0]]

    def test_a_scalar_has_shape_nothing(self):
        assert as_finite("x", 2, ()).shape == ()

    @pytest.mark.parametrize(
        ("shape", "says"), [((3,), r"\(3,\)"), ((None, 2), r"\(any, 2\)"), ((3, 3), r"\(3, 3\)")]
    )
    def test_another_shape_is_refused_with_both_shapes(self, shape, says):
        with pytest.raises(ValueError, match=rf"x must have shape {says}, got \(2, 3\)"):
            as_shaped("x", np.zeros((2, 3)), shape)

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_the_first_entry_that_is_not_finite_is_named(self, bad):
        values = np.zeros((2, 3))
        values[1, 2] = bad
        with pytest.raises(ValueError, match=rf"x must be finite, but x\[1, 2\] is {bad}"):
            as_finite("x", values, (2, 3))

    def test_a_scalar_that_is_not_finite_has_no_index(self):
        with pytest.raises(ValueError, match=r"^x must be finite, but it is nan$"):
            as_finite("x", np.nan, ())

    def test_parameters_of_another_length_are_told_what_they_are_made_of(self):
        with pytest.raises(ValueError, match=r"shape \(any, 8\), got \(2, 7\); 8 = 2\*3 weights \+ 2 biases"):
            as_parameters("x", np.zeros((2, 7)), (None, 8), "2*3 weights + 2 biases")
        with pytest.raises(ValueError, match=r"x\[1\] is nan"):
            as_parameters("x", [0.0, np.nan], (2,), "1*1 weights + 1 biases")

    def test_as_shaped_lets_nan_through(self):
        assert np.isnan(as_shaped("x", [np.nan], (1,))).all()

    @pytest.mark.parametrize("bad", ["words", [[1], [1, 2]], object()])
    def test_what_is_no_array_of_numbers_is_refused(self, bad):
        with pytest.raises(ValueError, match="x must be an array of numbers"):
            as_shaped("x", bad, (None,))


class TestNumbers:
    @pytest.mark.parametrize("bad", [0, -1.5, np.nan, np.inf])
    def test_positive(self, bad):
        assert positive("x", 3) == 3.0
        with pytest.raises(ValueError, match=f"x must be a finite number above 0, got {bad}"):
            positive("x", bad)

    @pytest.mark.parametrize("bad", [-1e-300, -2, np.nan, np.inf])
    def test_non_negative(self, bad):
        assert non_negative("x", 0) == 0.0
        with pytest.raises(ValueError, match=f"x must be a finite number of at least 0, got {bad}"):
            non_negative("x", bad)

    @pytest.mark.parametrize("bad", ["1", None, True, [1.0], np.array([1.0]), 1j])
    @pytest.mark.parametrize(
        "check", [positive, non_negative, open_unit, lambda name, x: within(name, x, 0, 2)]
    )
    def test_what_is_no_number_is_refused_by_name(self, check, bad):
        with pytest.raises(ValueError, match=r"^x must .*, got"):
            check("x", bad)

    @pytest.mark.parametrize("good", [1, np.float32(1), np.int8(1), np.array(1.0)])
    @pytest.mark.parametrize("check", [positive, non_negative, lambda name, x: within(name, x, 0, 2)])
    def test_numbers_of_every_kind_become_floats(self, check, good):
        assert check("x", good) == 1.0
        assert type(check("x", good)) is float

    @pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
    def test_within(self, bad):
        assert within("x", 0, 0, 1) == 0.0
        assert within("x", 1, 0, 1) == 1.0
        with pytest.raises(ValueError, match=f"x must lie between 0 and 1, got {bad}"):
            within("x", bad, 0, 1)

    @pytest.mark.parametrize("bad", [0, 1, -0.1, np.nan])
    def test_open_unit(self, bad):
        assert open_unit("x", np.float32(0.5)) == 0.5
        with pytest.raises(ValueError, match=f"x must lie strictly between 0 and 1, got {bad}"):
            open_unit("x", bad)

    @pytest.mark.parametrize("good", [2, np.int64(2), np.uint8(2)])
    def test_numpy_integers_are_integers(self, good):
        assert at_least("x", good, 2) == 2
        assert type(at_least("x", good, 2)) is int

    @pytest.mark.parametrize("bad", [1, -3, 2.0, True, "3", None, np.float64(4)])
    def test_what_is_no_count_is_refused(self, bad):
        with pytest.raises(ValueError, match="x must be an integer of at least 2, got "):
            at_least("x", bad, 2)


class TestGenerators:
    def test_a_generator_is_returned(self):
        rng = np.random.default_rng(0)
        assert as_generator(rng) is rng

    @pytest.mark.parametrize("bad", [0, None, np.random.RandomState(0)])
    def test_seeds_and_what_else_is_none_are_refused(self, bad):
        with pytest.raises(TypeError, match=r"rng must be a Generator, such as .*, got"):
            as_generator(bad)
