"""What is asked of verdicts on slopes and curvatures with errors."""

from typing import NamedTuple

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


KINDS = ("optimum", "minimum", "saddle", "linear", "flat", "cannot tell")
TURNED = {"optimum": "minimum", "minimum": "optimum"}


class Look(NamedTuple):
    """What `verdict` is given."""

    slope: Array  # (D,)
    slope_error: Array
    curvature: Array
    curvature_error: Array
    alpha: float
    smallest: float
    critical: float


def told(student: Student, look: Look) -> str:
    """Return the student's verdict, which must be one of the six words."""
    return expect.word(student.verdict(*look), KINDS, "verdict(...)")


def seen(slope: Array | float, curvature: Array | float, error: float = 0.0) -> Look:
    """Return a look of five directions at alpha = 0.5, with c = 0.01 and three standard errors."""
    slopes, bends = (np.broadcast_to(np.asarray(x, dtype=float), (5,)).copy() for x in (slope, curvature))
    return Look(slopes, np.full(5, error), bends, np.full(5, error), 0.5, 0.01, 3.0)


def demand(student: Student, look: Look, expected: str, what: str) -> None:
    """Demand a verdict."""
    got = told(student, look)
    expect.true(got == expected, what, got=got, expected=expected)


DOWN, BOTH = np.array([-1.0, -2.0, -0.5, -1.5, -3.0]), np.array([-1.0, 2.0, -0.5, 1.5, 0.0])


def demand_both(student: Student, look: Look, kind: str, what: str) -> None:
    """Demand a verdict on a place, and what follows from it for the same place upside down."""
    demand(student, look, kind, what)
    turned = look._replace(slope=-look.slope, curvature=-look.curvature)
    demand(student, turned, TURNED.get(kind, kind), f"{what}, upside down")


NEAR, STEEP, OTHER = "an open bend", "a large slope", "a bend that may go the other way"
DOUBTS = (
    ("flat", NEAR), ("flat", "an open slope"), ("linear", NEAR), ("optimum", OTHER), ("optimum", STEEP),
    ("saddle", STEEP),
)  # fmt: skip


def place(kind: str, rng: Generator, doubt: str = "") -> Look:
    """Return a look with the intervals of a kind, but for a doubt; no end is within a twentieth of c."""
    n, alpha, c, critical = (
        6,
        float(rng.uniform(0.2, 3)),
        float(rng.uniform(0.01, 1)),
        float(rng.uniform(2, 4)),
    )
    half = c * rng.uniform(0.1, 0.3, size=(2, n))  # half-widths of the intervals for slope and bend
    slopes, bends = c * rng.uniform(-0.6, 0.6, size=(2, n))  # by themselves they are flat
    if kind in ("optimum", "saddle"):
        bends[:3] = -c * rng.uniform(1.5, 4, size=3)
    if kind in ("minimum", "saddle"):
        bends[3:] = c * rng.uniform(1.5, 4, size=3)
    if kind == "linear":
        slopes[:2] = c * rng.uniform(1.5, 4, size=2) * rng.choice([-1, 1])
    if doubt in (NEAR, "an open slope"):  # the interval holds c or -c, one standard error does not
        half[int(doubt == NEAR), -1] = 0.3 * c
        (bends if doubt == NEAR else slopes)[-1] = c * rng.uniform(1.18, 1.22) * rng.choice([-1, 1])
    if doubt == OTHER:
        half[1, -1], bends[-1] = 0.3 * c, c * rng.uniform(0.8, 0.9)
    if doubt == STEEP:
        slopes[0] = c * rng.uniform(5, 8)
    return Look(
        slopes / alpha, half[0] / (critical * alpha), 2 * bends / alpha**2,
        2 * half[1] / (critical * alpha**2), alpha, c, critical,
    )  # fmt: skip


def without_noise(student: Student, rng: Generator) -> None:
    """Ask for the five kinds of place."""
    demand(student, seen(0.0, DOWN), "optimum", "all five directions bend down, no slope")
    nearly = np.array([-1.0, -2.0, 0.05, -1.5, -3.0])
    demand(student, seen(0.0, nearly), "optimum", "bends down, and one up by less than c")
    demand(student, seen(0.0, -DOWN), "minimum", "all five directions bend up, no slope")
    demand(student, seen(0.0, BOTH), "saddle", "some directions bend up, others down")
    demand(student, seen(BOTH, 0.0), "linear", "slopes, and no bend")
    demand(student, seen(0.0, 0.0), "flat", "no slope and no bend")


