"""The files that ship with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from bcviewer.io import resources
from bcviewer.io.guide import newest_changes
from bcviewer.io.resources import changelog_path, resource_path


def test_what_ships_is_found() -> None:
    assert resource_path("icon.svg").is_file()
    assert resource_path("icons", "open.svg").is_file()
    assert resource_path("demo").is_dir()
    assert resource_path().name == "resources"


def test_what_does_not_ship_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"icons/none\.svg is missing"):
        resource_path("icons", "none.svg")
    with pytest.raises(FileNotFoundError, match="none is missing"):
        resource_path("none")


@pytest.mark.parametrize("inside", [True, False])
def test_a_wheel_and_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, inside: bool
) -> None:
    package = tmp_path / "bcviewer"
    folder = (package if inside else tmp_path) / "resources"
    folder.mkdir(parents=True)
    (folder / "icon.svg").write_text("<svg/>")
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resource_path("icon.svg") == folder / "icon.svg"
    with pytest.raises(FileNotFoundError, match=r"CHANGELOG\.md is missing"):
        changelog_path()
    # a wheel has it among the resources, a checkout beside them
    log = (folder if inside else tmp_path) / "CHANGELOG.md"
    log.write_text("# Changelog\n\n## 2.0\n\n* new\n\n## 1.0\n\n* old\n")
    assert changelog_path() == log
    assert newest_changes() == "## 2.0\n\n* new\n\n"
    log.write_text("nothing yet")
    assert newest_changes() == "nothing yet"


def test_a_wheel_and_a_bundle_are_given_the_changelog() -> None:
    root = resource_path().parent
    if not (root / "packaging").is_dir():
        pytest.skip("packaging/ is in a checkout only")
    project = (root / "pyproject.toml").read_text("utf-8")
    assert '"CHANGELOG.md" = "bcviewer/resources/CHANGELOG.md"' in project
    spec = (root / "packaging" / "bcviewer.spec").read_text("utf-8")
    assert '(str(ROOT / "CHANGELOG.md"), "bcviewer/resources")' in spec
