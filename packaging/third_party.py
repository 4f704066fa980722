"""Write the licences of all that a bundle holds of others: ``third_party.py BUNDLE/licences``.

The bundle holds other people's libraries, and their licences ask that the texts go with them: those
of this environment's distributions, and those of the system's libraries, where Debian's packages
say whose they are. A distribution without a text of its own is named with what its metadata say.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

TEXT = re.compile(r"(licen[cs]e|copying|notice|copyright|authors)", re.IGNORECASE)
CODE = (".py", ".pyc", ".so", ".pyi")
OURS_OR_TOOLS = {"bcviewer", "pip", "setuptools", "altgraph", "pyinstaller-hooks-contrib"}
SHARED = re.compile(r"lib[^/]+\.so(\.\d+)*")
LONGEST = 60
HEAD = """What this bundle holds of others, and under what licence; the texts are in this folder.
PySide6 and shiboken6 are here under the GPL, version 3 (LICENSE, one folder up). What is here of
PyInstaller is the program that starts all of it."""


def licence_of(found: Distribution) -> str:
    """Return in a few words under what a distribution is given."""
    data = found.metadata
    said = data.get("License-Expression") or (data.get("License") or "").strip()
    classes = [c.rpartition(" :: ")[2] for c in data.get_all("Classifier") or () if "License" in c]
    # Some have the whole text there.
    short = said if len(said) <= LONGEST and "\n" not in said and said != "UNKNOWN" else ""
    named = short if "Copyright" not in short else ""
    return named or ", ".join(classes) or "see its texts"


def texts_of(found: Distribution) -> list[Path]:
    """Return the files of a distribution that are its licence."""
    named = [f for f in found.files or () if TEXT.search(f.name) and f.suffix not in CODE]
    places = [Path(str(found.locate_file(f))) for f in named]
    return sorted({place for place in places if place.is_file()})


def system_libraries(bundle: Path) -> dict[str, list[str]]:
    """Return the libraries of a bundle that Debian's packages own, by package.

    Those of wheels are links to the wheel's own folder there, and have their texts already. What is
    of no package stands under an empty name.
    """
    names = [
        path.name
        for path in bundle.glob("_internal/lib*")
        if SHARED.fullmatch(path.name) and not path.is_symlink()
    ]
    query = shutil.which("dpkg-query")
    if query is None or not names:
        return {}
    # Status 1: one of them is of no package.
    done = subprocess.run(
        [query, "--search", *(f"*/{name}" for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    owned: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        package, _, place = line.rpartition(": ")
        name = place.rpartition("/")[2]
        if name in names:
            owned.setdefault(package.partition(":")[0], []).append(name)
    lost = set(names).difference(*owned.values())
    return owned | ({"": sorted(lost)} if lost else {})


def version_of(package: str) -> str:
    """Return the version of one of Debian's packages."""
    command = ["dpkg-query", "--show", "--showformat", "${Version} ", package]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]


def main(folder: Path) -> int:
    """Write the texts and ``THIRD_PARTY.txt``; return the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [HEAD, ""]
    for found in sorted(distributions(), key=lambda d: d.metadata["Name"].lower()):
        name = found.metadata["Name"]
        if name.lower() in OURS_OR_TOOLS:
            continue
        lines.append(f"{name} {found.version}: {licence_of(found)}")
        for i, text in enumerate(texts_of(found)):
            shutil.copyfile(text, folder / f"{name}-{i}-{text.name}")
    owned = system_libraries(folder.parent)
    of_none = owned.pop("", ())
    lines += [f"{name}: of no package here; see where this Python is from" for name in of_none]
    if owned:
        lines += ["", "Of Debian's packages, whose sources Debian has:"]
    for package, names in sorted(owned.items()):
        lines.append(f"{package} {version_of(package)}: {', '.join(sorted(names))}")
        text = Path("/usr/share/doc", package, "copyright")
        shutil.copyfile(text, folder / f"debian-{package}-copyright")
    (folder / "THIRD_PARTY.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
