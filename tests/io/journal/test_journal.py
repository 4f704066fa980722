"""Journals: what is acknowledged is on the disk, whatever happens to files and folders."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_cases import ADA, KEY, Places, action, line

from bcviewer.core.curation.entries import Who
from bcviewer.errors import UserError
from bcviewer.io.journal import append_file
from bcviewer.io.journal import folder as journal_files
from bcviewer.io.journal import piece as journal_piece
from bcviewer.io.journal import store as journal
from bcviewer.io.journal.journal_names import file_name, is_journal, slug
from bcviewer.io.journal.recording_key import RecordingKey
from bcviewer.io.journal.store import JournalStore

WAIT_S = 60.0

needs_limits = pytest.mark.skipif(os.name == "nt", reason="limits of file sizes are POSIX")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def texts(reading: Any) -> list[str]:
    return [str(issue) for issue in reading.issues]


# -- writing and reading ---------------------------------------------------------------------


def test_what_is_appended_is_there_for_a_program_started_at_once(places: Places) -> None:
    store, written = places.store(), []
    for i in range(5):
        written.append(action(i, "MUA"))
        store.append(written[-1])
        reading = places.store("other").read()  # nothing was closed
        assert set(reading.actions) == set(written)
        assert reading.issues == ()
    store.close()


def test_it_is_flushed_before_the_call_returns(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        flushed.append(os.fstat(fd).st_size)
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    store = places.store()
    for _ in range(3):
        flushed.clear()
        store.append(action())
        (path,) = places.local.iterdir()
        assert flushed[-1] == path.stat().st_size
    store.close()


def test_one_file_for_each_person_and_process(places: Places) -> None:
    for process in ("p1", "p2"):
        store = places.store(process)
        for person in ("ada", "Ada", "bob"):
            store.append(action(who=Who(person, "pc", process)))
            store.append(action(who=Who(person, "pc", process)))
        store.close()
    assert len(list(places.local.iterdir())) == 6
    assert len(places.ids()) == 12


def test_lines_are_whole_and_each_names_its_recording(places: Places) -> None:
    store = places.store()
    store.append(action(7, "NOISE"))
    store.close()
    (path,) = places.local.iterdir()
    raw = json.loads(path.read_text("utf-8"))
    assert (raw["recording"], raw["results"]) == (KEY.spikes, KEY.results)
    assert raw["changes"] == [{"unit": 7, "field": "label", "old": None, "new": "NOISE"}]


def test_journals_said_without_spikes_are_found_with_them_and_the_other_way(
    places: Places,
) -> None:
    bare = RecordingKey("", KEY.results)
    store = places.store(key=bare)
    store.append(action(1))
    store.mirror()
    store.close()
    assert len(places.ids()) == 1
    store = places.store("p2")
    store.append(action(2))
    store.mirror()
    store.close()
    assert len(places.ids(key=bare)) == 2  # by the mirror


def test_what_was_said_before_the_sort_was_known_is_known_to_all_results_of_it(
    places: Places, tmp_path: Path
) -> None:
    bare, found = RecordingKey("", "r-of-these"), RecordingKey("s-of-the-sort", "r-of-these")
    other = RecordingKey(found.spikes, "r-of-others")
    before = places.store(key=bare)
    before.append(action(1, source="ö"))
    before.mirror()
    before.close()
    elsewhere = JournalStore(other, places.journals, tmp_path / "others", "p9")
    assert elsewhere.read().actions == ()
    pointed = places.store("p2", key=found)
    assert len(pointed.read().actions) == 1
    assert pointed.unsettled
    pointed.mirror()
    assert len(elsewhere.look_here().actions) == 1  # at once, in another window
    again = places.store("p3", key=found)
    again.read()
    assert not again.unsettled  # it is there once
    assert again.read().issues == ()
    shutil.rmtree(places.journals)  # what is mirrored is enough
    places.ids(key=found)
    carried = places.store("p4", key=found)
    carried.read()
    carried.mirror()
    late = JournalStore(other, places.journals, tmp_path / "others", "p10")
    assert len(late.read().actions) == 1


# -- the mirror ------------------------------------------------------------------------------


def test_the_mirror_holds_the_same_lines(places: Places) -> None:
    store = places.store()
    assert not store.unsettled
    store.append(action(1))
    assert (store.waiting, store.unsettled) == (1, True)
    assert not places.mirror.exists()
    store.mirror()
    store.append(action(2))
    store.mirror()
    assert (store.waiting, store.unsettled) == (0, False)
    (here,), (there,) = places.local.iterdir(), places.mirror.iterdir()
    assert here.name == there.name
    assert here.read_bytes() == there.read_bytes()
    store.close()


def test_nothing_is_written_where_nothing_was_said(places: Places) -> None:
    store = places.store()
    store.read()
    store.mirror()
    store.close()
    assert not places.mirror.exists()
    assert not places.journals.exists()


def test_either_place_alone_holds_everything(places: Places, tmp_path: Path) -> None:
    store = places.store()
    for i in range(3):
        store.append(action(i))
    store.mirror()
    store.close()
    ids = places.ids()
    assert len(ids) == 3
    assert places.ids(journals=tmp_path / "another computer") == ids
    shutil.rmtree(places.results)
    assert places.ids() == ids


def test_a_results_folder_that_was_made_anew_gets_everything_back(places: Places) -> None:
    other = places.store("bobs")
    other.append(action(5, who=Who("bob", "other-pc", "bobs")))
    other.mirror()
    other.close()
    store = places.store()
    store.read()
    store.append(action(1))
    store.mirror()  # what bob said is carried here, too
    ids = places.ids()
    assert len(ids) == 2
    shutil.rmtree(places.results)
    store.append(action(2))
    with pytest.raises(UserError, match="not there"):
        store.mirror()
    assert not places.results.exists()  # it is not ours to make
    places.results.mkdir()
    store.mirror()
    store.close()
    again = places.store("p3")
    again.read()
    again.mirror()
    shutil.rmtree(places.journals)
    assert ids < places.ids()
    assert len(places.ids()) == 3


def test_bobs_labels_are_carried_here_and_a_new_folder_has_them(places: Places) -> None:
    places.write("bob", line(5, who=Who("bob", "far", "b1")), folder=places.mirror)
    store = places.store()
    store.read()
    assert store.unsettled
    store.mirror()
    shutil.rmtree(places.mirror)
    assert places.labels() == {5: "GOOD"}


def test_what_a_program_could_not_mirror_the_next_one_does(places: Places) -> None:
    store = places.store()
    store.append(action(1))
    store.close()  # killed before the mirror
    after = places.store("p2")
    after.read()
    assert after.waiting == 1
    after.mirror()
    shutil.rmtree(places.journals)
    assert places.labels() == {1: "GOOD"}
    third = places.store("p3")
    third.read()
    third.mirror()
    fourth = places.store("p4")
    fourth.read()
    assert not fourth.unsettled  # carrying ends


def test_a_mirror_cut_off_or_replaced_is_made_good(places: Places) -> None:
    store, ids = places.store(), set()
    for damage in (b"", b'{"v":1,"half', b"something else\n"):
        one = action()
        ids.add(one.id)
        store.append(one)
        store.mirror()
        (path,) = places.mirror.iterdir()
        path.write_bytes(damage)
    store.append(action())
    store.mirror()
    store.close()
    shutil.rmtree(places.journals)
    assert ids < places.ids()


def test_a_link_in_place_of_the_mirror_is_not_followed(places: Places, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    try:
        places.mirror.symlink_to(elsewhere, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    store = places.store()
    store.append(action())
    with pytest.raises(UserError, match="link"):
        store.mirror()
    assert list(elsewhere.iterdir()) == []


def test_a_file_where_the_mirror_should_be(places: Places) -> None:
    places.mirror.write_text("I was here first.")
    store = places.store()
    store.append(action())
    with pytest.raises(UserError):
        store.mirror()
    assert store.waiting == 1
    assert places.mirror.read_text() == "I was here first."


# -- trouble while writing -------------------------------------------------------------------


class Disk:
    """Replaces the calls that write, and fails them when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room: int | None = None
        self.broken = ""
        self._write, self._fsync = os.write, os.fsync
        monkeypatch.setattr(append_file.os, "write", self.write)
        monkeypatch.setattr(append_file.os, "fsync", self.fsync)

    def write(self, fd: int, data: Any) -> int:
        if self.broken == "write":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if self.room is None:
            return self._write(fd, data)
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done = self._write(fd, data[: self.room])
        self.room -= done
        return done

    def fsync(self, fd: int) -> None:
        if self.broken == "fsync":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._fsync(fd)


