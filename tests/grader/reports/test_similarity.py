"""Similarity: what renaming cannot hide, what innocent people share, and that a class takes seconds."""

import random
import time

import pytest

from rl_landscapes.grader.reports.similarity import REFERENCE, similarity
from rl_landscapes.grader.reports.tokens import GRAM, WINDOW, kinds, prints
from tests.course.solved import answers
from tests.grader.classes import NAME, ROOT, course_in, filled, put

A = '''def entropy(logits):
    """Entropy."""
    top = logits.max(axis=-1, keepdims=True)  # for safety
    weights = np.exp(logits - top)
    total = weights.sum(axis=-1, keepdims=True)
    p = weights / total
    log_p = logits - top - np.log(total)
    return -np.where(p > 0, p * log_p, 0.0).sum(axis=-1)
'''
RENAMED = """def entropy(z):
    # mine, all mine
    'my own words about it'

    m = z.max(axis=-1,
              keepdims=True)
    e = np.exp(z-m)
    s = e.sum(axis=-1, keepdims=True)
    q = e/s
    lq = z - m - np.log(s)
    return -np.where(q > 1, q*lq, 7.5).sum(axis=-1)
"""
B = """def entropy(logits):
    out = np.zeros(logits.shape[:-1])
    for place in np.ndindex(*logits.shape[:-1]):
        row = [float(x) for x in logits[place]]
        biggest = max(row)
        z = sum(math.exp(x - biggest) for x in row)
        for x in row:
            share = math.exp(x - biggest) / z
            if share:
                out[place] -= share * math.log(share)
    return out
"""


@pytest.fixture
def course(tmp_path):
    return course_in(tmp_path)


def test_other_names_comments_and_spacing_hide_nothing(course):
    for student, code in {"ann": A, "bo": RENAMED, "cy": B}.items():
        put(course, student, filled({"entropy": code}))
    pair = similarity(course, NAME).pairs[0]
    assert (pair.first, pair.second, pair.share) == ("ann", "bo", 1.0)
    assert str(pair.passages[0]) == "entropy lines 1-8 ~ entropy lines 1-11"


def test_other_code_is_not_alike(course):
    put(course, "ann", filled({"entropy": A}))
    put(course, "cy", filled({"entropy": B}))
    pairs = similarity(course, NAME).pairs
    assert not [pair for pair in pairs if {pair.first, pair.second} == {"ann", "cy"}]


def test_our_own_solution_is_compared_too(course):
    put(course, "ann", filled(answers(NAME)))
    put(course, "cy", filled({"entropy": B}))
    pair = similarity(course, NAME).pairs[0]
    assert (pair.first, pair.second) == (REFERENCE, "ann")
    assert pair.share > 0.95


def test_the_form_and_given_code_are_nobodys(course):
    for student in ("ann", "bo"):
        put(course, student, filled({}))
    assert similarity(course, NAME).compared == 1  # ours
    for student, more in {"ann": "\nprint('ann')", "bo": "\nbo = 3"}.items():
        put(course, student, filled({}, extra=[cell + more for cell in given_code()]))
    assert not similarity(course, NAME).pairs


def test_a_part_that_is_shared_shows_where_it_stands(course):
    put(course, "ann", filled({"entropy": A, "values": B.replace("entropy", "values")}))
    put(course, "bo", filled({"values": RENAMED.replace("entropy", "values")}))
    pair = similarity(course, NAME).pairs[0]
    assert {passage.first for passage in pair.passages} == {"entropy"}
    assert {passage.second for passage in pair.passages} == {"values"}


def test_what_a_quarter_of_a_class_shares_says_nothing(course):
    for number in range(30):
        own = f"\n\ndef helper_{number}(x):\n" + "".join(varied(random.Random(number)))
        put(course, f"s{number:02}", filled({"entropy": A + own}))
    put(course, "copy", filled({"entropy": A + "\n\ndef other(y):\n" + "".join(varied(random.Random(7)))}))
    pairs = similarity(course, NAME).pairs
    assert {pairs[0].first, pairs[0].second} == {"copy", "s07"}
    assert pairs[0].share == 1.0
    assert all(pair.share < 0.5 for pair in pairs[1:])


