"""What an action is, and which of its changes this version understands."""

from __future__ import annotations

import pytest

from bcviewer.core.curation.entries import (
    LABEL,
    NOTE,
    Change,
    is_known,
    label_text,
    written_label,
)
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.rules.labels import Label


def test_labels_are_spelled_as_bombcell_does() -> None:
    for label in MANUAL_LABELS:
        assert written_label(label_text(label)) is label
    assert written_label(label_text(None)) is None
    for label in (Label.EMPTY, Label.INCOMPLETE, Label.UNKNOWN):
        with pytest.raises(ValueError, match="no label"):
            label_text(label)


def test_what_this_version_knows() -> None:
    assert is_known(Change(1, LABEL, None, "NON-SOMA GOOD"))
    assert is_known(Change(1, LABEL, "GOOD", None))
    assert is_known(Change(1, NOTE, "", "x"))
    assert not is_known(Change(1, LABEL, None, "good"))
    assert not is_known(Change(1, NOTE, "", None))
    assert not is_known(Change(1, "star", None, "5"))
