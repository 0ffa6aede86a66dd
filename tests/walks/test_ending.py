"""The operator presses Ctrl-C, goes home, and starts it again the next morning."""

import time

import psutil
import pytest

from tests.walks import content
from tests.walks.conftest import Town

pytestmark = pytest.mark.browser


def test_ctrl_c_ends_every_process_and_the_folder_starts_again(town: Town) -> None:
    family = town.running.family()
    names = {one.name() for one in family}
    began = time.monotonic()

    code = town.running.interrupt()

    took = time.monotonic() - began
    left = [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert code == 0
    assert took < 10
    assert len(family) >= 6
    assert "postgres" in names
    assert left == []

    town.running.start()

    titles = [one["title"] for one in town.running.json("bad-belzig", "/api/v1/news?limit=100")["items"]]
    assert titles == [one.title for one in content.NEWS]
