"""The helper process, the only place that imports bombcell: ``python -m bcviewer.oracle.helper``.

It answers requests on its standard input and output until the input ends, which it does when
its parent ends, however that happens. A message is a 4-byte big-endian length, a JSON header of
that length, and ``header["arrow"]`` bytes of Arrow IPC stream. No pickle, no Qt. The client is
:mod:`bcviewer.oracle.client`.

Requests, by ``header["request"]``:

``version``
    answers ``{"version": text}``.
``labels``
    with ``params`` and packed columns of metrics (``header["about"]``), answers ``version``, and
    packed: ``code``, each unit's place among the distinct labels, and those as JSON in ``texts``.
any module of :mod:`bcviewer.oracle.requests`
    with ``params`` and packed arrays (``header["about"]``), answers packed arrays.

Either may be answered by ``{"error": one line, "kind": "import" | "request"}``.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import signal
import struct
import sys
import threading
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from bcviewer.oracle.packed import pack, unpack

MAX_HEADER = 1 << 20
"""Longest header, bytes: anything longer is not one of our messages."""

EVIDENCE_REQUESTS = (
    "shape",
    "refractory",
    "status",
    "amplitude",
    "raw",
    "cells",
    "score",
    "methods",
    "suggest",
)
"""The modules of :mod:`bcviewer.oracle.requests`."""

_LENGTH = struct.Struct(">I")
_MAX_ERROR = 300


class ChannelError(Exception):
    """The other side's bytes are not a message, or end inside one."""


def write_message(
    stream: BinaryIO, header: Mapping[str, object], table: pa.Table | None = None
) -> None:
    """Write one message and flush it."""
    payload = memoryview(b"")
    if table is not None:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        payload = memoryview(sink.getvalue())
    text = json.dumps({**header, "arrow": len(payload)}, allow_nan=False).encode()
    stream.write(_LENGTH.pack(len(text)) + text)
    stream.write(payload)
    stream.flush()


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], pa.Table | None] | None:
    """Read one message, or return None where the stream has ended.

    Raises
    ------
    ChannelError
        Where the bytes are not a message or end inside one.
    """
    start = stream.read(_LENGTH.size)
    if not start:
        return None
    if len(start) < _LENGTH.size:
        raise ChannelError("the channel ended inside a message")
    (length,) = _LENGTH.unpack(start)
    if length > MAX_HEADER:
        raise ChannelError("the channel holds something that is not a message")
    try:
        header = json.loads(_exactly(stream, length))
        size = int(header["arrow"])
        table = pa.ipc.open_stream(_exactly(stream, size)).read_all() if size else None
    except (ValueError, KeyError, TypeError) as error:  # ArrowInvalid is a ValueError
        raise ChannelError(f"the channel holds a malformed message ({error})") from error
    return header, table


def encode_params(params: Mapping[str, float | bool | str]) -> dict[str, bool | str | list[str]]:
    """Return parameters as strict JSON: flags as they are, numbers as hexadecimal text.

    Exact to the last bit, infinities and NaN included, which JSON has no numbers for. A text
    stands in a list of its own.
    """
    return {name: _encoded(value) for name, value in params.items()}


def _encoded(value: float | bool | str) -> bool | str | list[str]:
    if isinstance(value, bool):
        return value
    return [value] if isinstance(value, str) else float(value).hex()


def decode_params(params: Mapping[str, bool | str | list[str]]) -> dict[str, float | bool | str]:
    """Return what :func:`encode_params` was given."""
    return {name: _decoded(value) for name, value in params.items()}


def _decoded(value: bool | str | list[str]) -> float | bool | str:
    if isinstance(value, bool):
        return value
    return value[0] if isinstance(value, list) else float.fromhex(value)


