"""A Qt program that does nothing, with the meter's timer: which gaps are the machine's.

python bare.py OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

from meter import Meter
from PySide6.QtCore import QCoreApplication


def main() -> int:
    app = QCoreApplication(["bare"])
    meter = Meter(Path(sys.argv[1]))
    meter.row("start")
    meter.begin(sample=False)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