def test_who_has_our_solution_is_named_even_if_half_of_the_class_has_it(course):
    ours = answers(NAME)
    for number in range(30):
        code = "".join(["def entropy(logits):\n", *varied(random.Random(number))])
        put(course, f"s{number:02}", filled(ours if number % 2 else {"entropy": code}))
    report = similarity(course, NAME)
    assert report.as_ours == [f"s{number:02}" for number in range(1, 30, 2)]
    assert "Nearly all of our solution is in 15: s01, s03" in str(report)


def test_the_report_says_that_it_proves_nothing_and_is_the_same_each_time(course):
    for student, code in {"ann": A, "bo": RENAMED, "cy": B}.items():
        put(course, student, filled({"entropy": code}))
    text = str(similarity(course, NAME))
    assert "a hint and no proof" in text
    assert "100%" in text
    assert text == str(similarity(course, NAME))


def test_broken_code_is_compared_as_far_as_it_goes(course):
    put(course, "ann", filled({"entropy": A + "\n    return ((('"}))
    put(course, "bo", filled({"entropy": RENAMED + '\n"""'}))
    put(course, "cy", b"no notebook")
    assert similarity(course, NAME).pairs[0].share > 0.9


def test_every_long_run_that_two_programs_share_is_found():
    run = "x = " + " + ".join(f"np.f{i}(a, {i})" for i in range(4))
    length = len(list(kinds(run)))
    assert length >= GRAM + WINDOW - 1
    one = prints("import a\nfor i in b:\n    pass\n" + run + "\nclass C: pass")
    other = prints("while True:\n    yield 3\n" + run + "\ndel q")
    assert set(one.hashes) & set(other.hashes)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a = 1.5e-3 + 0x1F", "n = 0 + 0"),
        ("x.exp(y)", "n .exp ( n )"),
        ('f(r"a#b", """c\n"d""")', "n ( s , s )"),
        ("if a:  # why\n    return b ** 2", "if n : return n ** 0"),
        ('def f():\n    """Doc."""\n    pass', "def n ( ) : pass"),
        ("s = 'unclosed", "n = s"),
        ("é2 = ñ", "n = n"),
        ("", ""),
    ],
)
def test_code_as_kinds_of_tokens(source, words):
    assert " ".join(kind for kind, _ in kinds(source)) == words


def test_hostile_code_takes_no_time():
    began = time.perf_counter()
    for text in (
        '"' * 60_000,
        "\\" * 60_000,
        "((" * 30_000,
        "'''" + "\\" * 59_000,
        "1" * 60_000,
        "a." * 30_000,
    ):
        prints(text)
    assert time.perf_counter() - began < 5


def compared(course, number):
    """Return the processor time that a class of this many takes."""
    for place in range(number):
        if not course.submission(f"s{place:03}", NAME).is_file():
            rng = random.Random(place)
            code = {name: text + "".join(varied(rng)) for name, text in answers(NAME).items()}
            put(course, f"s{place:03}", filled(code))
    began = time.process_time()
    assert similarity(course, NAME).compared == number + 1
    return time.process_time() - began


@pytest.mark.slow
def test_the_time_a_class_takes_grows_like_the_class_not_like_its_pairs(tmp_path):
    """Four times the students take 4 times as long if each is read, 16 times if each is compared in Python.

    The smaller class goes again if need be: a machine that others slow down meanwhile says little.
    """
    small, large = course_in(tmp_path / "small"), course_in(tmp_path / "large")
    before, took = compared(small, 60), compared(large, 240)
    assert took < 8 * before or took < 8 * compared(small, 60)


def given_code():
    from rl_landscapes.course.running.notebook import read

    return [cell.source for cell in read(ROOT.release(NAME).read_bytes()).cells if cell.kind == "code"]


def varied(rng, lines=12):
    """Lines of code that hardly two people would write alike."""
    words = ["np.sum", "np.dot", "np.max", "np.where", "len", "abs", "np.cumsum", "np.diff", "np.outer"]
    for _ in range(lines):
        parts = [
            f"{rng.choice(words)}(x{rng.choice(['', '.T', '[0]', ' + 1', ' * x', ' @ y'])})" for _ in range(3)
        ]
        yield f"    y = {rng.choice([' + ', ' - ', ' * ', ' / ', ' @ ']).join(parts)}\n"
