"""One number of Kilosort 4's ``ops.npy``, read without unpickling anything."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bcviewer.io.spikes.ops_npy import duplicate_window_s


class Trap:
    """What runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, (f"touch {os.environ['TRAP_MARK']}",)


@pytest.mark.parametrize(
    ("ops", "seconds"),
    [
        ({"settings": {"duplicate_spike_ms": 0.5}, "Wrot": np.zeros((4, 4))}, 0.0005),
        ({"a": "b", "duplicate_spike_ms": 1}, 0.001),
        ({"settings": {"n_chan_bin": 385}}, 0.0),
        ({"duplicate_spike_ms": np.float64(1)}, None),
        ({"duplicate_spike_ms": -1.0}, None),
        ({"duplicate_spike_ms": "duplicate_spike_ms"}, None),
    ],
)
def test_the_window(tmp_path: Path, ops: dict, seconds: float | None):
    np.save(tmp_path / "ops.npy", ops, allow_pickle=True)
    assert duplicate_window_s(tmp_path) == seconds


@pytest.mark.slow
def test_it_is_what_bombcell_reads(tmp_path: Path):
    from factories import bombcell

    for ops in ({"settings": {"duplicate_spike_ms": 0.35}}, {"x": 1}):
        np.save(tmp_path / "ops.npy", ops, allow_pickle=True)
        theirs = bombcell().get_default_parameters(str(tmp_path))["tauC"]
        assert max(0.0001, duplicate_window_s(tmp_path)) == theirs


def test_nothing_of_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mark = tmp_path / "PWNED"
    monkeypatch.setenv("TRAP_MARK", str(mark))
    np.save(tmp_path / "ops.npy", {"a": Trap(), "duplicate_spike_ms": 0.25}, allow_pickle=True)
    assert duplicate_window_s(tmp_path) == 0.00025
    assert not mark.exists()


@pytest.mark.parametrize("data", [b"", b"x", b"\x93NUMPY\x01\x00\xff\xff"])
def test_what_is_damaged_is_not_known(tmp_path: Path, data: bytes):
    assert duplicate_window_s(tmp_path) is None
    (tmp_path / "ops.npy").write_bytes(data)
    assert duplicate_window_s(tmp_path) is None


def test_a_cut_pickle_and_plain_numbers_are_not_known(tmp_path: Path):
    np.save(tmp_path / "ops.npy", {"a": list(range(100))}, allow_pickle=True)
    whole = (tmp_path / "ops.npy").read_bytes()
    (tmp_path / "ops.npy").write_bytes(whole[:-40])
    assert duplicate_window_s(tmp_path) is None
    np.save(tmp_path / "ops.npy", np.zeros(3))
    assert duplicate_window_s(tmp_path) is None
