"""Make resources/demo from the simulated session: ``python packaging/make_demo.py SOURCE OUT``.

Five runs (batch A, B, C and np20_rerun A, C) in at most 8 MB. Bombcell's Parquet files, the
TSVs, the config and all small arrays are copied byte for byte; what Kilosort and phy write again
(``pc_features``, ``similar_templates``, metric TSVs, CSV twins) is left out; the large arrays
are stored in narrower types that NumPy, Bombcell and phy read alike:

- spike times int64 -> int32, spike clusters and templates int32 -> uint16: the same values;
- mean raw waveforms float64 -> float16: 11 significant bits, at most 0.06 off where
  the deepest trough is 140.

Nothing else fits: the reruns hold the same spikes as the batch (a wheel has no links), and phy
asks for uint16 or wider spike templates and float32 templates.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np

CONFIG = "recording_config.json"
SESSION = "Demo_20260201_session001"
RUNS = (
    "bombcell_DEFAULT/kilosort4_A",
    "bombcell_DEFAULT/kilosort4_B",
    "bombcell_DEFAULT/kilosort4_C",
    "bombcell_NP2.0/kilosort4_A",
    "bombcell_NP2.0/kilosort4_C",
)
COPIED = (
    "amplitudes.npy",
    "channel_map.npy",
    "channel_positions.npy",
    "channel_shanks.npy",
    "cluster_KSLabel.tsv",
    "cluster_bc_unitType.tsv",
    "cluster_group.tsv",
    "params.py",
    "templates.npy",
    "whitening_mat.npy",
    "whitening_mat_inv.npy",
    "bombcell/_bc_parameters._bc_qMetrics.parquet",
    "bombcell/templates._bc_fractionRefractoryPeriodViolationsPerTauR.parquet",
    "bombcell/templates._bc_qMetrics.parquet",
    "bombcell/templates._bc_rawWaveformPeakChannels.npy",
)
NARROWED = {
    "spike_clusters.npy": np.uint16,
    "spike_templates.npy": np.uint16,
    "spike_times.npy": np.int32,
    "bombcell/_bc_rawWaveforms_kilosort_format.npy": np.float16,
}
MAX_BYTES = 8_000_000


def main() -> int:
    """Build the demo into OUT, which must not exist yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="the session_demo folder")
    parser.add_argument("out", type=Path, help="a folder that does not exist yet")
    args = parser.parse_args()
    if args.out.exists():
        parser.error(f"{args.out} exists; remove it first")
    args.out.mkdir(parents=True)
    shutil.copyfile(args.source / CONFIG, args.out / CONFIG)
    for run in RUNS:
        place = Path(SESSION, "bombcell", run)
        copy_run(args.source / place, args.out / place)
    size = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file())
    print(f"{len(RUNS)} runs, {size:,} bytes")  # noqa: T201
    return 0 if size <= MAX_BYTES else 1


def copy_run(source: Path, out: Path) -> None:
    """Copy one Kilosort directory with its results."""
    (out / "bombcell").mkdir(parents=True)
    for name in COPIED:
        shutil.copyfile(source / name, out / name)
    for name, dtype in NARROWED.items():
        array = np.load(source / name)
        narrow = array.astype(dtype)
        exact = np.issubdtype(dtype, np.integer)
        if not np.allclose(narrow, array, rtol=0 if exact else 5e-4, atol=0 if exact else 1e-4):
            sys.exit(f"{source / name} does not fit into {np.dtype(dtype)}")
        np.save(out / name, narrow)


if __name__ == "__main__":
    raise SystemExit(main())
