"""MuJoCo's warnings go to the log, and the handler that was there comes back."""

import logging
from threading import Barrier, Thread

import pytest

pytest.importorskip("mujoco")

import mujoco

from rl_landscapes.worlds.physics.quiet import LOG, quiet


@pytest.fixture
def mine():
    before, mine = mujoco.get_mju_user_warning(), print
    mujoco.set_mju_user_warning(mine)
    yield mine
    mujoco.set_mju_user_warning(before)


def test_a_warning_inside_is_logged(caplog):
    with caplog.at_level(logging.INFO, LOG.name), quiet():
        mujoco.get_mju_user_warning()("50% of it")
    assert [record.getMessage() for record in caplog.records] == ["50% of it"]


def test_the_handler_that_was_there_comes_back(mine):
    with quiet(), quiet():
        assert mujoco.get_mju_user_warning() is not mine
    assert mujoco.get_mju_user_warning() is mine


def test_it_comes_back_after_an_error(mine):
    with pytest.raises(RuntimeError), quiet():
        raise RuntimeError
    assert mujoco.get_mju_user_warning() is mine


def test_blocks_of_two_threads_may_overlap(mine):
    """The first to enter is the first to leave; the second must stay quiet, and not keep the log for good."""
    entered, left = Barrier(2), Barrier(2)

    def first():
        with quiet():
            entered.wait()
        left.wait()

    thread = Thread(target=first)
    thread.start()
    with quiet():
        entered.wait()
        left.wait()
        assert mujoco.get_mju_user_warning() is not mine
    thread.join()
    assert mujoco.get_mju_user_warning() is mine
