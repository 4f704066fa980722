"""What curators said, read from their journals without Qt; nothing is written beside them."""

from __future__ import annotations

import errno
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from factories import snapshot
from spike_folders import some_spikes, write_spikes

from bcviewer.cli import entry as cli
from bcviewer.cli.audit import audit_place
from bcviewer.cli.report import with_said
from bcviewer.core.curation.entries import LABEL, NOTE, SPIKES, Action, Change, Who
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Issue
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.exchange.manual_reader import read_manual
from bcviewer.io.journal import user_data
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalStore, action_id
from bcviewer.io.journal.user_data import journals_folder
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording

AT = "2026-03-01T10:20:30.000000Z"


@pytest.fixture
def said(make_run, tmp_path, monkeypatch):
    """Return a run on disk whose units 0 and 1, and 900 that is gone, were labelled by Ann."""
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "user"))
    ks_dir = make_run()
    run = read_run(find_runs(ks_dir)[0])
    store = JournalStore(recording_key(run), journals_folder(), ks_dir / "bombcell", "p1")
    changes = (
        Change(0, LABEL, None, "GOOD"),
        Change(1, NOTE, None, "why?"),
        Change(900, LABEL, None, "NOISE"),
    )
    store.append(Action(action_id(), AT, Who("Ann", "pc", "p1"), "label", changes))
    store.mirror()
    store.close()
    return run


def test_what_was_said_is_read_and_nothing_is_written(said, tmp_path):
    before = snapshot(tmp_path)
    issues: list[Issue] = []
    assert dict(read_manual(said, issues.append)) == {
        0: ManualUnit(Label.GOOD, "", "Ann", AT),
        1: ManualUnit(None, "why?", note_by="Ann", note_at=AT),
        900: ManualUnit(Label.NOISE, "", "Ann", AT),
    }
    assert issues == []
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("gone", ["local", "mirror"])
def test_either_place_is_enough(said, tmp_path, gone):
    folder = tmp_path / "user" if gone == "local" else Path(said.provenance.results_dir, "bcviewer")
    for path in sorted(folder.rglob("*.jsonl")):
        path.unlink()
    assert set(read_manual(said, [].append)) == {0, 1, 900}


def test_what_was_said_of_other_spikes_under_the_same_id_is_left_out(
    make_run, tmp_path, monkeypatch, capsys
):
    """Seen: and nothing was said of that."""
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "user"))
    ks_dir = write_spikes(make_run(), **some_spikes())
    run = read_run(find_runs(ks_dir)[0])
    recording = open_recording(run, tmp_path / "cache")
    spikes = {6: recording.digest((6,)), 7: recording.digest((8,)), 900: "any"}
    store = JournalStore(recording_key(run), journals_folder(), ks_dir / "bombcell", "p1")
    changes = [Change(i, LABEL, None, "MUA", ((SPIKES, told),)) for i, told in spikes.items()]
    given = tuple(changes), (Change(8, LABEL, None, "MUA"),)  # the last as older versions wrote it
    for each in given:
        store.append(Action(action_id(), AT, Who("Ann", "pc", "p1"), "label", each))
    store.mirror()
    store.close()
    before = snapshot(tmp_path)
    issues: list[Issue] = []
    assert set(read_manual(run, issues.append)) == {6, 8}  # 900 is no unit now: nobody's
    left_out = "Labels: MUA was said of another 7: its spikes were others. It is left out."
    assert list(map(str, issues)) == [left_out]
    page = with_said(audit_place(find_runs(ks_dir)[0]))
    assert left_out in map(str, page.run.issues)
    assert snapshot(tmp_path) == before
    assert cli.main(["labels", str(ks_dir)]) == 0
    assert f"  note: {left_out}" in capsys.readouterr().out.splitlines()
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryDirectory", no_room)
        with pytest.raises(UserError, match="temporary files cannot be used: no space left"):
            read_manual(run, [].append)
    templates = (ks_dir / names.SPIKE_TEMPLATES).read_bytes()
    (ks_dir / names.SPIKE_TEMPLATES).unlink()  # nothing tells which they are
    assert set(read_manual(run, [].append)) == {6, 7, 8, 900}
    (ks_dir / names.SPIKE_TEMPLATES).write_bytes(templates)
    (ks_dir / names.SPIKE_CLUSTERS).unlink()  # nor here
    assert {6, 8, 900} <= set(read_manual(run, [].append))


def test_a_unit_of_the_table_that_is_gone_by_now_is_not_another_one(
    make_run, tmp_path, monkeypatch
):
    """Seen: what was said of a unit that phy merged since was told as said of another one."""
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "user"))
    ks_dir = write_spikes(make_run(), **some_spikes())
    run = read_run(find_runs(ks_dir)[0])
    gone = 1
    assert run.ids.ids_of().tolist() == [0, gone]
    assert gone not in np.load(ks_dir / names.SPIKE_CLUSTERS)
    store = JournalStore(recording_key(run), journals_folder(), ks_dir / "bombcell", "p1")
    changes = tuple(Change(i, LABEL, None, "MUA", ((SPIKES, "any"),)) for i in (gone, 0))
    store.append(Action(action_id(), AT, Who("Ann", "pc", "p1"), "label", changes))
    store.close()
    issues: list[Issue] = []
    assert read_manual(run, issues.append) == {}
    left_out = "Labels: MUA was said of another 0: its spikes were others. It is left out."
    assert list(map(str, issues)) == [left_out]


def no_room(**_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_torn_journal_is_told(said, capsys):
    (path,) = Path(said.provenance.results_dir, "bcviewer").iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    assert cli.main(["labels", said.provenance.ks_dir]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith(
        "kilosort4_A: 1 of 2 units labelled, 1 note, 1 unit not in these results"
    )
    assert out[1].startswith(f"  note: {path.name}: ")
    assert any(line.split()[:2] == ["0", "GOOD"] for line in out)


# Where journals are


def test_journals_are_where_qt_says(tmp_path, monkeypatch):
    prefs = pytest.importorskip("bcviewer.app.prefs")
    for home in (str(tmp_path), "", "relative/path"):
        monkeypatch.delenv("BCVIEWER_CONFIG_DIR", raising=False)
        monkeypatch.setenv("XDG_DATA_HOME", home)
        assert journals_folder() == prefs.data_folder() / names.JOURNALS
    monkeypatch.delenv("HOME", raising=False)  # the system may know another one; Qt says "//"
    assert journals_folder().parts[1:] == (prefs.data_folder() / names.JOURNALS).parts[1:]
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path))
    assert journals_folder() == prefs.data_folder() / names.JOURNALS == tmp_path / "journals"


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("win32", Path("local/bcviewer/journals")),
        ("darwin", Path.home() / "Library" / "Application Support" / "bcviewer" / "journals"),
    ],
)
def test_journals_on_other_systems(monkeypatch, platform, folder):
    monkeypatch.delenv("BCVIEWER_CONFIG_DIR", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", "local")
    monkeypatch.setattr(user_data.sys, "platform", platform)
    assert user_data.sys is sys
    assert journals_folder() == folder
