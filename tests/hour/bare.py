"""A Qt program that does the same piece of work each second, with the meter's timer.

Which gaps are the machine's, and how much the CPU time of one and the same work varies there.

python bare.py OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

from meter import Meter
from PySide6.QtCore import QCoreApplication, QTimer

STEPS = 500_000
"""Of the work: 5 to 30 ms, by the machine."""


def work() -> None:
    for _ in range(STEPS):
        pass


def main() -> int:
    app = QCoreApplication(["bare"])
    meter = Meter(Path(sys.argv[1]))
    meter.row("start")
    meter.begin(sample=False, shortest_s=0.001)
    timer = QTimer()
    timer.timeout.connect(work)
    timer.start(1000)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
