"""The plugin in phy's folder: put there, looked at, removed; and what it agrees on with us."""

from __future__ import annotations

import ast
import re
import sys
from types import ModuleType

import pytest

from bcviewer.errors import UserError
from bcviewer.io.exchange import phy_address, phy_messages
from bcviewer.io.exchange.phy_plugin import PLUGIN, install, is_installed, look, remove, source


@pytest.fixture
def place(tmp_path):
    return tmp_path / ".phy" / "plugins" / PLUGIN


def test_it_is_written_where_it_was_said_and_removed(place):
    assert look(place).words == "Not installed."
    (place.parent.parent).mkdir()
    (place.parent.parent / "phy_config.py").write_text("c = 1")
    state = install(place)
    assert (state.installed, state.current, state.words) == (True, True, "Installed.")
    assert place.read_bytes() == source()
    assert [p.name for p in place.parent.iterdir()] == [PLUGIN]
    cache = place.parent / "__pycache__"
    cache.mkdir()
    (cache / "bcviewer_link.cpython-311.pyc").touch()
    (cache / "other.cpython-311.pyc").touch()
    state = remove(place)  # of what was there just now it is not said that it never was
    assert (state.installed, state.words) == (False, "Removed.")
    assert look(place).words == "Not installed."
    assert [p.name for p in cache.iterdir()] == ["other.cpython-311.pyc"]
    assert (place.parent.parent / "phy_config.py").read_text() == "c = 1"


def test_another_version_is_told_and_replaced(place):
    install(place)
    place.write_bytes(source().replace(b"bcviewer link 1", b"bcviewer link 0"))
    assert "version 0, this one is 1" in look(place).words
    assert is_installed(place)
    assert not look(place).current
    assert install(place).current
    place.write_bytes(source() + b"# mine\n")
    assert "changed" in look(place).words


@pytest.mark.parametrize("content", [b"print('hello')\n", b""])
def test_a_file_of_somebody_elses_is_left(place, content):
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    assert look(place).refused
    for act in (install, remove):
        with pytest.raises(UserError):
            act(place)
    assert place.read_bytes() == content


@pytest.mark.skipif(sys.platform == "win32", reason="making links takes rights there")
@pytest.mark.parametrize("up", [0, 1, 2])
def test_no_link_is_followed(place, tmp_path, up):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = [place, place.parent, place.parent.parent][up]
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)
    assert "is a link" in look(place).refused
    for act in (install, remove):
        with pytest.raises(UserError):
            act(place)
    assert not list(elsewhere.iterdir())


def functions_of_the_plugin():
    """Return the plugin's functions that need neither phy nor PyQt5."""
    tree = ast.parse(source())
    wanted = [n for n in tree.body if isinstance(n, ast.FunctionDef) and not n.decorator_list]
    plain = [n for n in tree.body if isinstance(n, ast.Import)]
    module = ModuleType("plugin")
    code = ast.Module([*plain, *wanted], [])
    exec(compile(code, PLUGIN, "exec"), module.__dict__)
    return module


def test_both_programs_name_the_same_address(tmp_path, monkeypatch):
    theirs = functions_of_the_plugin()
    folder = tmp_path / "sorted"
    folder.mkdir()
    link = tmp_path / "also"
    if sys.platform != "win32":
        link.symlink_to(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for runtime in (str(tmp_path), "", "not/absolute", str(tmp_path / "none")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        assert phy_address.address(folder) == theirs.address(str(folder))
        if link.exists():
            assert phy_address.address(link) == phy_address.address(folder)
    assert phy_address.address(folder) != phy_address.address(tmp_path)


def test_both_speak_one_protocol():
    text = source().decode()
    assert re.search(r"^VERSION = (\d+)$", text, re.M).group(1) == str(phy_messages.VERSION)
    assert "bcviewer link 1" in text[:1000]
    imported = {
        node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)
    }
    assert imported == {"phylib.utils", "PyQt5.QtCore", "PyQt5.QtNetwork", "phy"}