@pytest.mark.slow
@given(st.lists(st.one_of(st.none(), st.integers(0, 700)), min_size=1, max_size=8))
def test_a_full_disk_loses_nothing_acknowledged(rooms: list[int | None]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        places, disk = Places(Path(folder)), Disk(patch)
        store, acknowledged, refused = places.store(), set(), set()
        for room in rooms:
            disk.room = room
            one = action()
            try:
                store.append(one)
                acknowledged.add(one.id)
            except UserError:
                refused.add(one.id)
        store.close()
        found = places.ids()
        assert found == acknowledged  # and what was refused has left no trace
        assert not refused & found


@pytest.mark.parametrize("what", ["write", "fsync"])
def test_a_broken_disk_is_an_error_and_the_next_write_goes_on(
    places: Places, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    disk, store = Disk(monkeypatch), places.store()
    store.append(action(1))
    disk.broken = what
    with pytest.raises(UserError, match="Not saved"):
        store.append(action(2))
    disk.broken = ""
    store.append(action(3))
    store.close()
    assert places.labels() == {1: "GOOD", 3: "GOOD"}


def test_half_a_line_that_cannot_be_taken_back_does_not_spoil_the_next(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, store = Disk(monkeypatch), places.store()
    store.append(action(1))

    def ftruncate(fd: int, size: int) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(append_file.os, "ftruncate", ftruncate)
    disk.room = 100
    with pytest.raises(UserError):
        store.append(action(2))
    disk.room = None
    store.append(action(3))
    store.close()
    reading = places.store("p2").read()
    assert places.labels() == {1: "GOOD", 3: "GOOD"}
    assert "line 2 cannot be read" in texts(reading)[0]


@needs_limits
def test_a_limit_of_the_system_is_a_full_disk(places: Places) -> None:
    import resource
    import signal

    store = places.store()
    store.append(action(1))
    size = next(places.local.iterdir()).stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, before[1]))
        with pytest.raises(UserError, match="Not saved"):
            store.append(action(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    store.append(action(3))
    store.close()
    assert places.labels() == {1: "GOOD", 3: "GOOD"}
    assert places.store("p2").read().issues == ()


def test_a_local_folder_that_cannot_be_made(places: Places) -> None:
    places.journals.parent.mkdir(parents=True)
    places.journals.write_text("a file")
    with pytest.raises(UserError, match="Not saved") as caught:
        places.store().append(action())
    assert caught.value.hint
    places.journals.unlink()
    places.store("p2").append(action(4))
    assert places.labels() == {4: "GOOD"}


def test_a_local_file_deleted_meanwhile_is_written_again(places: Places) -> None:
    store = places.store()
    store.append(action(1))
    shutil.rmtree(places.journals)
    store.append(action(2))
    store.close()
    assert places.labels() == {1: "GOOD", 2: "GOOD"}


def test_a_local_file_cut_meanwhile_is_made_good(places: Places) -> None:
    store = places.store()
    for i in range(3):
        store.append(action(i))
    (path,) = places.local.iterdir()
    path.write_bytes(path.read_bytes()[:-40])
    store.append(action(3))
    store.close()
    assert set(places.labels()) == {0, 1, 2, 3}


def test_a_name_used_again_starts_on_a_line_of_its_own(places: Places) -> None:
    name = file_name(ADA, "p1")
    places.local.mkdir(parents=True)
    (places.local / name).write_bytes(line(1) + line(2)[:-30])
    store = places.store()
    store.append(action(3))
    store.close()
    reading = places.store("p2").read()
    assert places.labels() == {1: "GOOD", 3: "GOOD"}
    assert len(reading.issues) == 1


def test_too_many_units_for_a_line_are_refused(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MAX_LINE", 300)
    with pytest.raises(UserError, match="too many"):
        places.store().append(action(changes=action().changes * 20))


def test_a_large_journal_goes_on_in_another_file(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROLL", 1000)
    store = places.store()
    for i in range(10):
        store.append(action(i))
    store.mirror()
    assert store.waiting == 0
    store.close()
    sizes = [path.stat().st_size for path in places.local.iterdir()]
    assert len(sizes) > 2
    assert max(sizes) < 1300
    assert len(places.labels()) == 10
    shutil.rmtree(places.journals)
    assert len(places.labels()) == 10


def test_programs_and_threads_at_once(places: Places) -> None:
    stores = [places.store(f"p{i}") for i in range(4)]
    written: list[str] = []

    def work(store: Any, i: int) -> None:
        for j in range(25):
            one = action(j, who=Who("ada", "pc", f"p{i}"))
            store.append(one)
            written.append(one.id)

    def mirror(store: Any) -> None:
        for _ in range(20):
            store.mirror()

    threads = [
        threading.Thread(target=work, args=(s, i), daemon=True) for i, s in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert not any(thread.is_alive() for thread in threads)
    for store in stores:
        store.mirror()
        store.close()
    assert places.ids() == set(written)
    shutil.rmtree(places.journals)
    assert places.ids() == set(written)


# -- reading anything ------------------------------------------------------------------------


def test_a_torn_last_line_is_reported_and_skipped(places: Places) -> None:
    whole = line(1) + line(2)
    for cut in (1, 2, 30, 200):
        places.write("torn", whole, line(3)[: -cut - 1])
        reading = places.store().read()
        assert len(reading.actions) == 2
        assert "its last line is cut off" in texts(reading)[0]
    places.write("torn", whole, line(3)[:-1])  # all of it but the line's end
    assert len(places.store().read().actions) == 3


@pytest.mark.parametrize(
    ("junk", "why"),
    [
        (b"hello\n", "not JSON"),
        (b"\x00" * 4096 + b"\n", "not JSON"),
        (b"\xff\xfe\xfa\n", "not UTF-8"),
        (b'{"v":1,"id":"half\n', "not JSON"),
        (b"[" * 50_000 + b"\n", "not JSON"),
        (b"{}\n", "not an action"),
        (b"123456\n", "not an action"),
        (b'{"v":1}\n', "no changes"),
        (b"{},{}\n", "not JSON"),
        (b'{"a":[1\n2]}\n', "not JSON"),
    ],
)
def test_junk_in_the_middle_is_reported_and_skipped(places: Places, junk: bytes, why: str) -> None:
    places.write("junk", line(1), junk, line(2))
    reading = places.store().read()
    assert len(reading.actions) == 2
    assert f"({why})" in texts(reading)[0]
    assert "line 2" in texts(reading)[0]


def test_newer_foreign_unknown_and_future_lines_are_told_apart(places: Places) -> None:
    places.write(
        "mixed",
        line(1),
        b'{"v":2,"id":"x"}\n',
        line(2, key=RecordingKey("sffff", "rffff")),
        line(3, "AXON"),
        line(4, at="2099-01-01T00:00:00.000000Z"),
    )
    reading = places.store().read()
    assert {a.changes[0].cluster_id for a in reading.actions} == {1, 3, 4}
    told = " ".join(texts(reading))
    for part in ("newer version", "another sort", "does not know", "dated in the future"):
        assert part in told


def test_other_ends_of_lines_marks_and_blank_lines(places: Places) -> None:
    edited = b"\xef\xbb\xbf" + line(1).replace(b"\n", b"\r\n") + b"\n\r\n" + line(2)
    places.write("edited", edited)
    reading = places.store().read()
    assert (len(reading.actions), reading.issues) == (2, ())


def test_files_that_are_no_journals_are_left_alone(places: Places) -> None:
    places.local.mkdir(parents=True)
    (places.local / "notes.txt").write_bytes(line(1))
    (places.local / "labels-a.jsonl.tmp").write_bytes(line(1))
    places.write("empty")
    (places.local / "labels-folder.jsonl").mkdir()
    reading = places.store().read()
    assert reading.actions == ()
    assert [issue.file for issue in reading.issues] == ["labels-folder.jsonl"]


def test_huge_files_and_lines_are_not_read(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    places.write("long", line(1), b'{"v":1,' + b" " * 3000 + b"}\n", line(2))
    monkeypatch.setattr(journal_piece, "MAX_LINE", 2000)
    reading = places.store().read()
    assert len(reading.actions) == 2
    assert "(too long)" in texts(reading)[0]
    monkeypatch.setattr(journal_files, "MAX_FILE", 2000)
    reading = places.store().read()
    assert reading.actions == ()
    assert "more than is read" in texts(reading)[0]


@pytest.mark.skipif(not hasattr(os, "truncate"), reason="sparse files")
def test_a_file_of_a_terabyte_costs_nothing(places: Places) -> None:
    path = places.write("huge", line(1))
    os.truncate(path, 10**12)
    places.write("good", line(2))
    reading = places.store().read()
    assert [a.changes[0].cluster_id for a in reading.actions] == [2]


def test_too_many_files(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(6):
        os.utime(places.write(f"{9 - i}", line(i)), (i, i))
    monkeypatch.setattr(journal_files, "MAX_FILES", 4)
    reading = places.store().read()
    assert {a.changes[0].cluster_id for a in reading.actions} == {2, 3, 4, 5}
    assert "6 journals" in texts(reading)[0]


@given(st.binary(max_size=200), st.binary(max_size=200), st.integers(0, 300))
def test_any_bytes_around_and_any_cut_lose_no_whole_line(
    before: bytes, after: bytes, cut: int
) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder))
        torn = line(3)[:cut]
        places.write("any", line(1), before, b"\n", line(2), after, b"\n", torn)
        found = {a.changes[0].cluster_id for a in places.store().read().actions}
        assert {1, 2} <= found <= {1, 2, 3}


def test_reading_can_be_cancelled(places: Places) -> None:
    places.write("a", line(1))

    class StopError(Exception):
        pass

    def check() -> None:
        raise StopError

    with pytest.raises(StopError):
        places.store().read(check)


# -- names -----------------------------------------------------------------------------------


@pytest.mark.long
@given(st.text(max_size=300), st.text(max_size=300))
def test_names_are_safe_for_files_on_every_system(person: str, machine: str) -> None:
    name = file_name(Who(person, machine), "20260301T000000-1-abc")
    assert len(name) < 150
    assert name.startswith("labels-")
    assert name.endswith(".jsonl")
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert set(name) <= allowed
    assert name.count(".") == 1
    assert is_journal(name)


@pytest.mark.parametrize(
    "name", ["CON", "nul", "COM1", "../../x", "a/b\\c:d*e?", "", " .", "猫", "Ada Lovelace", "-"]
)
def test_reserved_and_odd_names(places: Places, name: str) -> None:
    store = places.store()
    store.append(action(who=Who(name or "x", name, "p1")))
    store.close()
    (path,) = places.local.iterdir()
    assert path.parent == places.local
    assert slug(name)


def test_names_that_look_alike_have_files_of_their_own() -> None:
    people = ["ada", "Ada", "ADA", "àda", "ada ", "猫", "犬", "x" * 50, "x" * 51]
    files = {file_name(Who(person, "pc"), "p1").casefold() for person in people}
    assert len(files) == len(people)
