"""The desktop entry, the AppStream metadata, the citation, the icons and the bundle's spec."""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import runpy
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from pkgutil import iter_modules, walk_packages

import pytest

import bcviewer
from bcviewer.cli.doctor import DISTRIBUTIONS
from bcviewer.widgets.chrome.docks import DOCKS

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
APP_ID = "io.github.bcviewer.bcviewer"
DESKTOP = PACKAGING / f"{APP_ID}.desktop"
METAINFO = PACKAGING / f"{APP_ID}.metainfo.xml"
ICONS = sorted((ROOT / "resources" / "icons").glob("*.svg"))

pytestmark = pytest.mark.skipif(not PACKAGING.is_dir(), reason="packaging/ is in a checkout only")


@pytest.mark.parametrize(
    "command",
    [
        ("desktop-file-validate", str(DESKTOP)),
        ("appstreamcli", "validate", "--no-net", str(METAINFO)),
    ],
    ids=lambda command: command[0],
)
def test_the_validators_are_content(command: tuple[str, ...]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_desktop_entry_starts_the_program() -> None:
    entry = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(DESKTOP, "utf-8")
    section = entry["Desktop Entry"]
    assert section["Type"] == "Application"
    assert section["Exec"].split()[0] == section["TryExec"] == "bcviewer-gui"
    assert section["Icon"] == APP_ID
    assert section["Terminal"] == "false"


def test_the_metadata_say_what_the_package_says() -> None:
    component = ET.parse(METAINFO).getroot()
    assert component.findtext("id") == APP_ID
    assert component.findtext("launchable") == DESKTOP.name
    assert component.findtext("project_license") == "GPL-3.0-or-later"
    newest = component.find("releases/release")
    assert newest is not None
    assert newest.get("version") == bcviewer.__version__
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {bcviewer.__version__}\n" in citation
    assert f"\ndate-released: {newest.get('date')}\n" in citation
    assert "10.5281/zenodo.8172821" in citation
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"\n## {bcviewer.__version__} – {newest.get('date')}\n" in changes


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.lstrip().startswith("GNU GENERAL PUBLIC LICENSE\n")
    assert "Version 3, 29 June 2007" in text
    assert len(text) > 35_000


def test_the_licences_that_are_named_are_those_that_are_here() -> None:
    text = (ROOT / "REUSE.toml").read_text("utf-8")
    named = re.findall(r'SPDX-License-Identifier = "(.*)"', text)
    assert named == ["GPL-3.0-or-later", "CC0-1.0"]
    texts = {path.stem: path.read_text("utf-8") for path in (ROOT / "LICENSES").iterdir()}
    assert sorted(texts) == sorted(named)
    assert texts["GPL-3.0-or-later"] == (ROOT / "LICENSE").read_text("utf-8")
    assert "CC0 1.0 Universal" in texts["CC0-1.0"]
    assert f'path = "packaging/{METAINFO.name}"' in text
    assert ET.parse(METAINFO).getroot().findtext("metadata_license") == "CC0-1.0"
    for path in re.findall(r'path = "(.*)"', text):
        assert path == "**" or (ROOT / path).is_file()


@pytest.mark.parametrize("path", [ROOT / "resources" / "icon.svg", *ICONS], ids=lambda p: p.name)
def test_icons_are_plain_svg(path: Path) -> None:
    root = ET.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "g", "path", "rect", "circle"}
    if path in ICONS:
        assert root.get("viewBox") == "0 0 24 24"
        grey = int(root.attrib["stroke"].removeprefix("#"), 16)
        assert contrast(grey, 0xFFFFFF) >= 3
        assert contrast(grey, 0x1E1E1E) >= 3


def test_the_tool_bar_has_its_icons() -> None:
    names = "columns export filter help layout next open phy previous redo reload undo"
    assert set(names.split()) <= {path.stem for path in ICONS}


@pytest.mark.parametrize(
    "name",
    [
        "bcviewer.spec",
        "bundle_entry.py",
        "guide_pictures.py",
        "guide_site.py",
        "make_demo.py",
        "start_ratio.py",
        "screenshots.py",
        "third_party.py",
    ],
)
def test_scripts_compile(name: str) -> None:
    source = (PACKAGING / name).read_text("utf-8")
    compile(source, name, "exec")


