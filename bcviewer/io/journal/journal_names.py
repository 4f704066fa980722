"""Names of journals: they say whose they are.

``labels-<person>-<machine>-<hash>-<process>.jsonl`` is written by one run of the program for one
person at one machine: the hash is of both names, whole. Beside these there are, by the same
person and machine in their names, ``…-<hash>-carried-<process>`` (lines of such a journal that one
of two places lacked) and ``…-<hash>-folded-<process>`` (many journals in one). A name without a
hash signs nothing: ``labels-carried-<process>`` of earlier versions holds lines of many people.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

from bcviewer.core.curation.entries import Who
from bcviewer.io import names

CARRIED, FOLDED = "carried-", "folded-"

_SLUG = 24
"""Most characters of a person's or machine's name in a file's name."""
_SIGNED = re.compile(rf"{names.JOURNAL_PREFIX}[a-z0-9_-]+-[0-9a-f]{{8}}-")
_KIND = re.compile(r"-[0-9a-f]{8}-(carried|folded)-")


def is_journal(name: str) -> bool:
    """Return whether a file's name is a journal's."""
    return name.startswith(names.JOURNAL_PREFIX) and name.endswith(names.JOURNAL_SUFFIX)


def is_signed(name: str) -> bool:
    """Return whether a journal's name says whose it is."""
    return _SIGNED.match(name) is not None


def kind_of(name: str) -> str:
    """Return ``carried``, ``folded``, or nothing for a journal as a program writes it."""
    found = _KIND.search(name)
    return found.group(1) if found else ("" if is_signed(name) else "carried")


def stem_of(who: Who) -> str:
    """Return what the names of all journals of a person at a machine begin with.

    A few letters of the names make it readable, a hash of the whole names makes it unique. The
    prefix keeps it from being one of Windows' devices.
    """
    exact = blake2b(f"{who.person}\0{who.machine}".encode("utf-8", "replace"), digest_size=4)
    words = (slug(who.person), slug(who.machine), exact.hexdigest())
    return names.JOURNAL_PREFIX + "-".join(words) + "-"


def file_name(who: Who, process: str, part: int = 0, kind: str = "") -> str:
    """Return the name of a journal: safe on every system, and one for each person and machine."""
    return numbered(stem_of(who) + kind + slug(process, 64), part)


def carried_name(who: Who | None, process: str, part: int = 0) -> str:
    """Return the name of a file of carried lines; None: of lines that nobody signed."""
    stem = names.JOURNAL_PREFIX if who is None else stem_of(who)
    return numbered(stem + CARRIED + slug(process, 64), part)


def numbered(stem: str, part: int) -> str:
    """Return a file's name with the number of its part, from the second one on."""
    return stem + (f"-{part + 1}" if part else "") + names.JOURNAL_SUFFIX


def slug(text: str, most: int = _SLUG) -> str:
    """Return a text as plain lower-case letters, digits and underscores, never empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9-]+", "_", plain).strip("_-")[:most] or "_"
