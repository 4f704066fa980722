"""Write the licences of everything in this environment to a folder: ``third_party.py FOLDER``.

The bundle holds other people's libraries, and their licences ask that the texts go with them. A
distribution without a text of its own is named with what its metadata say.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

TEXT = re.compile(r"(licen[cs]e|copying|notice|copyright|authors)", re.IGNORECASE)
CODE = (".py", ".pyc", ".so", ".pyi")
OURS_OR_TOOLS = {"bcviewer", "pip", "setuptools", "pyinstaller", "pyinstaller-hooks-contrib"}


def licence_of(found: Distribution) -> str:
    """Return in a few words under what a distribution is given."""
    data = found.metadata
    said = data.get("License-Expression") or data.get("License") or ""
    classes = [c.rpartition(" :: ")[2] for c in data.get_all("Classifier") or () if "License" in c]
    first = said.strip().splitlines()[0] if said.strip() else ""
    return first[:80] or ", ".join(classes) or "see its texts"


def texts_of(found: Distribution) -> list[Path]:
    """Return the files of a distribution that are its licence."""
    named = [f for f in found.files or () if TEXT.search(f.name) and f.suffix not in CODE]
    places = [Path(str(found.locate_file(f))) for f in named]
    return sorted({place for place in places if place.is_file()})


def main(folder: Path) -> int:
    """Write the texts and ``THIRD_PARTY.txt``; return the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["What the bundle holds of others, and under what licence.", ""]
    for found in sorted(distributions(), key=lambda d: d.metadata["Name"].lower()):
        name = found.metadata["Name"]
        if name.lower() in OURS_OR_TOOLS:
            continue
        lines.append(f"{name} {found.version}: {licence_of(found)}")
        for i, text in enumerate(texts_of(found)):
            copy = folder / f"{name}-{i}-{text.name}"
            copy.write_bytes(text.read_bytes())
    (folder / "THIRD_PARTY.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
