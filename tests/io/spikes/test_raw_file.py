"""The raw file: found by what is written of it, read as it is, refused where it is none."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spike_folders import listing, run_of

from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.spikes import raw_file
from bcviewer.io.spikes.raw_file import CHOOSE, find_raw

N, CHANNELS = 500, 5
TRACES = np.random.default_rng(1).integers(-3000, 3000, (N, CHANNELS)).astype(np.int16)
LAYOUT = f"n_channels_dat = {CHANNELS}\noffset = 0\ndtype = 'int16'\n"
ALL = np.arange(4)
D_DRIVE = "D:/rec/sim.ap.bin"


def nobody() -> None:
    """Let it go on."""


def folder(tmp_path: Path, said: str = f"dat_path = 'x.bin'\n{LAYOUT}", **arrays: Any) -> Run:
    """Return a run whose sort has a ``params.py``, and ``channel_map.npy`` of four channels."""
    ks_dir = tmp_path / "ks"
    ks_dir.mkdir(exist_ok=True)
    if said:
        (ks_dir / names.PARAMS_PY).write_text(said, "utf-8")
    given = {"channel_map": np.array([3, 0, 4, 1], np.int32), **arrays}
    for name, array in given.items():
        np.save(ks_dir / f"{name}.npy", array)
    return run_of(ks_dir, [0], params={"nChannels": None, "n_channels_rec": None})


def write(path: Path, traces: np.ndarray = TRACES, head: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + traces.tobytes())
    return path


def found(run: Run, chosen: str = "") -> raw_file.RawFiles:
    return find_raw(run, chosen, lambda place: None)


def cut(file: raw_file.RawFiles, starts: Any, width: int, channels: np.ndarray = ALL) -> np.ndarray:
    return file.snippets(np.array(starts, np.int64), width, channels, nobody)


# -- where it is -----------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["'x.bin'", "['x.bin']", "r'x.bin'", "('x.bin',)"])
def test_a_relative_path_is_taken_from_the_sort(tmp_path: Path, said: str) -> None:
    run = folder(tmp_path, f"dat_path = {said}\n{LAYOUT}")
    path = write(tmp_path / "ks" / "x.bin")
    about = found(run).about
    assert about.files == (str(path),)
    assert about.source == "dat_path of params.py"
    assert (about.n_samples, about.n_channels, about.notes) == (N, CHANNELS, ())


def test_a_full_path_and_one_beside_the_sort(tmp_path: Path) -> None:
    path = write(tmp_path / "raw" / "x.bin")
    assert found(folder(tmp_path, f"dat_path = {str(path)!r}\n{LAYOUT}")).about.n_samples == N
    assert found(folder(tmp_path, f"dat_path = '../raw/x.bin'\n{LAYOUT}")).about.n_samples == N


def test_where_it_was_expected_is_said_and_what_to_do(tmp_path: Path) -> None:
    run = folder(tmp_path, f"dat_path = ['{D_DRIVE}']\n{LAYOUT}")
    with pytest.raises(UserError) as raised:
        found(run)
    windows = os.name == "nt"
    what = (
        "D:\\rec\\sim.ap.bin: not there" if windows else f"{D_DRIVE}: not there (a path of Windows)"
    )
    words = f"No raw file where it was expected: {what} (dat_path of params.py)."
    assert raised.value.message == f"{words} {CHOOSE}"
    same = run_of(tmp_path, [0], params={"raw_data_file": D_DRIVE}).settings
    with pytest.raises(UserError) as again:
        found(replace(run, settings=same))
    assert again.value.message == raised.value.message, "the same place is named once"
    with pytest.raises(UserError, match=r"ks.x\.bin: not there"):
        found(folder(tmp_path))


def test_a_path_of_windows_is_not_looked_for_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.name == "nt":
        pytest.skip("it is a full path here")
    write(tmp_path / "cwd" / D_DRIVE)
    monkeypatch.chdir(tmp_path / "cwd")
    with pytest.raises(UserError, match="a path of Windows"):
        found(folder(tmp_path, f"dat_path = '{D_DRIVE}'\n{LAYOUT}"))


@pytest.mark.parametrize("said", ["", LAYOUT, f"dat_path = 7\n{LAYOUT}", "dat_path = ''", "?"])
def test_a_sort_that_names_none(tmp_path: Path, said: str) -> None:
    with pytest.raises(UserError, match=r"names no raw file \(dat_path\), nor do Bombcell's"):
        found(folder(tmp_path, said))


def test_params_py_is_never_run(tmp_path: Path) -> None:
    trap = tmp_path / "PWNED"
    text = f"__import__('pathlib').Path({str(trap)!r}).touch()"
    run = folder(tmp_path, f"{text}\ndat_path = {text}\n{LAYOUT}")
    with pytest.raises(UserError, match="names no raw file"):
        found(run)
    assert not trap.exists()


def test_bombcells_parameters_are_asked_where_params_py_does_not_help(tmp_path: Path) -> None:
    path = write(tmp_path / "elsewhere.bin")
    run = folder(tmp_path)
    run = replace(run, settings=run_of(tmp_path, [0], params={"raw_data_file": str(path)}).settings)
    about = found(run).about
    assert about.files == (str(path),)
    assert about.source == "raw_data_file of Bombcell's parameters"
    assert "x.bin: not there (dat_path of params.py)" in about.notes[0]


def test_the_file_that_was_chosen_comes_first_and_its_loss_is_said(tmp_path: Path) -> None:
    run = folder(tmp_path)
    write(tmp_path / "ks" / "x.bin")
    other = write(tmp_path / "mine.dat", TRACES[:100])
    about = found(run, str(other)).about
    assert (about.files, about.source, about.n_samples) == ((str(other),), "chosen by hand", 100)
    other.unlink()
    about = found(run, str(other)).about
    assert about.source == "dat_path of params.py"
    assert about.notes == (f"Not taken: {other}: not there (chosen by hand).",)


def test_each_place_is_told_before_it_is_looked_at(tmp_path: Path) -> None:
    run, told = folder(tmp_path), []
    path = write(tmp_path / "ks" / "x.bin")
    file = find_raw(run, str(tmp_path / "gone.bin"), told.append)
    sort = str(tmp_path / "ks")
    assert told == [sort, str(tmp_path / "gone.bin"), str(path), sort]
    cut(file, [5], 10)
    assert told[4:] == [str(path)]


# -- what is no raw file ---------------------------------------------------------------------


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    run, path = folder(tmp_path), tmp_path / "ks" / "x.bin"
    path.mkdir()
    with pytest.raises(UserError, match=r"x\.bin: not a file"):
        found(run)
    path.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        with pytest.raises(UserError, match=r"x\.bin: not a file"):
            found(run)
        path.unlink()
    path.write_bytes(b"")
    with pytest.raises(UserError, match=r"x\.bin: empty"):
        found(run)
    with pytest.raises(UserError, match=r"x\.cbin: packed \(\.cbin\)"):
        found(run, str(tmp_path / "x.cbin"))


def test_a_pipe_that_is_put_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    run, path = folder(tmp_path), write(tmp_path / "ks" / "x.bin")
    file = found(run)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UserError, match=r"x\.bin: not a file"):
        cut(file, [0], 10)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("n_channels_dat = 0", "n_channels_dat is 0, no number of channels"),
        ("n_channels_dat = 2.5", "n_channels_dat is 2.5, no number of channels"),
        ("n_channels_dat = 1e9", "n_channels_dat is 1e\\+09, no number of channels"),
        ("offset = 3", "does not say how many channels .*nor do Bombcell's parameters"),
        ("n_channels_dat = 5\noffset = -1", "offset is -1, no number of bytes"),
        ("n_channels_dat = 5\ndtype = 'O'", "dtype is O, no type of numbers"),
        ("n_channels_dat = 5\ndtype = 'int16,int16'", "dtype is int16,int16, no type"),
        ("n_channels_dat = 5\ndtype = 'so wide'", "dtype is so wide, no type of numbers"),
        ("n_channels_dat = 5\ndtype = 16", "dtype is 16, no type of numbers"),
        ("n_channels_dat = 5\noffset = 5000", "has not one sample of 5 channels"),
        ("n_channels_dat = 4", r"names channel 4, the raw file has 4 \(n_channels_dat of params"),
    ],
)
def test_what_does_not_fit_is_one_line(tmp_path: Path, said: str, words: str) -> None:
    run = folder(tmp_path, f"dat_path = 'x.bin'\n{said}\n")
    write(tmp_path / "ks" / "x.bin")
    with pytest.raises(UserError, match=words):
        found(run)


def test_odd_sizes_and_other_counts_are_said(tmp_path: Path) -> None:
    run = folder(tmp_path)
    path = write(tmp_path / "ks" / "x.bin")
    path.write_bytes(path.read_bytes() + b"abc")
    (note,) = found(run).about.notes
    assert "its size is no whole number of samples of 5 channels (3 bytes are left)" in note
    write(path)
    run = replace(run, settings=run_of(tmp_path, [0], params={"n_channels_rec": 6}).settings)
    (note,) = found(run).about.notes
    assert note.startswith("params.py says 5 channels, Bombcell's parameters 6")
    (tmp_path / "ks" / names.CHANNEL_MAP).unlink()
    file = found(run)
    assert "channels are taken in the file's order" in file.about.notes[-1]
    assert (cut(file, [7], 3, np.array([2]))[0, :, 0] == TRACES[7:10, 2]).all()


def test_channels_come_from_bombcell_where_params_py_has_none(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.bin")
    run = folder(tmp_path, "")
    run = replace(run, settings=run_of(tmp_path, [0], params={"n_channels_rec": 5}).settings)
    assert found(run, str(path)).about.n_samples == N
    for name, n, words in (
        ("n_channels_rec", 4, r"the raw file has 4 \(n_channels_rec of Bombcell's parameters\)"),
        ("n_channels_rec", 2.5, "Bombcell's parameters: n_channels_rec is 2.5, no number"),
        ("nChannels", 0, "Bombcell's parameters: nChannels is 0, no number"),
    ):
        given = {"n_channels_rec": None, "nChannels": None, name: n}
        other = replace(run, settings=run_of(tmp_path, [0], params=given).settings)
        with pytest.raises(UserError, match=words):
            found(other, str(path))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("offset = 0\ndtype = 'int16'", ""),
        ("offset = 0", "it is assumed that they are int16, as Kilosort's are (dtype)."),
        ("dtype = 'int16'", "it is assumed that they begin at its beginning (offset 0)."),
        ("", "begin at its beginning (offset 0) and that they are int16"),
    ],
)
def test_what_is_assumed_of_the_numbers_is_said(tmp_path: Path, said: str, words: str) -> None:
    run = folder(tmp_path, f"dat_path = 'x.bin'\nn_channels_dat = 5\n{said}\n")
    write(tmp_path / "ks" / "x.bin")
    about = found(run).about
    assert about.n_samples == N
    assert [words in note for note in about.notes] == [True] * bool(words)


# -- what is read ----------------------------------------------------------------------------


def test_snippets_are_the_file_at_the_channels_of_the_map(tmp_path: Path) -> None:
    run = folder(tmp_path)
    write(tmp_path / "ks" / "x.bin")
    before = listing(tmp_path)
    starts = [400, 0, 17, 18, 470]
    got = cut(found(run), starts, 30)
    assert got.dtype == np.int16
    for one, at in zip(got, starts, strict=True):
        assert (one == TRACES[at : at + 30][:, [3, 0, 4, 1]]).all()
    assert cut(found(run), [], 30).shape == (0, 30, 4)
    assert listing(tmp_path) == before


def test_parts_follow_each_other(tmp_path: Path) -> None:
    said = f"dat_path = ['a.bin', 'b.bin', 'c.bin']\n{LAYOUT}"
    run = folder(tmp_path, said)
    for name, part in (("a", slice(0, 200)), ("b", slice(200, 210)), ("c", slice(210, N))):
        write(tmp_path / "ks" / f"{name}.bin", TRACES[part])
    file = found(run)
    assert file.about.n_samples == N
    starts = [0, 170, 171, 195, 199, 200, 205, 209, 210, 470]
    for one, at in zip(cut(file, starts, 30), starts, strict=True):
        assert (one == TRACES[at : at + 30][:, [3, 0, 4, 1]]).all()
    (tmp_path / "ks" / "b.bin").unlink()
    with pytest.raises(UserError, match=r"b\.bin: not there"):
        found(run)


def test_a_head_and_other_types_are_read(tmp_path: Path) -> None:
    said = "dat_path = 'x.bin'\nn_channels_dat = 5\noffset = 11\ndtype = '>f4'\n"
    run = folder(tmp_path, said)
    write(tmp_path / "ks" / "x.bin", TRACES.astype(">f4"), b"h" * 11)
    file = found(run)
    assert file.about.n_samples == N
    assert (cut(file, [100], 20)[0] == TRACES[100:120][:, [3, 0, 4, 1]]).all()


def test_a_file_that_is_cut_or_goes_meanwhile_is_one_line(tmp_path: Path) -> None:
    run, path = folder(tmp_path), write(tmp_path / "ks" / "x.bin")
    file = found(run)
    write(path, TRACES[:100])
    with pytest.raises(UserError, match=r"x\.bin: changed while it was read"):
        cut(file, [200], 30)
    path.unlink()
    with pytest.raises(UserError, match=r"x\.bin: no such file"):
        cut(file, [10], 30)


def test_reading_ends_where_nobody_waits(tmp_path: Path) -> None:
    run = folder(tmp_path)
    write(tmp_path / "ks" / "x.bin")
    looks: list[int] = []

    def check() -> None:
        looks.append(1)
        if len(looks) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        found(run).snippets(np.arange(400), 30, ALL, check)
    assert len(looks) == 3


def test_what_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = folder(tmp_path)
    write(tmp_path / "ks" / "x.bin")
    monkeypatch.setattr(raw_file, "_LARGEST_SNIPPET", 299)
    with pytest.raises(UserError, match="A spike of 30 samples on all channels would be 0 MB"):
        cut(found(run), [0], 30)
    with pytest.raises(UserError, match="has 4 channels, none for 4"):
        cut(found(run), [0], 10, np.array([4]))