def cannot_tell(student: Student, rng: Generator) -> None:
    """Let an interval hold what the verdict hangs on."""
    demand(student, seen(0.0, DOWN, 5.0), "cannot tell", "bends down, all of them smaller than their margin")
    demand(
        student, seen(0.0, DOWN, 0.4), "cannot tell", "bends down, one of which is within three errors of c"
    )
    one = seen(0.0, DOWN)
    one.curvature_error[2] = 1.0
    demand(student, one, "cannot tell", "bends down, one of which may be a bend up")
    two = seen(0.0, BOTH)
    two.curvature_error[[1, 3]] = 2.0
    demand(student, two, "cannot tell", "bends down, and bends up within their margin")
    demand(student, one._replace(curvature=-one.curvature), "cannot tell", "the same, upside down")
    four = seen(0.1, 0.0)._replace(slope_error=np.full(5, 0.03))
    demand(student, four, "cannot tell", "no bend, and slopes above c by less than three errors")
    three = seen(0.02, 0.0)
    three.slope_error[0] = 0.01
    demand(student, three, "cannot tell", "no bend, and a slope that is as likely below c as above")


def decided(student: Student, rng: Generator) -> None:
    """Let every interval lie on one side of c, but only if errors are scaled like what they are errors of."""
    for alpha, error in ((0.5, 0.15), (0.1, 0.1), (2.0, 0.15)):
        at_alpha(student, alpha, error)
    weighed = seen(0.4, -3.0)._replace(slope_error=np.full(5, 0.1), curvature_error=np.full(5, 0.3))
    demand(student, weighed, "optimum", "slopes 0.4 and curvatures -3: the estimates are compared")


def at_alpha(student: Student, alpha: float, error: float) -> None:
    """Demand what all errors of one size leave to be told at a distance alpha."""
    quiet, at = np.zeros(5), f"alpha = {alpha:.3g}"
    bent = seen(0.0, DOWN, error)._replace(alpha=alpha, smallest=0.25 * alpha**2 / 2, slope_error=quiet)
    demand(student, bent, "optimum", f"bends down, margins of {3 * error:.2g} alpha^2 / 2, {at}")
    for slope in (0.6, -0.6):
        sloped = seen(slope, 0.0, error)._replace(alpha=alpha, smallest=0.1 * alpha, curvature_error=quiet)
        said = f"slopes {slope} with margins of {3 * error:.2g} alpha, no bend, {at}"
        demand(student, sloped, "linear", said)
    level = seen(0.0, 0.0, error)._replace(alpha=alpha, smallest=3.2 * error * max(alpha, alpha**2 / 2))
    demand(student, level, "flat", f"no slope and no bend, c just above the margins, {at}")


def steep(student: Student, rng: Generator) -> None:
    """Let a slope be larger than the bends, or smaller."""
    look = seen(0.3, DOWN)
    demand(student, look._replace(alpha=0.1), "cannot tell", "slopes 0.3, curvatures to -3, alpha = 0.1")
    demand(student, look._replace(alpha=0.5), "optimum", "slopes 0.3, curvatures to -3, alpha = 0.5")
    saddle = seen(0.3, 10 * BOTH)._replace(alpha=0.01, smallest=1e-4)
    demand(student, saddle, "cannot tell", "slopes 0.3, curvatures from -10 to 20, alpha = 0.01")
    one = seen(np.array([0.3, 0.0, 0.0, 0.0, 0.0]), DOWN)._replace(alpha=0.1)
    demand(student, one, "cannot tell", "one slope of 0.3, the others 0, curvatures to -3, alpha = 0.1")
    flat = seen(0.01, DOWN / 100)
    demand(
        student, flat._replace(alpha=5.0), "optimum", "slopes 0.01, curvatures to -0.03, alpha = 5, c = 0.01"
    )
    demand(
        student, flat._replace(alpha=0.5), "flat", "slopes 0.01, curvatures to -0.03, alpha = 0.5, c = 0.01"
    )


def fresh_places(student: Student, rng: Generator) -> None:
    """Draw places of every kind, with every doubt, and turn them upside down."""
    for kind in KINDS[:-1]:
        for _ in range(3):
            demand_both(student, place(kind, rng), kind, f"a place that is {kind}")
    for kind, doubt in DOUBTS:
        what = f"a place that would be {kind} but for {doubt}"
        demand_both(student, place(kind, rng, doubt), "cannot tell", what)
    demand_both(student, seen(0.3, DOWN, 0.15), "optimum", "slopes 0.3 and curvatures to -3, errors 0.15")
    for alpha in (rng.uniform(0.2, 0.4), rng.uniform(2.5, 3.0)):
        at_alpha(student, float(alpha), 0.15)
