"""Private memory of the open window, beside a process with bare Qt, pyqtgraph and pandas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench_measure import UNITS, Data, Row, environment, open_window, settle

MOST_MB = 250.0
BARE = """
import sys
sys.path.insert(0, sys.argv[1])
import pandas, pyqtgraph
app = pyqtgraph.mkQApp()
plot = pyqtgraph.PlotWidget()
plot.plot([1, 2, 3])
plot.show()
for _ in range(20):
    app.processEvents()
from bench_memory import private_mb
print(private_mb())
"""


def rows(data: Data) -> list[Row]:
    if private_mb() == 0:
        return []  # no /proc
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", BARE, here]
    done = subprocess.run(command, env=environment(data.work), capture_output=True, text=True)
    bare = float(done.stdout)
    spikes = data.spikes()
    window = open_window(data, spikes or data.units(UNITS))
    for _ in range(20):
        window.session.step(1)
        settle(1)
    used = private_mb()
    window.close()
    what = "2,000 units and 50 M spikes" if spikes else f"{UNITS:,} units"
    return [
        Row(
            f"private memory over bare Qt + pyqtgraph + pandas, {what}",
            used - bare,
            "MB",
            MOST_MB,
            bare,
            "the bare process",
        )
    ]


def private_mb() -> float:
    """Return this process's private memory, MB; 0 where the system does not say."""
    file = Path("/proc/self/smaps_rollup")
    if not file.exists():
        return 0.0
    lines = [line.split() for line in file.read_text().splitlines()]
    return sum(int(line[1]) for line in lines if line[0].startswith("Private_")) / 1024
