"""An export of Gradescope: a folder per submission, and a list of whose it is."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, tzinfo
from importlib import import_module
from typing import Any

from rl_landscapes.grader.collecting.source import KNOWN, METADATA, UNKNOWN, HandedFile, Source
from rl_landscapes.grader.collecting.unpack import File, Refuse, Refused
from rl_landscapes.grader.roster import Sender
from rl_landscapes.grader.times import parse_time

FOLDER = re.compile(r"submission_\d+")


def fits(source: Source) -> bool:
    """Say whether there is a list outside of the submissions, and most files lie in a submission."""
    has_list = any(_is_list(file) for file in source.files)
    return has_list and source.mostly(lambda file: bool(_folder(file)))


def handed(source: Source) -> Iterator[HandedFile]:
    """Yield the files as often as people handed them in together."""
    about: dict[str, Any] = {}
    for file in source.files:
        if _is_list(file):  # a student may hand in one too
            about |= _metadata(file, source.refuse)
    for file in source.work:
        found = about.get(_folder(file))
        people = found.get(":submitters") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(people, list) or not people:
            source.refuse(file.path, f"{METADATA} does not say whose it is")
            continue
        when = _created(found, source.zone)
        for person in people:
            yield HandedFile(file, _submitter(person), when, KNOWN if when else UNKNOWN)


def _is_list(file: File) -> bool:
    return file.name == METADATA and not _folder(file)


def _folder(file: File) -> str:
    return next((part for part in file.parts if FOLDER.fullmatch(part)), "")


def _metadata(file: File, refuse: Refuse) -> dict[str, Any]:
    try:
        yaml: Any = import_module("yaml")
    except ImportError:
        raise ValueError("an export of Gradescope can be read with PyYAML: pip install pyyaml") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = yaml.load(file.read(), Loader=loader)  # a safe loader: plain data only
    except (Refused, yaml.YAMLError, ValueError, RecursionError) as error:
        refuse(file.path, f"it cannot be read: {str(error).splitlines()[0]}")
        return {}
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _submitter(found: Any) -> Sender:
    known = found if isinstance(found, dict) else {}
    about = {str(key).lstrip(":"): str(value or "").strip() for key, value in known.items()}
    ids = tuple(word for word in (about.get("sid", ""), about.get("email", "")) if word)
    return Sender(ids, names=(about["name"],) if about.get("name") else ())


def _created(found: dict[str, Any], zone: tzinfo | None) -> datetime | None:
    when = found.get(":created_at")
    if isinstance(when, datetime):  # YAML's moments without a zone are in UTC
        return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    try:
        return None if isinstance(when, date) else parse_time(str(when), zone=zone)
    except ValueError:
        return None
