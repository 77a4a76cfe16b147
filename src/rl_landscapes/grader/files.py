"""Writing files about students: whole or not at all, and not when nothing has changed."""

import os
import uuid
from pathlib import Path

from rl_landscapes.records.archive import replacing


def write(path: Path, data: bytes, *, durable: bool = True) -> Path:
    """Write a file, with the folders above it; one that holds the same is left alone.

    What can be made again need not be `durable`: it is then not waited for until it is on the disk, which
    takes milliseconds for every file.
    """
    if path.is_file() and path.read_bytes() == data:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    if durable:
        with replacing(path) as file:
            file.write(data)
        return path
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def handed_in(path: Path) -> bytes:
    """Return what a file <student>/<assignment>/<assignment>.ipynb holds; nothing if it is no plain file.

    A pipe would never end, and a link may lead to what somebody else has written.
    """
    is_link = any(part.is_symlink() for part in (path, *path.parents[:2]))
    return path.read_bytes() if path.is_file() and not is_link else b""
