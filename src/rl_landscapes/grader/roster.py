"""The people of a course: who is meant by a name that a learning platform writes on a file."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

ID_LIMIT = 100  # characters of an id
SAFE = re.compile(r"[A-Za-z0-9_.@-]")
OPTIONAL = ("first_name", "last_name", "email", "canvas_id", "login", "section", "also")


@dataclass(frozen=True)
class Person:
    """One row of a roster; `canvas_id`, `login` and `section` are what only Canvas asks for.

    `also` are further names on files that mean this person, with ";" between them.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    canvas_id: str = ""
    login: str = ""
    section: str = ""
    also: str = ""

    @property
    def folder(self) -> str:
        """Return the name of this student's folders, and of the student in the gradebook."""
        return folder_of(self.id)

    @property
    def name(self) -> str:
        """Return the name to be read by people, the id where there is none."""
        return f"{self.first_name} {self.last_name}".strip() or self.id

    @property
    def names(self) -> set[str]:
        """Return what this person may be called on a file, whichever part comes first, as `plain` text."""
        words = [plain(word) for word in f"{self.first_name} {self.last_name}".split()]
        turned = {"".join(words[place:] + words[:place]) for place in range(len(words))}
        return {*turned, plain(self.id), *map(plain, self.also.split(";"))} - {""}


@dataclass(frozen=True)
class Sender:
    """What a platform says about who handed a file in.

    `ids` are ids or addresses of the person, `number` is the platform's own, which may look like the id of
    somebody else, and `names` are what the person is called.
    """

    ids: tuple[str, ...] = ()
    number: str = ""
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return all that is known, for a report."""
        return " / ".join(word for word in (*self.ids, *self.names, self.number) if word)


class Unknown(ValueError):
    """Nobody in particular is meant; the message says why."""


@dataclass(frozen=True)
class Roster:
    """Everybody in a course, in the order of the file."""

    people: tuple[Person, ...] = ()

    @cached_property
    def by_folder(self) -> dict[str, Person]:
        """Return the people by the names of their folders."""
        return {person.folder: person for person in self.people}

    def person(self, sender: Sender) -> Person:
        """Return the one whom some sender mean; without a roster, whoever they name.

        Raises
        ------
        Unknown
            If that is nobody, may be several, or number and name mean different people.
        """
        if not self.people:
            return _whoever(sender)
        sure = [person for word in sender.ids for person in self._by_id.get(word.casefold(), [])]
        found = set(sure or self._by_number.get(sender.number, [])) or self._named(sender)
        if len(found) == 1:
            return found.pop()
        if not found:
            raise Unknown("nobody on the roster is meant")
        raise Unknown(f"may be {' or '.join(sorted(f'{person.name} ({person.id})' for person in found))}")

    def _named(self, sender: Sender) -> set[Person]:
        """Return who has the name, and whose id the number is; who has another number there is not meant."""
        named = {
            person
            for name in sender.names
            for person in self._by_name.get(plain(name), [])
            if not (sender.number.isdigit() and person.canvas_id)
        }
        numbered = next((p for p in self._by_id.get(sender.number, []) if p.id == sender.number), None)
        if numbered is None:
            return named
        if numbered in named or not (numbered.first_name or numbered.last_name):
            return {numbered}
        if not named:
            raise Unknown(f"{numbered.id} is the id of {numbered.name}, whose name is another")
        return named | {numbered}

    @cached_property
    def _by_id(self) -> dict[str, list[Person]]:
        return _index(self.people, lambda p: {word.casefold() for word in (p.id, p.folder, p.email, p.login)})

    @cached_property
    def _by_number(self) -> dict[str, list[Person]]:
        return _index(self.people, lambda p: {p.canvas_id})

    @cached_property
    def _by_name(self) -> dict[str, list[Person]]:
        return _index(self.people, lambda p: p.names)


def _whoever(sender: Sender) -> Person:
    student = next(filter(None, (*sender.ids, sender.number, *sender.names)), "")
    if reason := why_no_id(student):
        raise Unknown(reason)
    return Person(student, last_name=sender.names[0] if sender.names and sender.names[0] != student else "")


def _index(people: Iterable[Person], words: Callable[[Person], set[str]]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for person in people:
        for word in words(person) - {""}:
            found.setdefault(word, []).append(person)
    return found


def why_no_id(text: str) -> str:
    """Return why something cannot be the id of a student, "" if it can."""
    if not text.strip():
        return "an id is missing"
    if len(text) > ID_LIMIT or len(folder_of(text)) > 2 * ID_LIMIT:
        return f"an id has at most {ID_LIMIT} characters, got {len(text)}: {text[:20]!r}..."
    if not text.isprintable():
        return f"an id must be printable, got {text!r}"
    return ""


def folder_of(student: str) -> str:
    """Return an id as the name of a folder, different for different ids and harmless on every system.

    Letters, digits and `_.@-` stay; other bytes of its UTF-8, and a dot or dash at an end, become `~` and two
    digits of base 16.
    """
    coded = "".join(
        char if SAFE.fullmatch(char) else "".join(map(_coded, char.encode("utf-8", "surrogatepass")))
        for char in unicodedata.normalize("NFC", student)
    )
    head = _coded(ord(coded[0])) + coded[1:] if coded[:1] in tuple(".-") else coded
    return head[:-1] + _coded(ord(".")) if head.endswith(".") else head


def student_of(folder: str) -> str:
    """Return the id whose folder has this name: the inverse of `folder_of`."""
    coded = re.sub(
        rb"~([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), folder.encode("utf-8", "replace")
    )
    return coded.decode("utf-8", "replace")


def plain(text: str) -> str:
    """Return letters and digits alone, small and without accents, as platforms write names on files."""
    letters = unicodedata.normalize("NFKD", text.replace("ß", "ss")).casefold()
    return "".join(char for char in letters if char.isalnum())


def _coded(byte: int) -> str:
    return f"~{byte:02X}"
