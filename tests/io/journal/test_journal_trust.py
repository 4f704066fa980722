"""Journals that others wrote, or put in the place of ours: nothing of ours is lost or replaced."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dice import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_cases import ADA, KEY, Places, action, line

from bcviewer.core.curation.entries import LABEL, REDO, UNDO, Change, Who
from bcviewer.core.curation.history import history
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.curation.opinions import conflicts
from bcviewer.core.curation.replay import replay, with_action, with_actions
from bcviewer.core.curation.times import EARLIEST, LATEST, stamp, time_text
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.errors import UserError
from bcviewer.io.journal import store as journal
from bcviewer.io.journal.acted_in import ActedIn
from bcviewer.io.journal.journal_names import carried_name, file_name
from bcviewer.io.journal.store import JournalStore

BOB = Who("bob", "far", "b1")
posix = pytest.mark.skipif(os.name == "nt", reason="links and pipes as POSIX has them")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def signed(who: Who, **more: Any) -> str:
    """Return the middle of the name of a journal that a person's program writes."""
    return file_name(who, who.process, **more).removeprefix("labels-").removesuffix(".jsonl")


def texts(reading: Any) -> str:
    return " ".join(map(str, reading.issues))


def words(store: JournalStore) -> list[str]:
    return [entry.words for entry in history(replay(store.read().actions))]


# -- clocks ----------------------------------------------------------------------------------

