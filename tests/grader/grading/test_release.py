import zipfile
from datetime import UTC, datetime, timedelta, timezone

import pytest

from rl_landscapes.course.running import notebook
from rl_landscapes.grader import times
from rl_landscapes.grader.authoring.source import source_notebook
from rl_landscapes.grader.collecting.report import CollectionReport, read_report, write_report
from rl_landscapes.grader.gradebook.entries import open_gradebook
from rl_landscapes.grader.grading.release import release
from tests.grader.sources import NAME, SOURCE, TOY, toy_course

DUE = datetime(2026, 12, 1, 23, 59, tzinfo=timezone(timedelta(hours=1)))


def handed_out(course, to, **options):
    return release(course, NAME, to=to, table=lambda _: TOY, **options)


def test_a_folder_gets_the_notebook_and_a_few_words(tmp_path):
    course = toy_course(tmp_path / "course")
    folder = handed_out(course, tmp_path / "out", due=DUE)
    assert sorted(path.name for path in folder.iterdir()) == [f"{NAME}.ipynb", "README.txt"]
    assert (folder / f"{NAME}.ipynb").read_bytes() == course.release(NAME).read_bytes()
    words = (folder / "README.txt").read_text()
    for part in (
        "A toy",
        "25 minutes",
        "10.5",
        "by 2026-12-01 22:59 UTC",
        f"rl-landscapes check {NAME}.ipynb",
    ):
        assert part in words


def test_a_zip_holds_the_same_files_and_the_same_bytes_every_time(tmp_path):
    course = toy_course(tmp_path / "course")
    first = handed_out(course, tmp_path / "out" / "toy.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "out" / "toy.zip") as archive:
        assert archive.namelist() == [f"{NAME}/{NAME}.ipynb", f"{NAME}/README.txt"]
        assert notebook.read(archive.read(f"{NAME}/{NAME}.ipynb")).assignment == NAME
    assert handed_out(course, tmp_path / "out" / "toy.zip").read_bytes() == first


def test_the_gradebook_has_the_cells_the_date_and_the_roster(tmp_path):
    course = toy_course(tmp_path)
    course.grading.mkdir()
    course.roster.write_text('id,first_name,last_name,email\nada,Ada,"Byron, Lady",a@b.c\nb 2,B,,\n')
    handed_out(course, tmp_path / "out", due=DUE)
    handed_out(course, tmp_path / "out")  # again, without a date: it stays
    with open_gradebook(course) as book:
        found = book.find_assignment(NAME)
        assert found.duedate == datetime(2026, 12, 1, 22, 59)
        assert (found.max_score, found.max_code_score, found.max_task_score) == (10.5, 6.5, 4)
        assert {s.id: (s.last_name, s.email) for s in book.students} == {
            "ada": ("Byron, Lady", "a@b.c"),
            "b~202": ("", ""),
        }
        cells = {cell.name: cell for cell in book.find_notebook(NAME, NAME).source_cells}
    assert set(cells) == {"given-setup", "mean", "check-mean", "spread", "check-spread", "task-why"}
    assert "HIDDEN" in cells["check-mean"].source
    assert "every number lies there" in cells["task-why"].source
    assert "np.sum" not in cells["mean"].source


def test_the_words_have_the_date_that_the_gradebook_has(tmp_path):
    course = toy_course(tmp_path / "course")
    handed_out(course, tmp_path / "out", due=DUE)
    handed_out(course, tmp_path / "again")
    assert "by 2026-12-01 22:59 UTC" in (tmp_path / "again" / "README.txt").read_text()


def test_another_date_counts_for_what_has_been_collected(tmp_path):
    course = toy_course(tmp_path)
    write_report(course, CollectionReport(NAME, times.format_with_zone(DUE), "Canvas"))
    handed_out(course, tmp_path / "out")
    assert read_report(course, NAME).due_at == DUE
    handed_out(course, tmp_path / "out", due=DUE + timedelta(days=7))
    assert read_report(course, NAME).due_at == DUE + timedelta(days=7)


def test_a_date_without_a_time_zone_is_refused(tmp_path):
    with pytest.raises(ValueError, match="due must have a time zone"):
        handed_out(toy_course(tmp_path), tmp_path / "out", due=datetime(2026, 12, 1))


def test_a_changed_text_may_be_handed_out_again(tmp_path):
    handed_out(toy_course(tmp_path), tmp_path / "out", due=DUE.astimezone(UTC))
    course = toy_course(tmp_path, SOURCE.replace("a sentence", "one sentence"))
    handed_out(course, tmp_path / "out")
    assert "one sentence" in (tmp_path / "out" / f"{NAME}.ipynb").read_text()
    assert source_notebook(course.source(NAME), TOY).cells[0].source.endswith("one sentence.")
