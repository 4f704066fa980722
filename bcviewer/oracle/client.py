"""Asks the installed bombcell, in a process of its own, for the labels of a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, BinaryIO, Literal, Self, cast

import numpy as np
import pyarrow as pa

from bcviewer.core.arrays import Array, Codes
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import parse_labels
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io import own_process
from bcviewer.oracle.asked import go_on, turn
from bcviewer.oracle.helper import ChannelError, encode_params, read_message, write_message
from bcviewer.oracle.packed import pack, unpack

Status = Literal["verified", "not verifiable", "not verified"]

COLUMNS: tuple[str, ...] = tuple(
    dict.fromkeys(
        column
        for rule in RULES
        for column in (rule.metric, rule.exemption.column if rule.exemption else rule.metric)
    )
)
"""The columns that ``bombcell.get_quality_unit_type`` may read."""

_END_S = 0.5
"""Longest time that a helper has to end once it is killed, s."""

_Reply = tuple[dict[str, Any], "pa.Table | None"]


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """What bombcell itself says about a run.

    Attributes
    ----------
    status : {'verified', 'not verifiable', 'not verified'}
        Whether bombcell labelled the units; ``not verifiable``: it raises on these results;
        ``not verified``: it could not be asked.
    version : str
        bombcell's version; empty where it is unknown.
    codes : numpy.ndarray or None
        bombcell's label of each unit as int8 codes, shape (n_units,), where verified.
    why : str
        One line on why there are no labels; empty where there are.
    """

    status: Status
    version: str = ""
    codes: Codes | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """What Bombcell answered, and what it was asked.

    Attributes
    ----------
    run, criteria : Run, Criteria
        What it was asked.
    verification : Verification
        The answer.
    """

    run: Run
    criteria: Criteria
    verification: Verification

    def holds_of(self, run: Run, criteria: Criteria) -> bool:
        """Whether it is about a run by just these criteria."""
        return run is self.run and criteria is self.criteria


class _HelperError(Exception):
    """The helper cannot be asked; the text says why."""


class Bombcell:
    """The helper process that imports bombcell, started when it is first needed.

    Requests from several threads wait for each other; :meth:`stop` and :meth:`close` may be called
    from any, and end a request that is under way. A helper that died is started anew by the next
    request.

    Parameters
    ----------
    timeout_s : float
        Longest time for one request, s, importing bombcell included.
    """

    def __init__(self, timeout_s: float = 180.0) -> None:
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._closed = False
        self._asking = threading.Lock()
        self._changing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the helper, None where it does not run."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def verify(self, run: Run, criteria: Criteria) -> Verification:
        """Return bombcell's own labels of a run under some parameters. Raises nothing."""
        if criteria.unreadable:  # bombcell would fill in what we must not guess
            names = ", ".join(criteria.unreadable)
            return Verification("not verifiable", why=f"not a number in the parameters: {names}")
        # In their own precision, in which bombcell compares: widened, they would agree with a
        # mistake of ours.
        columns = {name: run.units.numbers(name) for name in COLUMNS}
        about, table = pack({name: c for name, c in columns.items() if c is not None})
        given = encode_params(criteria.for_bombcell())
        try:
            request: dict[str, object] = {"request": "labels", "params": given}
            header, labels = self._ask({**request, "about": about}, table)
        except _HelperError as error:
            return Verification("not verified", why=str(error))
        version = str(header.get("version", ""))
        if "error" in header:
            known: Status = "not verified" if header["kind"] == "import" else "not verifiable"
            return Verification(known, version, why=str(header["error"]))
        codes = _codes(unpack(header["about"], labels))
        if len(codes) != run.n_units:
            why = (
                f"bombcell gave {count_of(len(codes), 'label')} for {count_of(run.n_units, 'unit')}"
            )
            return Verification("not verified", version, why=why)
        return Verification("verified", version, codes)

    def ask(
        self,
        request: str,
        params: Mapping[str, float | bool | str],
        arrays: Mapping[str, Array],
        check: Callable[[], None] = go_on,
    ) -> dict[str, Array]:
        """Return what a module of :mod:`bcviewer.oracle.requests` answers.

        Parameters
        ----------
        request : str
            The module.
        params : mapping of str to float, bool or str
            The parameters that bombcell's functions need.
        arrays : mapping of str to numpy.ndarray
            Flags, integers or floats of any shape.
        check : callable, optional
            Raises where nobody waits for the answer any more: called until its turn comes.

        Raises
        ------
        UserError
            Where bombcell raises or cannot be asked; one line.
        """
        about, table = pack(arrays)
        header: dict[str, object] = {
            "request": request,
            "params": encode_params(params),
            "about": about,
        }
        try:
            reply, answered = self._ask(header, table, check)
            if "error" in reply:
                raise UserError(str(reply["error"]))
            return unpack(reply["about"], answered)
        except (_HelperError, KeyError, ValueError, TypeError) as error:
            raise UserError(f"bombcell cannot be asked: {error}") from None

    def version(self) -> str:
        """Return bombcell's version, empty where it cannot be asked.

        bombcell is imported for it, so that the request after this one is quick.
        """
        try:
            header, _ = self._ask({"request": "version"}, None)
        except _HelperError:
            return ""
        return str(header.get("version", ""))

    def stop(self) -> None:
        """End the helper; the next request starts another."""
        with self._changing:
            process, self._process = self._process, None
            errors, self._errors = self._errors, None
        if process is not None:
            _end(process)
        if errors is not None:
            errors.close()

    def close(self) -> None:
        """End the helper for good."""
        self._closed = True
        self.stop()

    def _ask(
        self,
        request: dict[str, object],
        table: pa.Table | None,
        check: Callable[[], None] = go_on,
    ) -> _Reply:
        """Send a request and wait for the reply, in a thread so that the wait can end."""
        with turn(self._asking, check):
            process = self._running()
            outcome: list[_Reply | Exception | None] = []
            asker = threading.Thread(
                target=_exchange, args=(process, request, table, outcome), daemon=True
            )
            asker.start()
            asker.join(self._timeout_s)
            late = asker.is_alive()
            reply = None if late else outcome[0]
            if isinstance(reply, tuple):
                return reply
            # The process is ended before its channel is used again: no late reply is mistaken.
            why = self._why_it_ended(process, reply, late=late)
            self.stop()
            asker.join(_END_S)  # a helper that cannot be killed is left alone, and the thread
            raise _HelperError(why)

    def _running(self) -> subprocess.Popen[bytes]:
        """Return the helper, started where it does not run."""
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        with self._changing:
            if self._closed:
                raise _HelperError("the program is closing")
            if self._process is None:
                self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed by stop()
                try:
                    self._process = _start(self._errors)
                except OSError as error:
                    self._errors.close()
                    self._errors = None
                    raise _HelperError(f"the helper process does not start: {error}") from error
            return self._process

    def _why_it_ended(self, process: subprocess.Popen[bytes], reply: object, *, late: bool) -> str:
        """Return one line on a request without a reply."""
        if late:
            return f"bombcell gave no answer within {self._timeout_s:g} s"
        with self._changing:
            if self._process is not process:
                return "the request was cancelled"
            last = _last_line(self._errors)
        if isinstance(reply, ChannelError):
            return f"the helper process failed: {reply}"
        try:
            status = process.wait(2.0)
        except subprocess.TimeoutExpired:
            return "the helper process closed its channel"
        said = f": {last}" if last else ""
        return f"the helper process died ({own_process.exit_words(status)}){said}"


