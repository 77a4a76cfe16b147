"""Writing a file whole or not at all."""

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `path` when the block ends without an error.

    What can be made again need not be `durable`: it is then not waited for until it is on the disk, which
    takes milliseconds for every file.

    Raises
    ------
    FileNotFoundError
        If the folder of `path` does not exist.
    OSError
        If the new file cannot be written, as on a full disk; `path` then keeps its old content.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno:  # it names no file, as with a full disk, or the temporary one
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_file(path: Path, data: bytes, *, durable: bool = True) -> Path:
    """Write a file, with the folders above it; one that holds the same is left alone."""
    if not (path.is_file() and path.read_bytes() == data):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=durable) as file:
            file.write(data)
    return path
