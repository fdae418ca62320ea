"""The pages that a newcomer follows word for word, with nothing that stands in: a fresh environment, pip, git, make."""

import pytest
from manual_blocks import PageError
from manual_pages import play
from manual_stage import ROOT, Stage

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["docs/tutorial.md"])
def test_a_newcomer_gets_through_it(name, tmp_path):
    stage, wrong = Stage(tmp_path, is_real=True, patience=600), ""
    try:
        play(ROOT / name, name, stage)
    except PageError as error:
        wrong = str(error)
    finally:
        stage.close()
    if wrong:
        pytest.fail(wrong, pytrace=False)