def _start(errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a helper; what it prints goes to ``errors``."""
    return own_process.start(_command(), errors)


def _command() -> list[str]:
    """Return what starts a helper."""
    # -W: bombcell must not fail on a warning because its caller asked for errors.
    program = own_process.command("bcviewer.oracle.helper", "-W", "ignore")
    return [*program, "--bombcell-helper"] if getattr(sys, "frozen", False) else program


def _exchange(
    process: subprocess.Popen[bytes],
    request: dict[str, object],
    table: pa.Table | None,
    outcome: list[_Reply | Exception | None],
) -> None:
    """Write a request and read its reply; None where the helper ended instead."""
    try:
        write_message(cast(BinaryIO, process.stdin), request, table)
        outcome.append(read_message(cast(BinaryIO, process.stdout)))
    except ChannelError as error:
        outcome.append(error)
    except (OSError, ValueError):  # ValueError: the pipe was closed by stop()
        outcome.append(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a helper, wait for it, and close its pipes.

    One that cannot be killed, because it waits for a drive that does not answer, is left alone.
    """
    process.kill()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        return  # closing a pipe would wait for the thread that is writing to it
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # what was still to be written has no reader any more
                continue


def _codes(answered: Mapping[str, Array]) -> Codes:
    """Return the codes of the helper's labels, reading each distinct text once."""
    texts = json.loads(answered["texts"].tobytes())
    return parse_labels(np.array(texts, dtype=object))[answered["code"]]


def _last_line(errors: IO[bytes] | None) -> str:
    """Return the last line of what a helper printed, as plain text of bounded length."""
    if errors is None:
        return ""
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - 4096))
    lines = errors.read().decode("utf-8", "replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