def answer(header: Mapping[str, Any], table: pa.Table | None) -> tuple[dict[str, Any], Any]:
    """Return the reply to one request: header and table (or None).

    Whatever bombcell raises becomes an answer: the helper's life must not depend on the data.
    """
    try:
        import bombcell
    except Exception as error:  # noqa: BLE001  broken installations raise anything
        return {
            "error": f"bombcell cannot be imported: {one_line_of(error)}",
            "kind": "import",
        }, None
    version = str(getattr(bombcell, "__version__", "of unknown version"))
    try:
        if header["request"] == "version":
            return {"version": version}, None
        if header["request"] in EVIDENCE_REQUESTS:
            module = importlib.import_module(f"bcviewer.oracle.requests.{header['request']}")
            given = unpack(header["about"], table)
            about, packed = pack(module.answer(decode_params(header["params"]), given))
            return {"version": version, "about": about}, packed
        if header["request"] != "labels" or table is None:
            return {"error": "the helper does not know this request", "kind": "request"}, None
        metrics = unpack(header["about"], table)
        texts = bombcell.get_quality_unit_type(decode_params(header["params"]), metrics)[1]
        about, packed = pack(_coded(texts.tolist()))
    except Exception as error:  # noqa: BLE001  see above
        line = f"bombcell cannot {_verb(header)} this: {one_line_of(error)}"
        return {"error": line, "kind": "request", "version": version}, None
    return {"version": version, "about": about}, packed


def _coded(texts: list[Any]) -> dict[str, Any]:
    """Return labels as codes, and the distinct ones as JSON."""
    known: dict[str, int] = {}
    code = [known.setdefault(text, len(known)) for text in texts]
    if not all(isinstance(text, str) for text in known):
        raise TypeError("a label is not a text")
    listed = np.frombuffer(json.dumps(list(known)).encode(), np.uint8)
    return {"code": np.array(code, np.int32), "texts": listed}


def _verb(header: Mapping[str, Any]) -> str:
    return "classify" if header.get("request") == "labels" else "compute"


def main() -> int:
    """Answer requests until the parent goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is the parent's business
    requests, replies = take_channel()
    os.environ["MPLBACKEND"] = "Agg"
    inbox: queue.SimpleQueue[tuple[dict[str, Any], pa.Table | None]] = queue.SimpleQueue()
    reader = threading.Thread(target=_read_all, args=(requests, inbox), daemon=True)
    reader.start()
    while True:
        try:
            write_message(replies, *answer(*inbox.get()))
        except OSError:  # nobody listens any more
            return 0


def _read_all(requests: BinaryIO, inbox: queue.SimpleQueue[Any]) -> None:
    """Queue all requests; end the process with its input, even in the middle of an answer."""
    try:
        while (message := read_message(requests)) is not None:
            inbox.put(message)
    except (OSError, ChannelError) as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201  the parent captures it
        os._exit(1)
    os._exit(0)


def take_channel() -> tuple[BinaryIO, BinaryIO]:
    """Return the channel's two ends, out of reach of anything that prints or reads input.

    bombcell prints a banner when imported, and its C libraries may write to descriptor 1; both
    then go to standard error. On Windows the encoding there may lack the banner's characters.
    """
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    out = open(2, "w", 1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr = out
    return requests, replies


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """Read ``size`` bytes."""
    data = stream.read(size)
    if len(data) < size:
        raise ChannelError("the channel ended inside a message")
    return data


def one_line_of(error: Exception) -> str:
    """Return an exception as one short line: ``KeyError 'isoDmin'``."""
    if isinstance(error, ModuleNotFoundError) and error.name == "bombcell":
        return "it is not installed (python3 -m pip install bombcell)"
    kind, text = type(error).__name__, str(error)
    if isinstance(error, KeyError) and error.args and " " not in str(error.args[0]):
        line = f"{kind} {text}"
    else:  # a sentence, which KeyError alone would put in quotes
        text = str(error.args[0]) if isinstance(error, KeyError) and error.args else text
        line = f"{kind}: {text}" if text else kind
    return " ".join(line.split())[:_MAX_ERROR]


if __name__ == "__main__":
    raise SystemExit(main())
