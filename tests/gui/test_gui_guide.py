"""The guide within the program: chapters, links, and nothing from a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QApplication, QTextBrowser

from bcviewer.frame import application, dialog_actions
from bcviewer.frame.application import tell_of_update
from bcviewer.widgets.chrome import guide_dialog
from bcviewer.widgets.chrome.guide_dialog import GuideDialog, all_pages


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what the desktop was asked to open."""
    asked: list[str] = []

    class Desktop:
        @staticmethod
        def openUrl(url: QUrl) -> bool:
            asked.append(url.toString())
            return True

    for module in (guide_dialog, dialog_actions):
        monkeypatch.setattr(module, "QDesktopServices", Desktop)
    return asked


@pytest.fixture
def dialog(qtbot: Any) -> GuideDialog:
    shown = GuideDialog(None, all_pages())
    qtbot.addWidget(shown)
    shown.show()
    return shown


def test_each_chapter_is_shown_without_markup_and_pictures(dialog: GuideDialog) -> None:
    for row, name in enumerate(all_pages()):
        dialog.chapters.setCurrentRow(row)
        text = dialog.text.toPlainText()
        assert len(text) > 500, name
        assert "```" not in text
        assert "![" not in text
        assert "<img" not in dialog.text.toHtml()


def test_links_lead_to_pages_and_headings(dialog: GuideDialog, opened: list[str]) -> None:
    dialog.text.anchorClicked.emit(QUrl("rules.md#second-peak-trough"))
    assert dialog.chapters.currentItem().text() == "The rules"
    assert dialog.text.textCursor().block().text() == "Second peak / trough"
    dialog.text.anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert "root:" not in dialog.text.toPlainText()
    assert opened == []
    dialog.text.anchorClicked.emit(QUrl("https://doi.org/10.5281/zenodo.8172821"))
    assert opened == ["https://doi.org/10.5281/zenodo.8172821"]


def test_help_opens_the_site_where_there_is_one_else_the_pages(
    shared_window: Any, opened: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    window = shared_window("demo")
    guide = window.actions_by_key.by_key["guide"]
    monkeypatch.setattr(dialog_actions, "built_guide", lambda: tmp_path / "index.html")
    guide.trigger()
    assert opened == [QUrl.fromLocalFile(str(tmp_path / "index.html")).toString()]
    monkeypatch.setattr(dialog_actions, "built_guide", lambda: None)
    guide.trigger()
    (shown,) = (w for w in QApplication.topLevelWidgets() if w.objectName() == "guideDialog")
    assert shown.isVisible()
    assert shown.chapters.count() == len(all_pages())
    shown.close()


def built(window: Any) -> None:
    """Build who does commands: then tests can share the window."""
    list(window.actions_by_key.groups())


def shown_news() -> Any:
    (shown,) = (w for w in QApplication.topLevelWidgets() if w.objectName() == "whatsNewDialog")
    return shown


@pytest.mark.slow
def test_after_an_update_one_line_says_so_once_and_leads_to_what_is_new(
    shared_window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = shared_window("demo", ready=built)
    monkeypatch.setattr(application, "__version__", "1.2.0")
    window.prefs.set_version("1.1.9")
    tell_of_update(window)
    assert window.banner.text == "bcviewer is version 1.2.0 now."
    window.banner.offer.click()
    assert not window.banner.isVisible()
    text = shown_news().findChild(QTextBrowser).toPlainText()
    assert text.strip()
    assert "##" not in text
    shown_news().close()
    tell_of_update(window)
    assert not window.banner.isVisible()
    assert window.prefs.version() == "1.2.0"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "recent", "told"),
    [("", [], False), ("", ["/rec"], True), ("1.2.0", ["/rec"], False), ("1.10.0", [], False)],
)
def test_a_first_start_and_an_older_version_tell_of_no_update(
    shared_window: Any,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    recent: list[str],
    told: bool,
) -> None:
    window = shared_window("demo", ready=built)
    monkeypatch.setattr(application, "__version__", "1.2.0")
    monkeypatch.setattr(window.prefs, "recent", lambda: recent)
    window.prefs.set_version(before)
    tell_of_update(window)
    assert window.banner.isVisible() == told
    assert window.prefs.version() == "1.2.0"
    window.banner.clear()


@pytest.mark.slow
def test_settings_that_are_not_kept_tell_of_no_update_at_each_start(
    shared_window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = shared_window("demo", ready=built)
    monkeypatch.setattr(window.prefs, "problem", "they are a pipe")
    window.prefs.set_version("0.0.1")
    tell_of_update(window)
    assert not window.banner.isVisible()


def test_a_changelog_that_is_missing_is_said(
    shared_window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = shared_window("demo", ready=built)

    def missing() -> str:
        raise FileNotFoundError("CHANGELOG.md is missing from this installation")

    monkeypatch.setattr(dialog_actions, "newest_changes", missing)
    window.actions_by_key.by_key["whats_new"].trigger()
    assert window.banner.text == "CHANGELOG.md is missing from this installation."
    window.banner.clear()
