"""Feedback: all that helps, nothing that is hidden, and nothing that acts."""

import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from rl_landscapes.grader.reports import pages as made
from rl_landscapes.grader.reports.feedback import feedback
from tests.grader.classes import FOUND, HOSTILE, NAME, TASK, came, course_in, filled, put, scored

VISIBLE = FOUND.questions["entropy"].tests[0]
KEPT = FOUND.questions["entropy"].tests[-1]
SECRETS = {"what": "WHAT-S", "got": "GOT-S", "expected": "EXPECTED-S", "error": "ERROR-S", "line": "LINE-S"}
ALLOWED = {"html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p",
           "table", "caption", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "pre", "code", "ol",
           "li", "small"}  # fmt: skip
PLAIN = {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def course(tmp_path):
    return course_in(tmp_path, "id,first_name,last_name\nann,Ann,Lee\n")


def pages(course, student="ann"):
    folder = course.feedback / student / NAME
    return (folder / f"{NAME}.html").read_text("utf-8"), (folder / f"{NAME}.md").read_text("utf-8")


def given_back(course, failed=(), written="", manual=None, **about):
    data = filled({}, written)
    put(course, "ann", data, scored("ann", data, failed, **about))
    feedback(course, NAME, manual={"ann": manual or {}})
    return pages(course)


def test_a_failed_test_says_what_was_tested_what_came_and_what_was_expected(course):
    for text in given_back(course, [VISIBLE.title], **SECRETS):
        assert all(secret in text.replace("\\", "") for secret in SECRETS.values())
        assert all(hint.split("`")[0] in unescape(text) for hint in FOUND.questions["entropy"].hints)
        assert not any(hint[:20] in unescape(text) for hint in FOUND.questions["values"].hints)


def test_a_test_kept_for_grading_shows_its_title_and_outcome_and_no_more(course):
    for text in given_back(course, [KEPT.title], **SECRETS):
        assert not any(secret in text.replace("\\", "") for secret in SECRETS.values())
        assert "wrong" in text
        assert KEPT.title[:20] in unescape(text)
        assert all(hint.split("`")[0] in unescape(text) for hint in FOUND.questions["entropy"].hints)


def test_a_passed_test_shows_nothing_but_that(course):
    html, _ = given_back(course)
    assert "Hints" not in html
    assert html.count("passed") >= sum(len(question.tests) for question in FOUND.questions.values())


def test_nothing_that_a_student_wrote_acts(course):
    course.roster.write_text('id,first_name,last_name\nann,"<b onclick=x>","=1+1|[x](y)"\n')
    manual = {TASK: (3.0, 15.0, HOSTILE), "check-entropy": (0.0, 10.0, HOSTILE)}
    html, text = given_back(
        course,
        [VISIBLE.title],
        HOSTILE,
        manual,
        troubles=[(HOSTILE, HOSTILE)],
        **dict.fromkeys(SECRETS, HOSTILE),
    )
    parser = Tags()
    parser.feed(html)
    assert set(parser.tags) <= ALLOWED
    assert not parser.open
    assert {name for name, _ in parser.attributes} <= {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "scope",
    }
    assert html.count("&lt;script&gt;alert(1)") == 10
    assert "\u202e" not in html + text
    markup = MarkdownIt("commonmark").enable("table").render(text)
    assert "<script" not in markup
    assert "<img" not in markup
    assert "<b" not in markup.replace("<blockquote", "")
    assert "href" not in markup
    assert markup.count("<h1>") == 1


def test_the_page_stands_alone_and_can_be_read_on_a_phone_and_aloud(course):
    html, _ = given_back(course, [VISIBLE.title])
    assert not re.search(r"(src|href)=|@import|url\(", html)
    assert "default-src 'none'" in html
    assert 'name="viewport"' in html
    assert "prefers-color-scheme:dark" in html
    assert '<html lang="en">' in html
    assert html.count("<table>") == html.count("<caption>")
    levels = [int(level) for level in re.findall(r"<h(\d)>", html)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert not re.search(r"<th(?! scope)[ >]", html)


def test_points_of_people_count_and_their_comments_are_shown(course):
    html, text = given_back(
        course, manual={TASK: (12.5, 15.0, "well argued"), "check-entropy": (4.0, 10.0, "see me")}
    )
    total = FOUND.points - 6 + 12.5
    assert f"{total:g} of {FOUND.points + 15:g}" in html
    assert f"{total:g} of {FOUND.points + 15:g}" in text
    assert "well argued" in html
    assert "see me\nA person has set the points of this question." in text


def test_written_answers_that_wait_are_said_to_be_to_come(course):
    html, text = given_back(course, written="my thoughts")
    assert "to come of 15" in html
    assert "still to come" in text
    assert "my thoughts" in html
    assert f"{FOUND.points:g} of {FOUND.points + 15:g}" in html


def test_lateness_is_said(course):
    came(course, "2026-10-01 22:00:00 UTC", ann="2026-10-02 23:00:05 UTC")
    assert "1 day 1 h" in given_back(course)[0]
    came(course, "2026-10-01 22:00:00 UTC", ann=("", True))
    assert "a time that is not known" in given_back(course)[0]
    assert "before anything is taken off for being late" in given_back(course)[0]
    came(course, "2026-10-01 22:00:00 UTC", ann="2026-10-01 21:00:00 UTC")
    assert "Late by" not in given_back(course)[0]
    assert "being late" not in given_back(course)[0]


def test_who_could_not_be_read_is_told_why(course):
    came(course, ann="the file is empty")
    assert feedback(course, NAME, manual={}).made == ["ann"]
    for text in pages(course):
        assert "could not be graded" in text
        assert "the file is empty" in text
        assert "0 of" not in text


def test_a_grader_fault_is_no_zero_and_shows_no_points(course):
    for text in given_back(course, status="grader fault", reason="INNER"):
        assert "no verdict on your work" in text
        assert "INNER" not in text
        assert " of " not in text.partition("<body>")[2].replace("verdict on", "")


def test_feedback_on_work_that_has_changed_is_taken_away(course):
    given_back(course)
    put(course, "ann", filled({}, "newer"))
    done = feedback(course, NAME, manual={})
    assert done.without == {"ann": "to be graded again"}
    assert not list(course.feedback.rglob("*.html"))


def test_who_has_not_handed_in_gets_none(course):
    done = feedback(course, NAME, manual={})
    assert done.without == {"ann": "not submitted"}
    assert "ann: not submitted" in str(done)


def test_the_same_results_give_the_same_bytes(course):
    assert given_back(course, [VISIBLE.title], "x") == given_back(course, [VISIBLE.title], "x")


def test_an_id_that_is_no_name_of_a_folder_stays_in_its_folder(course):
    data = filled({})
    folder = put(course, "../../=x", data, scored("~2E", data))
    feedback(course, NAME, manual={})
    assert (course.feedback / folder / NAME / f"{NAME}.html").is_file()


def test_a_long_answer_is_cut(course):
    html, _ = given_back(course, written="word " * 50_000)
    assert "[cut]" in html
    assert len(html) < 60_000


def test_every_text_of_a_page_is_shown_as_text():
    words = []

    def hostile():
        words.append(f"w{len(words)}w")
        return f"</pre><b onclick='x' title=\"y\">&\u202e{words[-1]}"

    parts = [
        made.Part(hostile(), 1.0, 2.0, [test], [hostile() + " `a<b`"], hostile(), hostile())
        for outcome in ("passed", hostile())
        for kept in (True, False)
        for test in [made.Test(hostile(), outcome, 1.0, 2.0, kept, {hostile(): hostile()})]
    ]
    page = made.Page(
        hostile(), hostile(), hostile(), hostile(), hostile(), hostile(), 1.0, 2.0, parts,
        {hostile(): hostile()},
    )  # fmt: skip
    html = made.html(page)
    assert not [tag for tag in re.findall(r"<[^>]*>", html) if "onclick" in tag]
    assert "<b " not in html
    assert "\u202e" not in html
    assert not [
        word
        for word in words
        if f"&lt;/pre&gt;&lt;b onclick=&#39;x&#39; title=&#34;y&#34;&gt;&amp;{word}" not in html
    ]
    assert "<code>a&lt;b</code>" in html
