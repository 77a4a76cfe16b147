"""What may stand in an answer, and what may stand in a file."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

DTYPES = ("?", "i1", "i2", "i4", "i8", "u1", "u8", "f2", "f4", "f8", "c8", "c16")
TEXT = st.text(max_size=20)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.complex_numbers(),
    TEXT,
    st.sampled_from([0.0, -0.0, 1.0, 1e308, -1e308, 5e-324, np.nan, np.inf, 10**6, 2**53 + 1]),
)
SHAPES = arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=6)
ARRAYS = st.sampled_from(DTYPES).flatmap(lambda kind: arrays.arrays(np.dtype(kind), SHAPES))
GENERATORS = st.integers(0, 2**32).map(np.random.default_rng)
PLAIN = st.recursive(
    SCALARS | ARRAYS | GENERATORS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(TEXT | st.integers(-(2**63), 2**63 - 1), inner, max_size=4)
    ),
    max_leaves=12,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=15,
)


@st.composite
def damaged(draw, text, times=5):
    """Draw bytes with some pieces of them cut out, doubled, turned into others, or moved."""
    data = text if isinstance(text, bytes) else draw(text)
    for _ in range(draw(st.integers(0, times))):
        begin, end = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        end = min(end, begin + draw(st.sampled_from([1, 4, 60, 4000])))
        piece, place = data[begin:end], draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["cut", "double", "change", "put"])):
            case "cut":
                data = data[:begin] + data[end:]
            case "double":
                data = data[:place] + piece + data[place:]
            case "change":
                data = data[:begin] + draw(st.binary(min_size=len(piece), max_size=len(piece))) + data[end:]
            case _:
                data = data[:place] + draw(st.binary(max_size=6)) + data[place:]
    return data
