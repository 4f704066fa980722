"""What other programs inherit from a frozen bundle: nothing that is for the bundle alone."""

from __future__ import annotations

import os
import sys

import pytest

from bcviewer.io.own_process import give_back_environment


def test_what_a_bundle_set_for_itself_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", "/opt/bcviewer/_internal", raising=False)
    given = {
        "PYINSTALLER_RESET_ENVIRONMENT": "0",
        "LD_LIBRARY_PATH": "/opt/bcviewer/_internal",
        "QT_PLUGIN_PATH": "/opt/bcviewer/_internal/PySide6/Qt/plugins:/home/anna/plugins",
        "XDG_SEAT_PATH": "/opt/bcviewer/_internals:/org",
        "BCVIEWER_THEME": "/opt/bcviewer/_internal",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value.replace(":", os.pathsep))
    others = {name: value for name, value in os.environ.items() if name not in given}
    give_back_environment()
    assert "LD_LIBRARY_PATH" not in os.environ
    assert os.environ["PYINSTALLER_RESET_ENVIRONMENT"] == "1", "ours set it anew"
    assert os.environ["QT_PLUGIN_PATH"] == "/home/anna/plugins"
    assert os.environ["XDG_SEAT_PATH"] == f"/opt/bcviewer/_internals{os.pathsep}/org"
    assert os.environ["BCVIEWER_THEME"] == "/opt/bcviewer/_internal"
    assert others.items() <= os.environ.items()


def test_without_a_bundle_everything_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/lib")
    before = dict(os.environ)
    give_back_environment()
    assert dict(os.environ) == before