_YEARS = (1, 1601, 1966, 1970, 2010, 2026, 2038, 2099, 2106, 8999, 9999)
_moments = st.builds(
    lambda year, days, us: datetime(year, 1, 1, tzinfo=UTC) + timedelta(days, microseconds=us),
    st.sampled_from(_YEARS),
    st.integers(0, 364),
    st.integers(0, 5),
)
_foreign = st.one_of(
    _moments.map(time_text),
    st.sampled_from(
        [EARLIEST, LATEST, "2099-12-31T23:59:59.999999Z", "2100-12-31T23:59:59.999999Z"]
    ),
)
_LABELS = st.sampled_from([LABEL_NAMES[label] for label in MANUAL_LABELS[:3]])


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("mine"), st.integers(0, 2), _LABELS, _moments),
            st.tuples(st.just("theirs"), st.integers(0, 2), _LABELS, _foreign),
            st.tuples(st.just("restart"), st.just(0), st.just(""), st.just(None)),
        ),
        max_size=14,
    )
)
def test_whatever_the_clocks_and_the_journals_of_others_say_my_last_word_is_shown(
    steps: list[tuple[str, int, str, Any]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        places, n = Places(Path(folder)), 0
        store = places.store("p0")
        state = replay(store.read().actions)
        mine: dict[int, str] = {}
        written: set[str] = set()
        for what, unit, label, moment in steps:
            if what == "mine":
                seen = (state.said_at(unit, LABEL), state.last_of("ada"))
                at = stamp(moment, *seen)
                one = action(unit, label, Who("ada", "lab-pc", f"p{n}"), at=at)
                store.append(one)
                written.add(one.id)
                mine[unit] = label
                state = with_action(state, one)
            elif what == "theirs":
                n += 1
                theirs = line(unit, label, BOB, at=moment)
                places.write(signed(BOB) + f"-{n}", theirs, folder=places.mirror)
                mine.pop(unit, None)  # it may come after what I said
            else:
                store.mirror()
                store.close()
                n += 1
                store = places.store(f"p{n}")
            state = with_actions(state, store.look_there().actions) if what != "restart" else state
            if what == "restart":
                state = replay(store.read().actions)
        store.close()
        found = replay(places.store("reader").read().actions)
        assert written <= found.actions.keys()
        assert {i: found.value(i, LABEL) for i in mine} == mine


@pytest.mark.parametrize("at", ["8999-12-31T23:59:59.999999Z", "1966-01-01T00:00:00.000000Z"])
def test_a_time_out_of_bounds_orders_nothing_and_is_told_once(places: Places, at: str) -> None:
    places.write(signed(BOB), line(1, "MUA", BOB, at=at), folder=places.mirror)
    store = places.store()
    reading = store.read()
    assert f"dated {at[:10]}: a wrong clock" in texts(reading)
    state = replay(reading.actions)
    assert state.value(1, LABEL) == "MUA"  # it is said, when nobody else said anything
    assert state.unit(1).at == ""  # and nobody knows when
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert stamp(now, state.said_at(1), state.last_of("bob")) == time_text(now)
    store.append(action(1, "GOOD", at=time_text(now)))
    assert store.look_there().issues == ()
    assert places.labels() == {1: "GOOD"}


def test_a_stamp_is_always_one_that_is_read_again() -> None:
    last = "2099-12-31T23:59:59.999999Z"
    for year in _YEARS:
        at = stamp(datetime(year, 6, 1, tzinfo=UTC), last)
        assert at > last
        assert EARLIEST <= at < "2101"


# -- what is no file of ours -----------------------------------------------------------------


def put(path: Path, what: str, elsewhere: Path) -> None:
    """Put something in the place of a journal."""
    path.unlink(missing_ok=True)
    if what == "pipe":
        os.mkfifo(path)
    elif what == "hard link":
        elsewhere.write_bytes(b"mine\n")
        os.link(elsewhere, path)
    elif what == "zero":
        path.symlink_to("/dev/zero")
    elif what == "folder":
        path.mkdir()
    else:
        if what == "link":
            elsewhere.write_bytes(b"mine\n")
        path.symlink_to(elsewhere)


KINDS = ("link", "dangling link", "hard link", "pipe", "zero", "folder")


@posix
@pytest.mark.parametrize("what", KINDS)
def test_a_mirrored_journal_replaced_by_something_else_is_not_written(
    places: Places, tmp_path: Path, what: str
) -> None:
    elsewhere, store = tmp_path / "elsewhere", places.store()
    store.append(action(1))
    store.mirror()
    (path,) = places.mirror.iterdir()
    put(path, what, elsewhere)
    store.append(action(2))
    with pytest.raises(UserError, match="its file"):
        in_time(store.mirror)
    assert not elsewhere.exists() or elsewhere.read_bytes() == b"mine\n"
    store.close()
    assert set(places.labels()) == {1, 2}


@posix
@pytest.mark.parametrize("what", KINDS)
def test_a_local_journal_replaced_by_something_else_is_not_written(
    places: Places, tmp_path: Path, what: str
) -> None:
    elsewhere, store = tmp_path / "elsewhere", places.store()
    store.append(action(1))
    (path,) = places.local.iterdir()
    put(path, what, elsewhere)
    with pytest.raises(UserError, match=r"Not saved.*its file"):
        in_time(lambda: store.append(action(2)))
    assert not elsewhere.exists() or elsewhere.read_bytes() == b"mine\n"
    store.close()


@posix
@pytest.mark.parametrize("what", ["link", "dangling link", "pipe", "zero", "folder"])
@pytest.mark.parametrize("where", ["local", "mirror"])
def test_what_is_no_regular_file_is_not_read_and_is_told(
    places: Places, tmp_path: Path, what: str, where: str
) -> None:
    folder = getattr(places, where)
    put(places.write(signed(BOB), folder=folder), what, tmp_path / "elsewhere")
    places.write(signed(BOB) + "-2", line(3, who=BOB), folder=folder)
    reading = in_time(places.store().read)
    assert [a.changes[0].cluster_id for a in reading.actions] == [3]
    assert ("link" if "link" in what or what == "zero" else "not a file") in texts(reading)


@posix
def test_a_folder_that_is_a_link_is_neither_read_nor_written(
    places: Places, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    places.mirror.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / f"labels-{signed(BOB)}.jsonl").write_bytes(line(1, who=BOB))
    store = places.store()
    assert store.read().actions == ()
    store.append(action(2))
    with pytest.raises(UserError, match="link"):
        store.mirror()
    store.close()


def in_time(work: Any) -> Any:
    """Run something in a thread, and fail where it does not end within seconds."""
    done: list[Any] = []

    def run() -> None:
        try:
            done.append((work(), None))
        except UserError as error:
            done.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(10)
    assert done, "it waits for ever"
    result, error = done[0]
    if error is not None:
        raise error
    return result


# -- whose word counts -----------------------------------------------------------------------


def test_the_local_journal_is_believed_where_another_has_other_content(places: Places) -> None:
    store, mine = places.store(), action(1, "MUA")
    store.append(mine)
    store.mirror()
    store.close()
    forged = mine._replace(
        changes=(Change(1, LABEL, None, "NOISE"),), at="2099-01-01T00:00:00.000000Z"
    )
    (path,) = places.mirror.iterdir()
    path.write_bytes(
        line(**{k: v for k, v in forged._asdict().items() if k not in ("who", "kind")})
    )
    again = places.store("p2")
    reading = again.read()
    assert replay(reading.actions).value(1, LABEL) == "MUA"
    assert "another content" in texts(reading)
    shown = words(places.store("p3"))
    assert shown[1] == "unit 1: no label → MUA" or shown[0] == "unit 1: no label → MUA"
    assert any("unit 1: no label → NOISE; believed: unit 1: no label → MUA" in w for w in shown)


@pytest.mark.parametrize("name", [signed(BOB), "x", carried_name(None, "b9")[7:-6]])
def test_nobody_takes_back_or_replaces_what_i_said_from_a_file_that_is_not_mine(
    places: Places, name: str
) -> None:
    store, mine = places.store(), action(1, "MUA")
    store.append(mine)
    store.mirror()
    undo = action(1, None, kind=UNDO, target=mine.id)
    more = action(2, "NOISE")
    own = places.store("p2")
    own.append(action(2, "GOOD"))
    own.close()
    lines = [line(**_fields(one)) for one in (undo, more)]
    places.write(name, *lines, folder=places.mirror)
    reading = places.store("p3").read()
    state = replay(reading.actions)
    assert state.value(1, LABEL) == "MUA"
    assert not state.is_undone(mine.id)
    assert "speaks for ada, whose journal it is not" in texts(reading)
    assert set(conflicts(state)) == {2}  # it is told as what it is: somebody else's word
    assert state.undoable("ada").changes[0].new == "GOOD"
    third = places.store("p4")
    third.read()
    third.mirror()
    again = replay(places.store("p5").read().actions)
    assert again.value(1, LABEL) == "MUA"  # and carrying it makes it no more than that
    store.close()


def _fields(one: Any) -> dict[str, Any]:
    return dict(one._asdict())


def test_my_own_undo_from_another_of_my_machines_counts(places: Places) -> None:
    store, mine = places.store(), action(1, "MUA")
    store.append(mine)
    laptop = Who("ada", "laptop", "l1")
    undo = action(1, None, laptop, kind=UNDO, target=mine.id)
    redo = action(1, None, laptop, kind=REDO, target=mine.id, at=stamp(datetime.now(UTC), undo.at))
    places.write(signed(laptop), line(**_fields(undo)), folder=places.mirror)
    assert places.labels() == {}
    places.write(signed(laptop) + "-2", line(**_fields(redo)), folder=places.mirror)
    assert places.labels() == {1: "MUA"}
    store.close()


def test_an_earlier_versions_carried_file_speaks_for_people_who_are_not_here(
    places: Places,
) -> None:
    said = action(5, "MUA", BOB)
    undo = action(5, None, BOB, kind=UNDO, target=said.id)
    name = carried_name(None, "old")[7:-6]
    places.write(name, line(**_fields(said)), line(**_fields(undo)), folder=places.mirror)
    assert places.labels() == {}


# -- carried once ----------------------------------------------------------------------------


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_large_journals_are_carried_once_in_files_that_are_read(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROLL", 3000)
    for i in range(3):
        lines = [line(j, who=Who("bob", f"far{i}", "b1")) for j in range(20)]
        places.write(signed(Who("bob", f"far{i}", "b1")), *lines, folder=places.mirror)
    ActedIn(places.journals, places.results).remember()
    for opening in range(4):
        store = places.store(f"p{opening}")
        store.read()
        store.mirror()
        store.close()
        here = size(places.local)
        assert here == size(places.mirror)
        assert max(path.stat().st_size for path in places.local.iterdir()) <= 3000
    shutil.rmtree(places.mirror)
    for opening in range(4):
        store = places.store(f"q{opening}")
        store.read()
        store.mirror()
        store.close()
        assert size(places.mirror) == size(places.local) == here
    assert len(places.ids()) == 60


def test_nothing_is_carried_into_a_folder_of_more_than_is_read(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bcviewer.io.journal import folder as journal_files

    places.write(signed(ADA), line(1))
    ActedIn(places.journals, places.results).remember()
    for i in range(4):
        places.write(signed(BOB) + f"-{i}", line(i, who=BOB), folder=places.mirror)
    monkeypatch.setattr(journal_files, "MAX_FILES", 3)
    store = places.store("p2")
    store.read()
    with pytest.raises(UserError, match="more journals than are read"):
        store.mirror()
    assert len(list(places.mirror.iterdir())) == 4


# -- read again and again --------------------------------------------------------------------


def test_only_what_was_added_is_read(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    from bcviewer.io.journal import folder as journal_files

    mine, other = places.store("p1"), places.store("p2")
    mine.read()
    other.read()
    read: list[int] = []
    real = journal_files.open_input

    def counted(path: Path, **more: Any) -> Any:
        read.append(1)
        return real(path, **more)

    monkeypatch.setattr(journal_files, "open_input", counted)
    for i in range(3):
        one = action(i, who=Who("ada", "lab-pc", "p2"))
        other.append(one)
        assert mine.look_here().actions == (one,)
        assert mine.look_here().actions == ()
    assert len(read) == 3
    mine.append(action(9))
    assert mine.look_here().actions == ()  # one's own is no news
    bobs = action(7, who=BOB)
    places.write(signed(BOB), line(**_fields(bobs)), folder=places.mirror)
    assert mine.look_there().actions == (bobs,)
    mine.mirror()
    other.mirror()
    seen = other.look_here().actions
    assert bobs in seen  # by what was carried here
    assert len(seen) == 2
    assert mine.waiting == other.waiting == 0
    names = {path.name for path in places.mirror.iterdir()}
    assert len(names) == 3  # nobody carries what another window brings there itself
    mine.close()
    other.close()


def test_a_line_is_taken_when_it_is_whole_and_a_file_that_was_cut_is_read_anew(
    places: Places,
) -> None:
    store = places.store()
    store.read()
    whole = line(1, who=BOB)
    path = places.write(signed(BOB), whole[:40], folder=places.mirror)
    assert store.look_there().actions == ()
    assert store.look_there().issues == ()
    with path.open("ab") as file:
        file.write(whole[40:] + line(2, who=BOB))
    assert len(store.look_there().actions) == 2
    path.write_bytes(line(3, who=BOB))
    assert [a.changes[0].cluster_id for a in store.look_there().actions] == [3]
    assert KEY.fits(KEY.primary, KEY.results)
