"""Notes that are being written, kept in the user's data folder: a killed program loses none.

A file holds what one window has not saved yet of one recording and one person; no two windows
write to one. Whatever else is found in its place is refused in one line.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from bcviewer.core.curation.draft import Draft
from bcviewer.core.curation.entries import MAX_NOTE
from bcviewer.core.run.unit_ids import BEING_READ, is_digest
from bcviewer.errors import UserError
from bcviewer.io.files import one_line, open_input, reason
from bcviewer.io.journal.journal_names import slug
from bcviewer.io.names import DRAFTS
from bcviewer.io.put_file import refuse_link, write_atomically

LARGEST = 4_000_000
"""Largest file that is read, bytes."""
MOST_FILES = 200
"""Most files of windows that ended that are read of one recording and person."""
_SUFFIX, _LOCK = ".json", ".lock"
_LARGEST_ID = 1 << 62
_LONGEST_DIGEST = 100


def draft_path(data: Path, recording: str, person: str, process: str) -> Path:
    """Return where a window keeps what is not saved.

    Parameters
    ----------
    data : Path
        The user's data folder.
    recording : str
        What the recording is known by.
    person : str
        Who writes.
    process : str
        A name that no other window has.
    """
    return data / DRAFTS / recording / f"{_stem(person)}{process}{_SUFFIX}"


def lock_path(path: Path) -> Path:
    """Return the lock that a window holds as long as it keeps something in a file."""
    return path.with_suffix(_LOCK)


def others(path: Path) -> Iterator[Path]:
    """Yield the files of the same recording and person that other windows wrote."""
    stem = path.name.split("-", 1)[0] + "-"
    with contextlib.suppress(OSError):
        found = path.parent.glob(f"{stem}*{_SUFFIX}")
        yield from sorted(islice((one for one in found if one != path), MOST_FILES))


def read_drafts(path: Path, person: str) -> tuple[Draft, ...]:
    """Return the drafts of a person in a file, oldest first.

    Raises
    ------
    UserError
        If it is no file of ours.
    """
    try:
        with open_input(path, follow=False) as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise UserError(f"more than {LARGEST / 1e6:,.0f} MB")
        said = json.loads(data)
        if said["person"] != person:
            raise UserError("it is of somebody else")
        return tuple(map(_draft, said["drafts"]))
    except (UserError, OSError) as error:
        why = reason(error)
    except (ValueError, KeyError, TypeError, RecursionError):
        why = "it is damaged"
    words = f"{one_line(path)}: a note that was not saved cannot be read: {why.rstrip('.')}."
    raise UserError(words, "Remove the file.")


def write_drafts(path: Path, person: str, drafts: Sequence[Draft]) -> None:
    """Keep drafts: whole, or as it was; none: no file is left.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    try:
        if not drafts:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        refuse_link(path)
        said = [_written(draft) for draft in drafts]
        text = json.dumps({"person": person, "drafts": said})
        write_atomically(path, lambda temporary: _fill(temporary, text))
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {reason(error)}.") from None


def _fill(path: Path, text: str) -> None:
    path.write_text(text, "ascii")


def _stem(person: str) -> str:
    exact = blake2b(person.encode("utf-8", "replace"), digest_size=4).hexdigest()
    return f"{slug(person).replace('-', '_')}_{exact}-"


def _written(draft: Draft) -> dict[str, object]:
    spikes = {"spikes": draft.spikes} if draft.spikes else {}
    return {"units": draft.cluster_ids, "text": draft.text, **spikes}


def _draft(said: dict[str, object]) -> Draft:
    """Return a draft as it was written.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is none.
    """
    units, text = said["units"], said["text"]
    if not isinstance(units, list) or not units or not isinstance(text, str):
        raise ValueError
    if not 0 < len(text) <= MAX_NOTE or not all(map(_is_id, units)):
        raise ValueError
    spikes = said.get("spikes", [])  # older versions wrote none
    if not isinstance(spikes, list) or len(spikes) not in (0, len(units)):
        raise ValueError
    known = (one for one in spikes if one not in ("", BEING_READ))
    if not all(is_digest(one) and len(one) <= _LONGEST_DIGEST for one in known):
        raise ValueError
    return Draft(tuple(units), text, tuple(spikes))


def _is_id(value: object) -> bool:
    return type(value) is int and 0 <= value < _LARGEST_ID
