"""The people of a course: who is meant by a name that a learning platform writes on a file."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from itertools import combinations

ID_LIMIT = 100  # characters of an id
SIGNS = re.compile(r"[\s_,;()\[\]+-]+")  # between the words of a name of a file
WORDS = 20  # of a name that are looked at
LIKE = 0.6  # of two names, from which on one may be a slip of the other
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
        return {*turned, plain(self.id), plain(self.login)} - {""}


@dataclass(frozen=True)
class Sender:
    """What a platform says about who handed a file in.

    `ids` are ids or addresses of the person, `number` is the platform's own, which may look like the id of
    somebody else. `names` are what the person may be called: the first that is somebody's counts. With
    `within` a name may stand in a longer one, as in "Lovelace_Ada_final".
    """

    ids: tuple[str, ...] = ()
    number: str = ""
    names: tuple[str, ...] = ()
    within: bool = False

    def __str__(self) -> str:
        """Return who it is in words, as a report says it and as `Person.also` may have it."""
        words = [*self.names[:1], self.number] if self.names or self.number else self.ids[:1]
        return " ".join(filter(None, words))

    @property
    def words(self) -> set[str]:
        """Return what an instructor may have called it, as `plain` text."""
        return {plain(word) for word in (str(self), *self.ids, *self.names, self.number)} - {""}


class Unknown(ValueError):
    """Nobody in particular is meant; the message says why, `who` may be."""

    def __init__(self, why: str, who: Iterable[Person] = ()) -> None:
        super().__init__(why)
        self.who = sorted(who, key=lambda person: person.id)


@dataclass(frozen=True)
class Roster:
    """Everybody in a course, in the order of the file."""

    people: tuple[Person, ...] = ()

    @cached_property
    def by_folder(self) -> dict[str, Person]:
        """Return the people by the names of their folders."""
        return {person.folder: person for person in self.people}

    def merged(self, others: "Roster") -> "Roster":
        """Return everybody in either; of one who is in both what the other says, and further names."""
        found = {person.folder.casefold(): person for person in self.people}
        for person in others.people:
            before = found.get(person.folder.casefold())
            also = before.also if before and not person.also else person.also
            found[person.folder.casefold()] = replace(person, also=also)
        return Roster(tuple(found.values()))

    def called(self, names: Mapping[str, str]) -> "Roster":
        """Return the same people, who are also called by the names: name -> id.

        Raises
        ------
        ValueError
            If nobody has an id.
        """
        people = {person.id: person for person in self.people}
        for name, student in names.items():
            if student not in people:
                near = get_close_matches(student, people, n=1)
                said = f", the nearest is {near[0]}" if near else ""
                raise ValueError(
                    f"{name!r} is to mean {student!r}, an id that nobody on the roster has{said}"
                )
            for person in people.values():
                others = [word for word in person.also.split(";") if plain(word) not in ("", plain(name))]
                mine = [name.replace(";", " ")] if person.id == student else []
                people[person.id] = replace(person, also=";".join([*others, *mine]))
        return Roster(tuple(people.values()))

    def person(self, sender: Sender) -> Person:
        """Return the one whom some sender mean; without a roster, whoever they name.

        Raises
        ------
        Unknown
            If that is nobody, may be several, or number and name mean different people.
        """
        if not self.people:
            return _whoever(sender)
        found = self._surely(sender) or self._named(sender) or self._within(sender)
        if len(found) == 1:
            return found.pop()
        if not found:
            raise Unknown("nobody on the roster is meant")
        who = sorted(f"{person.name} ({person.id})" for person in found)
        raise Unknown(f"may be {' or '.join(who)}", found)

    def is_sure(self, sender: Sender) -> bool:
        """Say whether somebody is meant by more than a name."""
        return bool(self._surely(sender))

    def nearest(self, sender: Sender) -> Person | None:
        """Return the one whose name is most like what some sender are called, None if nobody's is."""
        for name in map(plain, (*sender.names, *sender.ids)):
            for close in get_close_matches(name, self._by_name, n=1, cutoff=LIKE):
                return self._by_name[close][0]
        return None

    def _surely(self, sender: Sender) -> set[Person]:
        told = {person for word in sender.words for person in self._also.get(word, [])}
        ids = {person for word in sender.ids for person in self._by_id.get(word.casefold(), [])}
        return told or ids or set(self._by_number.get(sender.number, []))

    def _named(self, sender: Sender) -> set[Person]:
        """Return who has the name, and whose id the number is; who has another number there is not meant."""
        named: set[Person] = set()
        for name in sender.names:
            named = named or {
                person
                for person in self._by_name.get(plain(name), [])
                if not (sender.number.isdigit() and person.canvas_id)
            }
        numbered = next((p for p in self._by_id.get(sender.number, []) if p.id == sender.number), None)
        if numbered is None:
            return named
        if numbered in named or not (numbered.first_name or numbered.last_name):
            return {numbered}
        if not named:
            raise Unknown(f"{numbered.id} is the id of {numbered.name}, whose name is another", [numbered])
        return named | {numbered}

    def _within(self, sender: Sender) -> set[Person]:
        """Return whose name or id stands in a name, between signs, and in no longer one."""
        for name in sender.names if sender.within else ():
            words = [plain(word) for word in SIGNS.split(name)][:WORDS]
            runs = combinations(range(len(words) + 1), 2)
            texts = {(start, end): "".join(words[start:end]) for start, end in runs}
            known = [run for run, text in texts.items() if text in self._by_word and _is_telling(run, text)]
            whole = [run for run in known if not any(_is_part(run, other) for other in known)]
            if found := {person for run in whole for person in self._by_word[texts[run]]}:
                return found
        return set()

    @cached_property
    def _also(self) -> dict[str, list[Person]]:
        return _index(self.people, lambda p: {plain(word) for word in p.also.split(";")})

    @cached_property
    def _by_id(self) -> dict[str, list[Person]]:
        return _index(self.people, lambda p: {word.casefold() for word in (p.id, p.folder, p.email, p.login)})

    @cached_property
    def _by_number(self) -> dict[str, list[Person]]:
        return _index(self.people, lambda p: {p.canvas_id})

    @cached_property
    def _by_name(self) -> dict[str, list[Person]]:
        return _index(self.people, lambda p: p.names)

    @cached_property
    def _by_word(self) -> dict[str, list[Person]]:
        return _index(self.people, lambda p: p.names | {plain(p.email)})


def _is_part(run: tuple[int, int], other: tuple[int, int]) -> bool:
    return run != other and other[0] <= run[0] and run[1] <= other[1]


def _is_telling(run: tuple[int, int], text: str) -> bool:
    """Say whether words within a name can mean somebody: one alone only if it has a number in it."""
    if run[1] - run[0] > 1:
        return True
    return any(char.isdigit() for char in text) and len(text) > (4 if text.isdigit() else 2)


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
