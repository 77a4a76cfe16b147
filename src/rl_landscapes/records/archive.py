"""One file of named arrays and a JSON header, written whole or not at all."""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.records.writing import replacing

HEADER = "record.json"
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed date: the same content gives the same bytes


def write(
    path: Path, header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], *, compress: bool = False
) -> Path:
    """Write a `.npz` that `numpy.load` can read too; `path` keeps its old content if anything fails.

    Raises
    ------
    ValueError
        If an array holds Python objects: nothing is ever pickled.
    """
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        text = json.dumps(header, allow_nan=False, indent=1)
        archive.writestr(_member(HEADER, method), text.encode())
        for name, array in arrays.items():
            with archive.open(_member(f"{name}.npy", method), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return path


def read(path: Path) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Read header and arrays back; every byte of them is checked against its checksum.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is cut, damaged or of another kind; the message names it.
    """
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                header: dict[str, Any] = json.loads(archive.read(HEADER))
                names = [name for name in archive.namelist() if name != HEADER]
                return header, {name.removesuffix(".npy"): _array(archive, name) for name in names}
        except _DAMAGE as error:
            reason = f"{type(error).__name__}: {error}"
            raise ValueError(f"{path} is not a complete record file, or it is damaged ({reason})") from error


def _member(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = method
    return info


def _array(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    """Return an array; `read` compares all bytes with the checksum before they are taken for one."""
    member = io.BytesIO(archive.read(name))
    array: npt.NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
    return array
