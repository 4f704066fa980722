"""Where one file may be put: links are followed, pipes and devices are left alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pandas as pd
import pytest

from bcviewer.errors import UsageError, UserError
from bcviewer.io.exchange.export import check_place, write_frame
from bcviewer.io.exchange.plan import planned
from bcviewer.io.put_file import final_place, write_atomically
from bcviewer.io.resources import resource_path

posix = pytest.mark.skipif(os.name == "nt", reason="links and pipes are POSIX")


def put(path: Path, text: str = "new") -> None:
    write_atomically(path, lambda temporary: temporary.write_text(text) and None)


@posix
def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "real.csv").write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to(Path("there") / "real.csv")
    chain = tmp_path / "chain.csv"
    chain.symlink_to(link)
    put(chain)
    assert chain.is_symlink()
    assert link.is_symlink()
    assert (tmp_path / "there" / "real.csv").read_text() == "new"
    assert {p.name for p in tmp_path.rglob("*")} == {"there", "real.csv", "link.csv", "chain.csv"}


@posix
def test_a_link_to_a_file_that_is_not_there_makes_it(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real.csv")
    put(link)
    assert link.is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"


def fifo(path: Path) -> None:
    os.mkfifo(path)


@posix
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (fifo, "a named pipe"),
        (lambda path: path.symlink_to("/dev/null"), "a device"),
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: path.symlink_to(path.parent), "a folder"),
        (lambda path: path.symlink_to(path.name), "cannot be written"),
        (lambda path: path.symlink_to("gone/x"), "no such folder"),
        (lambda path: (fifo(path.parent / "pipe"), path.symlink_to("pipe")), "a named pipe"),
    ],
)
def test_what_is_no_file_is_refused_and_stays(tmp_path: Path, make, kind: str) -> None:
    path = tmp_path / "out.csv"
    make(path)
    before = path.lstat()
    names = sorted(tmp_path.iterdir())
    for refuse in (final_place, put):
        with pytest.raises(UsageError, match=kind):
            refuse(path)
    after = path.lstat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert sorted(tmp_path.iterdir()) == names


@posix
def test_a_place_that_becomes_a_pipe_meanwhile_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"

    def write(temporary: Path) -> None:
        temporary.write_text("x")
        os.mkfifo(path)

    with pytest.raises(UserError, match="a named pipe"):
        write_atomically(path, write)
    assert stat.S_ISFIFO(path.lstat().st_mode)
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_a_link_is_no_way_into_a_recording(tmp_path: Path) -> None:
    (tmp_path / "ks").mkdir()
    for name in ("spike_times.npy", "spike_clusters.npy", "templates.npy", "params.py"):
        (tmp_path / "ks" / name).touch()
    for target in ("ks/cluster_x.tsv", "ks/templates._bc_qMetrics.parquet"):
        link = tmp_path / f"link{Path(target).suffix}"
        link.symlink_to(target)
        with pytest.raises(UsageError):
            check_place(link)
        with pytest.raises(UsageError):
            write_frame(pd.DataFrame({"a": [1]}), link)
    assert len(list((tmp_path / "ks").iterdir())) == 4


@posix
def test_the_mask_of_modes_is_never_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is of the whole process: what another thread makes meanwhile would be everybody's."""
    before = os.umask(0o027)
    try:
        with monkeypatch.context() as patch:
            patch.delattr(os, "umask")
            put(tmp_path / "x.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.csv").stat().st_mode) == 0o640


def test_the_recording_that_ships_with_the_program_is_not_written_to() -> None:
    demo = resource_path("demo")
    ks_dir = next(demo.rglob("params.py")).parent
    for place in (demo / "new.csv", ks_dir / "cluster_bcv_label.tsv"):
        with pytest.raises(UsageError, match="the demo recording is not written to"):
            write_atomically(place, lambda temporary: temporary.touch())
        with pytest.raises(UsageError, match="the demo recording is not written to"):
            planned(place, b"x", "a table")
        assert not place.exists()
