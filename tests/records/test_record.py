"""Records come back bit for bit, and files that cannot give them back are refused."""

import os
import struct
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.records import Provenance, archive, equal, generator, load, provenance, save
from rl_landscapes.records.description import digest
from rl_landscapes.records.record import SIMULATORS


@dataclass(frozen=True, eq=False)
class Inner:
    values: np.ndarray
    label: str


@dataclass(frozen=True, eq=False)
class Outer:
    array: np.ndarray
    maybe: np.ndarray | None
    number: float
    count: int
    switch: bool
    text: str
    options: dict[str, Any]
    inner: Inner
    others: tuple[Inner, ...]
    provenance: Provenance


@dataclass(frozen=True, eq=False)
class Holder:
    value: Any


@dataclass(frozen=True, eq=False)
class Checked:
    value: int

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError(f"value must not be negative, got {self.value}")


NAN_WITH_PAYLOAD = struct.unpack("<d", bytes.fromhex("efbeadde0000f8ff"))[0]
EXTREME = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, NAN_WITH_PAYLOAD, 5e-324, 1.7976931348623157e308, 0.1]
)


def example() -> Outer:
    return Outer(
        array=EXTREME,
        maybe=None,
        number=NAN_WITH_PAYLOAD,
        count=2**200 + 1,
        switch=True,
        text="Stra\u00dfe \ud800 \x00 {}",
        options={"a.b": (1, 2.5, [None, -0.0]), "a": {"b": np.arange(3)}, "": np.float32(0.1)},
        inner=Inner(np.zeros((0, 4)), "empty"),
        others=(Inner(np.array([True, False]), "bool"), Inner(np.array(3.0), "scalar")),
        provenance=provenance(np.random.default_rng(1)),
    )


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("compress", [False, True])
def test_every_kind_of_field_comes_back_bit_for_bit(tmp_path: Path, compress: bool) -> None:
    record = example()
    back = load(Outer, save(record, tmp_path / "r.npz", compress=compress))
    assert same_bits(back.array, EXTREME)
    assert back.maybe is None
    assert struct.pack("<d", back.number).hex() == "efbeadde0000f8ff"
    assert (back.count, back.switch, back.text) == (2**200 + 1, True, record.text)
    assert type(back.switch) is bool
    assert back.options["a.b"] == (1, 2.5, [None, 0.0])
    assert np.signbit(back.options["a.b"][2][1])
    assert same_bits(back.options["a"]["b"], np.arange(3))
    assert type(back.options[""]) is np.float32
    assert back.inner.values.shape == (0, 4)
    assert [inner.label for inner in back.others] == ["bool", "scalar"]
    assert back.others[0].values.dtype == np.bool_
    assert back.others[1].values.shape == ()
    assert back.provenance.versions == record.provenance.versions
    assert equal(back, record)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=">i2").reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(12.0)[::-3],
        np.array([1 + 2j, complex(-0.0, np.nan)]),
        np.array(["a", "\u00e4\u00f6"]),
        np.array([(1, 2.5)], dtype=[("i", "i4"), ("x", "f8")]),
        np.zeros((3, 0, 2), dtype=np.float32),
    ],
)
def test_arrays_of_any_type_and_layout_come_back(tmp_path: Path, array: np.ndarray) -> None:
    assert same_bits(load(Holder, save(Holder(array), tmp_path / "r.npz")).value, array)


def test_arrays_can_be_read_by_numpy_alone_without_pickle(tmp_path: Path) -> None:
    path = save(example(), tmp_path / "r.npz")
    with np.load(path, allow_pickle=False) as plain:
        assert same_bits(plain["array"], EXTREME)
        assert plain["others.0.values"].tolist() == [True, False]


def test_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert save(example(), tmp_path / "a").read_bytes() == save(example(), tmp_path / "b").read_bytes()


def test_names_that_would_collide_inside_the_file_stay_apart(tmp_path: Path) -> None:
    arrays = {"a/b": np.array(1), "a?b": np.array(2), "a_b": np.array(3), "../../x": np.array(4)}
    back = load(Holder, save(Holder(arrays), tmp_path / "r.npz")).value
    assert {name: int(array) for name, array in back.items()} == {"a/b": 1, "a?b": 2, "a_b": 3, "../../x": 4}


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_generator_of_a_record_replays_numbers_and_children(tmp_path: Path, kind: str) -> None:
    rng = np.random.Generator(getattr(np.random, kind)(3))
    rng.integers(10, dtype=np.uint32)  # half of a 64-bit draw is now kept in the state
    rng.spawn(2)
    record = Holder(provenance(rng).rng_state)
    drawn, child = rng.normal(size=100), rng.spawn(1)[0].normal(size=5)
    state = load(Holder, save(record, tmp_path / "r.npz")).value
    again = generator(Provenance(state, {}))
    assert same_bits(again.normal(size=100), drawn)
    assert same_bits(again.spawn(1)[0].normal(size=5), child)


