"""Cheap rows of the ledger, computed again at the smoke budget: of the same make, and exact ones agree."""

from pathlib import Path

import pytest

from rl_landscapes.studies import named_study, run
from rl_landscapes.studies.ledger import claim, find_claims, find_data, waiting

DATA = find_data(Path(__file__))
CHEAP = ("ascent_failures", "entropy_window", "known_shapes", "sampled_gradients", "stuck_points")
TOO_SHORT = {"C15a"}  # at the smoke budget no ascent is long enough for a logit gap to open
EXACT = {"C6", "C7a", "C7b"}  # of single points and lines: as true of few as of many
OPPOSITE = {"holds", "fails"}


@pytest.mark.parametrize("study", CHEAP)
def test_a_row_computed_again_is_of_the_same_make(study: str, tmp_path: Path) -> None:
    again = run(named_study(study), "smoke", store=tmp_path)
    judges = {id: judge for id, (of, judge) in find_claims().items() if of == study}
    assert judges
    for id in judges.keys() - TOO_SHORT - waiting(DATA).keys():
        row, committed = judges[id](again), claim(id, DATA)
        assert row.budget == "smoke"
        for same in ("id", "short", "claim", "paper", "source", "statistic"):
            assert getattr(row, same) == getattr(committed, same)
        assert row.verdict.needed == committed.verdict.needed
        if id in EXACT:
            shared = row.verdict.outcomes.keys() & committed.verdict.outcomes.keys()
            assert shared
            for name in shared:
                assert {row.verdict.outcomes[name], committed.verdict.outcomes[name]} != OPPOSITE
