"""The files that ship with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from bcviewer.io import resources
from bcviewer.io.resources import resource_path


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
