"""Whether what was looked at is still as it was."""

import shutil
from time import time_ns

from broadsheet.read.disk import Disk, walked_again
from broadsheet.read.trace import look_again


def test_a_folder_with_a_link_that_is_gone_as_a_whole_is_a_change(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "linked.html").symlink_to("nowhere")
    disk = Disk()
    disk.walk(folder)
    assert len(disk.problems) == 1
    later = time_ns() + 10**12
    assert not look_again(disk.trace, later, walked_again)[0]
    shutil.rmtree(folder)
    assert look_again(disk.trace, later, walked_again)[0] == str(folder)
