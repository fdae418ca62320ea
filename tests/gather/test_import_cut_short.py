"""Imports that are cut short, and several at once: what is there is remembered, and nothing comes twice."""

import signal
import threading
from threading import Barrier, Thread

import pytest
from click.testing import CliRunner
from feed_texts import item, rss
from linked_hosts import status

from broadsheet.cli import main
from broadsheet.gather.importer import save_state
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.write.record import write_record

WRITE, SAVE = "broadsheet.gather.importer.write_record", "broadsheet.gather.importer.save_state"


def items(*numbers):
    return rss(*(item(f"Report {at}", f"https://herald.example.org/{at}") for at in numbers))


@pytest.fixture
def four(paper):
    """A paper whose one source has four items."""
    (paper.root / "feed.xml").write_bytes(items(*range(4)))
    paper.settings("feed.xml")
    return paper


def cut_short(monkeypatch, what, at=1, *, is_there=True):
    """Let writing end with `what` at a record, which is there by then, or is not."""
    calls = []

    def write(folder, name, record):
        calls.append(name)
        is_last = len(calls) == at + 1
        if is_last and not is_there:
            raise what
        path = write_record(folder, name, record)
        if is_last:
            raise what
        return path

    monkeypatch.setattr(WRITE, write)


def titles(imported):
    return [record.title for _, record in imported.records]


@pytest.mark.parametrize(
    ("what", "is_there"), [(KeyboardInterrupt(), True), (KeyboardInterrupt(), False), (OSError(28, "No space"), False)]
)
def test_what_an_import_wrote_that_was_cut_short_does_not_come_back(four, monkeypatch, what, is_there):
    with monkeypatch.context() as patch:
        cut_short(patch, what, 2, is_there=is_there)
        with pytest.raises((KeyboardInterrupt, SiteError)):
            four.imports()
    names = list(four.files())
    assert names == [f"2024-05-31-report-{at}" for at in range(3 if is_there else 2)]

    removed, changed = (four.root / f"records/{name}.md" for name in names[:2])
    removed.unlink()
    changed.write_text(changed.read_text().replace("Report 1", "Mine").replace("org/1", "org/elsewhere"))
    assert titles(four.imports()) == (["Report 3"] if is_there else ["Report 2", "Report 3"])


def test_where_nothing_can_be_remembered_nothing_is_imported(four, monkeypatch):
    def refuse(*_):
        raise SiteError([Problem(Place("import.json"), "the disk is full")])

    with monkeypatch.context() as patch:
        patch.setattr(SAVE, refuse)
        with pytest.raises(SiteError) as caught:
            four.imports()

    assert [problem.hint for problem in caught.value.problems] == [
        "what was new is taken back, and comes with the next import"
    ]
    assert four.files() == {}
    assert len(four.imports().records) == 4


def test_an_import_that_is_stopped_while_it_remembers_remembers_all(four, monkeypatch):
    stops = [KeyboardInterrupt()]

    def save(*arguments):
        if stops:
            raise stops.pop()
        return save_state(*arguments)

    monkeypatch.setattr(SAVE, save)
    with pytest.raises(KeyboardInterrupt):
        four.imports()
    for path in (four.root / "records").iterdir():
        path.unlink()

    assert titles(four.imports()) == []


def test_a_command_that_is_stopped_prints_what_it_imported(four, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    cut_short(monkeypatch, KeyboardInterrupt())
    done = CliRunner().invoke(main, ["import", str(four.root), "--now", "2024-06-01"])

    assert done.exit_code == 130
    assert [line.rpartition("/")[2] for line in done.stdout.splitlines()] == [
        "2024-05-31-report-0.md",
        "2024-05-31-report-1.md",
    ]
    assert "stopped: 2 new records imported" in done.stderr
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_command_that_the_disk_refuses_prints_what_it_imported(four, monkeypatch):
    cut_short(monkeypatch, OSError(28, "No space left on device"), is_there=False)
    done = CliRunner().invoke(main, ["import", str(four.root), "--now", "2024-06-01"])

    assert done.exit_code == 1
    assert [line.rpartition("/")[2] for line in done.stdout.splitlines()] == ["2024-05-31-report-0.md"]
    assert "the record can not be written: no space left on device" in done.stderr


def test_two_imports_at_once_write_every_record_once(paper, hosts):
    both = Barrier(2, timeout=30)

    def answer(request):
        both.wait()
        status(200, items(*range(40)))(request)

    paper.settings(hosts.serve("a.example/feed", answer))
    done = []
    threads = [Thread(target=lambda: done.append(paper.imports())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(len(imported.records) for imported in done) == [0, 40]
    assert len(paper.files()) == 40


def test_an_import_keeps_what_another_one_remembered_meanwhile(paper, hosts):
    other = hosts.serve("b.example/feed", status(200, rss(item("Other", "https://b.example/x"))))
    is_first = threading.Event()

    def answer(request):
        if not is_first.is_set():
            is_first.set()
            for path, _ in paper.imports(other).records:
                path.unlink()
        status(200, items(1))(request)

    paper.settings(hosts.serve("a.example/feed", answer))
    assert titles(paper.imports()) == ["Report 1"]

    assert titles(paper.imports(other)) == []