SCRIPTS = sorted(PACKAGING.glob("*.sh"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.skipif(os.name == "nt", reason="scripts for a POSIX shell")
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shell_scripts_are_sound(path: Path) -> None:
    assert os.access(path, os.X_OK)
    assert "set -euo pipefail" in path.read_text("utf-8")
    linter = shutil.which("shellcheck") or "bash"
    command = [linter, *(["-n"] if linter == "bash" else []), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflows_are_valid_and_call_scripts_that_are_there() -> None:
    assert len(WORKFLOWS) == 2
    pytest.importorskip("check_jsonschema")
    schema = ["--builtin-schema", "vendor.github-workflows"]
    command = [sys.executable, "-m", "check_jsonschema", *schema, *map(str, WORKFLOWS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    text = "".join(path.read_text("utf-8") for path in WORKFLOWS)
    called = set(re.findall(r"packaging/([\w.]+)", text))
    assert {path.name for path in SCRIPTS} <= called
    assert [name for name in called if not (PACKAGING / name).is_file()] == []


def test_the_bundle_leaves_out_what_it_need_not_and_keeps_what_it_must() -> None:
    text = (PACKAGING / "bcviewer.spec").read_text("utf-8")
    assert "pyi_rth_mplconfig" in text, "its hook leaves a temporary folder behind at each start"
    parts = re.findall(r'r"([^"]*)"', text.partition("UNUSED_FILES")[2].partition("Analysis(")[0])
    unused = re.compile("".join(parts))
    for path in (
        "pyarrow/libarrow_flight.so.2600",
        "PySide6/Qt/plugins/generic/libqevdev.so",
        "libgtk-3.so.0",
        "libgio-2.0.so.0",
        "libjpeg.so.62",
        "pyarrow/libarrow_python.so",
        "pyarrow/libarrow_python.so.2600.1.0",
        "PySide6/Qt/translations/qtbase_de.qm",
    ):
        assert unused.search(path), path
    for path in (
        "pyarrow/libarrow_substrait.so.2600",
        "pyarrow/libarrow_dataset.so.2600",
        "pyarrow/libarrow_acero.so",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "libglib-2.0.so.0",
        "libharfbuzz-fb49c9fc.so.0",
        "libjpeg-6dc8d115.so.62.4.0",
        "pyarrow/libarrow_python.so.2600",
    ):
        assert not unused.search(path), path


def test_the_bundle_has_what_the_report_reads() -> None:
    folder = ROOT / "bcviewer" / "report"
    assert [path.name for path in folder.iterdir() if path.suffix in (".html", ".css", ".js")]
    assert 'collect_data_files("bcviewer.report")' in (PACKAGING / "bcviewer.spec").read_text()


def test_the_bundle_knows_the_versions_of_what_is_in_it() -> None:
    """The metadata of what bcviewer needs, and of what that needs, go with it."""
    spec = (PACKAGING / "bcviewer.spec").read_text("utf-8")
    assert 'copy_metadata("bcviewer", recursive=True)' in spec
    needed, todo = set[str](), ["bcviewer"]
    while todo:
        for line in requires(todo.pop()) or ():
            name = re.match(r"[\w.-]+", line)[0].lower()
            if "extra ==" not in line and name not in needed:
                needed.add(name)
                with contextlib.suppress(PackageNotFoundError):  # of another system
                    requires(name)
                    todo.append(name)
    assert {name.lower() for name in DISTRIBUTIONS} <= needed


def test_the_bundle_has_the_helper() -> None:
    from bcviewer.oracle import client as verify

    source = (PACKAGING / "bundle_entry.py").read_text("utf-8")
    assert '"--bombcell-helper"' in source
    assert "--bombcell-helper" in Path(verify.__file__).read_text("utf-8")
    from bcviewer.oracle import run_by_bombcell

    assert '"--bombcell-run"' in source
    assert "--bombcell-run" in Path(run_by_bombcell.__file__).read_text("utf-8")
    assert "bundle_entry.py" in (PACKAGING / "bcviewer.spec").read_text("utf-8")


def test_the_bundle_has_what_is_loaded_by_name() -> None:
    """Panels and requests are in no import statement: the spec collects every module."""
    from bcviewer.oracle import requests
    from bcviewer.widgets.chrome.docks import DOCKS

    panels = [f"bcviewer.widgets.{spec.module}" for spec in DOCKS if spec.module]
    asked = [f"{requests.__name__}.{module.name}" for module in iter_modules(requests.__path__)]
    there = {module.name for module in walk_packages(bcviewer.__path__, "bcviewer.")}
    assert len(panels) > 20
    assert len(asked) >= 3
    assert {*panels, *asked} <= there
    assert 'collect_submodules("bcviewer")' in (PACKAGING / "bcviewer.spec").read_text()


@pytest.mark.gui
@pytest.mark.long
def test_the_readmes_pictures_can_be_rendered(tmp_path: Path) -> None:
    pytest.importorskip("PySide6")
    # Bombcell is asked in the picture: here one that is imported in no time.
    (tmp_path / "bombcell.py").write_text("__version__ = '9.9'; open(__file__ + '.asked', 'w')")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    script = [sys.executable, str(PACKAGING / "screenshots.py"), str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(script, capture_output=True, text=True, env=env, timeout=300, check=False)
    assert (tmp_path / "bombcell.py.asked").exists()
    assert done.returncode == 0, done.stderr
    pictures = runpy.run_path(str(PACKAGING / "screenshots.py"))["PICTURES"]
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in pictures:
        head = (tmp_path / name).read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", head[16:]) == (1440, 900)
        assert f"(resources/{name})" in readme


PATH_LIKE = re.compile(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:py|md|toml|yaml))`")


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "DECISIONS.md", "CONTRIBUTING.md"])
def test_every_path_of_a_page_is_there(page: str) -> None:
    """A path begins at the root, in the package, in one of its layers or beside the rules."""
    text = (ROOT / page).read_text("utf-8")
    named = [m[1] for m in PATH_LIKE.finditer(text)]
    package = ROOT / "bcviewer"
    roots = (ROOT, package, *package.iterdir(), package / "core" / "rules")
    lost = [path for path in named if not any((root / path).exists() for root in roots)]
    assert len(named) > 10
    assert lost == []


def test_every_dock_is_among_the_stable_names() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert [dock.key for dock in DOCKS if f"`{dock.key}`" not in page] == []


def contrast(one: int, other: int) -> float:
    """Return WCAG's contrast of two colours, 0xRRGGBB."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: int) -> float:
    """Return WCAG's relative luminance."""
    parts = [((colour >> shift) & 255) / 255 for shift in (16, 8, 0)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
