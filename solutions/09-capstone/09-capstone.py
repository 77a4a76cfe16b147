"""Assignment 09-capstone: a claim taken elsewhere. One function is checked; people mark the rest.

It is not among the assignments of the library, whose questions are the same for everybody: what is right
here depends on the claim. Students get this file beside the notebook.
"""

from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment, Limits

assignment = Assignment(
    "09-capstone",
    "A claim taken elsewhere",
    packages=("numpy", "scipy", "autograd", "rl_landscapes"),
    limits=Limits(call_s=60.0, total_s=400.0),
)
VERDICTS = ("supported", "refuted", "cannot tell")

reproduce = assignment.question(
    "reproduce",
    hints=(
        "From where does every random number of your run come: from a generator that `seed` makes, or from "
        "something that another run would find in another state?",
        "Make one generator, np.random.default_rng(seed), and hand it to all that draws. Global variables, "
        "the time, np.random.normal, and the order of a set are other sources.",
    ),
    difficulty=2,
    minutes=30,
    line="rng = np.random.default_rng(seed)",
)


def found(student, seed):
    """Ask for the numbers of a small run, and look whether they are what the page asks for."""
    what = f"reproduce({seed})"
    got = expect.fields(student.reproduce(seed), ["effect", "low", "high", "verdict"], what)
    numbers = [expect.number(got[key], f"{what}: {key}") for key in ("effect", "low", "high")]
    word = expect.word(got["verdict"], VERDICTS, f"{what}: verdict")
    effect, low, high = numbers
    expect.true(low <= effect <= high, f"{what}: the effect lies in its interval", got=[low, effect, high])
    return [*numbers, word]


@reproduce.test("an effect in an interval, and a verdict", points=1)
def _(student, rng):
    found(student, 0)


def twice(student, seed):
    """Ask twice for the same run, with another between them."""
    first = found(student, seed)
    other = found(student, seed + 1)
    again = found(student, seed)
    expect.true(first == again, f"reproduce({seed}) gives the same when it is run again", got=again[:3])
    expect.true(first[:3] != other[:3], "another seed gives other numbers", got=other[:3])


@reproduce.test("the same seed gives the same numbers, and another seed others", points=2)
def _(student, rng):
    twice(student, 1)


@reproduce.test("so does a seed that nobody has tried", points=1, at_grading=True)
def _(student, rng):
    twice(student, int(rng.integers(10, 2**31)))