def test_provenance_notes_the_state_without_drawing_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SIMULATORS:
        monkeypatch.delitem(sys.modules, name, raising=False)
    rng = np.random.default_rng(4)
    before = provenance(rng)
    assert equal(before, provenance(rng))
    rng.random()
    assert not equal(before, provenance(rng))
    assert set(before.versions) == {"python", "numpy", "scipy", "rl_landscapes"}
    assert before.versions["numpy"] == np.__version__


def test_provenance_notes_a_simulator_that_is_in_use() -> None:
    import gymnasium

    assert provenance().versions["gymnasium"] == gymnasium.__version__


def test_provenance_without_randomness_has_no_generator() -> None:
    with pytest.raises(ValueError, match="rng_state None"):
        generator(provenance())


@pytest.mark.parametrize("name", ["default_rng", "Generator", "os", "BitGen"])
def test_unknown_bit_generator_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        generator(Provenance({"bit_generator": name}, {}))


def write_anew(path: Path, data: bytes) -> None:
    """Write to a new file: ext4 waits for the disk where one that was cut to nothing is closed."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def test_file_cut_anywhere_is_refused_by_name_and_left_alone(tmp_path: Path) -> None:
    whole = save(example(), tmp_path / "whole.npz").read_bytes()
    path = tmp_path / "cut.npz"
    for length in range(len(whole)):
        write_anew(path, whole[:length])
        with pytest.raises(ValueError, match=r"cut\.npz is not a complete record file"):
            load(Outer, path)
    assert path.read_bytes() == whole[:-1]


def test_file_with_any_byte_changed_is_refused_or_still_gives_the_same_bits(tmp_path: Path) -> None:
    record = example()
    whole = save(record, tmp_path / "whole.npz").read_bytes()
    path, refused = tmp_path / "damaged.npz", 0
    for place in range(len(whole)):
        write_anew(path, whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert equal(load(Outer, path), record)  # a date or an attribute of the zip entry
        except ValueError as error:
            assert "damaged.npz" in str(error)  # noqa: PT017
            refused += 1
    assert refused > 0.5 * len(whole)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip file at all" * 10])
def test_file_of_another_kind_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.npz"):
        load(Holder, tmp_path / "x.npz")


def test_plain_numpy_file_is_refused_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.zeros(2))
    with pytest.raises(ValueError, match=r"x\.npz.*record"):
        load(Holder, tmp_path / "x.npz")


def test_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.npz"):
        load(Holder, tmp_path / "none.npz")


def test_record_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = save(Inner(np.zeros(1), "x"), tmp_path / "inner.npz")
    with pytest.raises(ValueError, match=r"inner\.npz does not hold a Outer: it holds a Inner"):
        load(Outer, path)


def test_missing_and_unknown_fields_are_refused_by_name(tmp_path: Path) -> None:
    path = save(Holder(1), tmp_path / "holder.npz")

    @dataclass(frozen=True)
    class Other:
        value: int
        colour: str = "red"

    Other.__name__ = "Holder"
    with pytest.raises(ValueError, match=r"holder\.npz.*missing fields \['colour'\]"):
        load(Other, path)
    with pytest.raises(ValueError, match=r"unknown fields \['value'\]"):
        load(dataclass(frozen=True)(type("Holder", (), {})), path)


def test_file_of_format_1_is_read_and_what_it_did_not_know_is_none(tmp_path: Path) -> None:
    path = save(provenance(np.random.default_rng(1), example().inner), tmp_path / "old.npz")
    header, arrays = archive.read(path)
    kind, content = header["content"]["record"]
    assert content.pop("objective")["dict"]["objective"] == "Inner"
    assert content.pop("command") is None
    archive.write(path, {**header, "format": 1, "content": {"record": [kind, content]}}, arrays)
    assert equal(load(Provenance, path), provenance(np.random.default_rng(1)))


def test_bytes_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, taken = save(example(), tmp_path / "r.npz"), []
    read = archive.zipfile.ZipExtFile.read

    def counted(self: Any, n: int | None = -1) -> bytes:
        taken.append(data := read(self, n))
        return data

    monkeypatch.setattr(archive.zipfile.ZipExtFile, "read", counted)
    load(Outer, path)
    assert 0 < sum(map(len, taken)) <= path.stat().st_size


def test_newer_format_is_refused(tmp_path: Path) -> None:
    path = archive.write(tmp_path / "new.npz", {"format": 3, "content": {"record": ["Holder", {}]}}, {})
    with pytest.raises(ValueError, match=r"new\.npz has record format 3; this version reads 2"):
        load(Holder, path)


@pytest.mark.parametrize(
    "content", [None, 3, {"record": 1}, {"array": "x"}, {"record": ["Holder", {"value": {"array": "gone"}}]}]
)
def test_header_that_makes_no_sense_is_refused_by_name(tmp_path: Path, content: Any) -> None:
    path = archive.write(tmp_path / "odd.npz", {"format": 1, "content": content}, {})
    with pytest.raises(ValueError, match=r"odd\.npz does not hold a (Holder|record)"):
        load(Holder, path)


def test_content_that_the_record_itself_refuses_names_the_file(tmp_path: Path) -> None:
    header = {"format": 1, "content": {"record": ["Checked", {"value": -1}]}}
    path = archive.write(tmp_path / "bad.npz", header, {})
    with pytest.raises(ValueError, match=r"bad\.npz.*must not be negative"):
        load(Checked, path)


@pytest.mark.parametrize(
    "value",
    [len, object(), {1, 2}, {1: "a"}, np.array([None]), np.ma.masked_array([1.0], [True]), 1j, os.environ],
)
def test_what_a_record_cannot_hold_is_refused_by_field_and_the_old_file_stays(
    tmp_path: Path, value: Any
) -> None:
    path = save(Holder(1), tmp_path / "r.npz")
    with pytest.raises(TypeError, match=r"field value\.deep"):
        save(Holder({"deep": value}), path)
    assert load(Holder, path).value == 1
    assert os.listdir(tmp_path) == ["r.npz"]


@pytest.mark.parametrize("record", [3, Holder, {"value": 1}])
def test_only_dataclass_instances_are_records(tmp_path: Path, record: Any) -> None:
    with pytest.raises(TypeError, match="record must be an instance of a dataclass"):
        save(record, tmp_path / "r.npz")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_failing_save_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = save(Holder(np.arange(5)), tmp_path / "r.npz")

    def fail(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="no space"):
        save(Holder(np.arange(9)), path)
    assert load(Holder, path).value.size == 5
    assert os.listdir(tmp_path) == ["r.npz"]


def test_saved_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    assert save(Holder(1), tmp_path / "r").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (0.0, -0.0),
        (1, 1.0),
        (1, True),
        (np.nan, NAN_WITH_PAYLOAD),
        (np.zeros(2), np.zeros(2, dtype=np.float32)),
        (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2), -np.zeros(2)),
        ((1, 2), [1, 2]),
        (np.float64(1), 1.0),
        (Inner(np.zeros(1), "a"), Holder(1)),
        ({"x": None}, {"y": None}),
    ],
)
def test_a_difference_of_one_bit_or_type_is_seen(a: Any, b: Any) -> None:
    assert not equal(Holder(a), Holder(b))
    assert digest(Holder(a)) != digest(Holder(b))


def test_nan_equals_itself_and_layout_does_not_matter() -> None:
    array = np.array([[1.0, np.nan], [np.inf, -0.0]])
    assert equal(Holder(array), Holder(np.asfortranarray(array)))
    assert digest(Holder(array)) == digest(Holder(array.copy()))
    assert equal(example(), example())
    assert digest(example()) == digest(example())
    assert not equal(example(), replace(example(), count=1))
    assert not equal(Holder(1), 1)


def test_fields_that_are_not_arguments_are_made_anew(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Derived:
        value: int
        double: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "double", 2 * self.value)

    assert load(Derived, save(Derived(4), tmp_path / "r.npz")) == Derived(4)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no such folder: '.*nowhere'"):
        save(example(), tmp_path / "nowhere" / "r.npz")


def test_a_seed_is_no_generator() -> None:
    with pytest.raises(TypeError, match=r"rng must be a Generator, such as .*, got 0"):
        provenance(0)  # type: ignore[arg-type]
