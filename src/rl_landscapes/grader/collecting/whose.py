"""Whose a file is, and what to say of names that nobody on the roster has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rl_landscapes.grader.collecting.folders import COPY
from rl_landscapes.grader.collecting.platforms import LAYOUTS, Layout
from rl_landscapes.grader.collecting.report import Said, on_one_line
from rl_landscapes.grader.collecting.source import HandedFile, outside
from rl_landscapes.grader.roster import Person, Roster, Sender, Unknown

ASKED = 20  # strangers for whom the nearest name is looked for
SUGGESTED = 3  # people who may be meant
NAMED = 20  # people in a line of the report


def by_person(
    handed: Iterable[HandedFile], roster: Roster
) -> tuple[dict[Person, list[HandedFile]], list[Said]]:
    """Give every file to the one it is of; what may be of several, or of nobody, goes to the second list."""
    found: dict[Person, list[HandedFile]] = {}
    unknown: dict[str, tuple[HandedFile, int, Unknown]] = {}

    def whose(one: HandedFile, why: Unknown) -> None:
        first, count, said = unknown.get(str(one.sender), (one, 0, why))
        unknown[str(one.sender)] = (first, count + 1, said)

    for one in handed:
        try:
            found.setdefault(roster.person(one.sender), []).append(one)
        except Unknown as error:
            whose(one, error)
    for person, theirs in list(found.items()):
        sure = {one.sender.number for one in theirs if roster.is_sure(one.sender)}
        numbers = {one.sender.number for one in theirs} - {""}
        if len(numbers) > 1:
            found[person] = [one for one in theirs if one.sender.number in sure]
            for one in theirs:
                if one.sender.number not in sure:
                    whose(one, Unknown(f"several people are called {person.name}", [person]))
        if not found[person]:
            del found[person]
    said = [
        {
            "file": on_one_line(first.file.path) + (f" and {count - 1} more" if count > 1 else ""),
            "who": on_one_line(who),
            "reason": on_one_line(str(why)),
            "type": on_one_line(_to_type(first.sender, why, roster if place < ASKED else Roster())),
        }
        for place, (who, (first, count, why)) in enumerate(unknown.items())
    ]
    return found, sorted(said, key=lambda one: one["file"])


def _to_type(sender: Sender, why: Unknown, roster: Roster) -> str:
    """Return what to add to the command if somebody is meant."""
    people = why.who or [person for person in [roster.nearest(sender)] if person]
    options = [f'--whose "{sender}={person.id}"' for person in people[:SUGGESTED]]
    if why.who or not people:
        return " or ".join(options) or f'--whose "{sender}=ID"'
    return f"{options[0]} if {people[0].name} is meant, whose name is the nearest"


def merged_notes(found: Mapping[Person, Sequence[HandedFile]], platform: Layout) -> Iterator[str]:
    """Yield who has work under several names, where names are all there is."""
    for person, handed in found.items() if platform is LAYOUTS[-1] else ():
        names = sorted({COPY.sub("", str(one.sender)) for one in handed})
        folders = sorted({str(one.sender) for one in handed if len(outside(one.file.parts)) > 1})
        several = names if len(names) > 1 else folders
        if len(several) > 1:
            yield f"{person.name} ({person.id}) is taken to be meant by {', '.join(several)}"


def roster_notes(before: Roster, after: Roster, given: Roster | None) -> Iterator[str]:
    """Yield what a new roster has changed in the course's, and who is not on it and stays."""
    if given is None or not before.people:
        return
    old, new = before.by_folder, given.by_folder
    added = [after.by_folder[folder] for folder in new if folder not in old]
    changed = [new[folder] for folder in new if folder in old and old[folder] != after.by_folder[folder]]
    stay = [person for folder, person in old.items() if folder not in new]
    for what, people in (("new", added), ("changed", changed), ("not in this file, and stay", stay)):
        if people:
            shown = ", ".join(person.id for person in people[:NAMED])
            more = f" and {len(people) - NAMED} more" if len(people) > NAMED else ""
            yield f"of the roster {len(people)} are {what}: {shown}{more}"
