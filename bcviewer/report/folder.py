"""The pages beside a report of many probes: a folder of files that take their places together."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from bcviewer.errors import UserError
from bcviewer.io.files import open_input, reason
from bcviewer.io.put_file import final_place, write_atomically

GENERATOR = '<meta name="generator" content="bcviewer '
"""What our pages have near their beginning, and others have not."""

_NAME = re.compile(r"\d{3,}_[\w.-]+\.html", re.ASCII)
_HEAD = 4096


class Pages:
    """A page, and where there are many probes a page for each in a folder beside it.

    Nothing is in its place before :meth:`finish`; leaving the context before leaves what was.

    Parameters
    ----------
    output : Path
        The page.

    Raises
    ------
    UserError
        If something that is no page of ours is in the way.
    """

    def __init__(self, output: Path) -> None:
        self._output = final_place(output)
        self.folder = self._output.with_name(f"{self._output.stem}_files")
        self._staged: Path | None = None
        self._names: list[str] = []
        self._old = list(self._ours())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._staged is not None:
            shutil.rmtree(self._staged, ignore_errors=True)

    def _ours(self) -> Iterator[str]:
        """Yield the names of the pages of a former report."""
        if self.folder.is_symlink() or (self.folder.exists() and not self.folder.is_dir()):
            raise UserError(f"{self.folder}: is no folder of a report.", "Give another name.")
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.iterdir()):
            if _NAME.fullmatch(path.name) and _is_ours(path):
                yield path.name

    def add(self, name: str, text: str) -> str:
        """Keep a probe's page for :meth:`finish`; return its address as seen from the page."""
        words = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)[:60].strip(".-") or "probe"
        file = f"{len(self._names) + 1:03d}_{words}.html"
        there = self.folder / file
        if file not in self._old and (there.is_symlink() or there.exists()):
            raise UserError(f"{there}: is no page of ours, and is not replaced.", "Move it away.")
        with _naming(self._output):
            if self._staged is None:
                beside = self._output.parent
                self._staged = Path(
                    tempfile.mkdtemp(prefix=f".{self._output.stem[:40]}.", dir=beside)
                )
            page = self._staged / file
            page.write_bytes(text.encode("utf-8", "replace"))
        self._names.append(file)
        return f"{quote(self.folder.name)}/{quote(file)}"

    def finish(self, text: str) -> None:
        """Put everything in its place, and take away what is left of a former report."""
        content = text.encode("utf-8", "replace")
        with _naming(self._output):
            if self._staged is not None:
                self.folder.mkdir(exist_ok=True)
                for name in self._names:
                    (self._staged / name).replace(self.folder / name)
        write_atomically(self._output, lambda temporary: _write(temporary, content))
        with contextlib.suppress(OSError):  # a page too many does no harm
            for name in set(self._old) - set(self._names):
                (self.folder / name).unlink(missing_ok=True)
            if self._old and not self._names:
                self.folder.rmdir()  # stays where somebody put something else into it


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _is_ours(path: Path) -> bool:
    """Whether a file is a page that we wrote."""
    try:
        with open_input(path, follow=False) as file:
            return GENERATOR.encode() in file.read(_HEAD)
    except (OSError, UserError):
        return False


@contextlib.contextmanager
def _naming(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{output}: cannot be written: {reason(error)}.") from None
