"""A drive that stops answering: a folder shown through FUSE, by a server that can be stopped.

The kernel's protocol is spoken directly (``/dev/fuse``, version 7.31), read-only, without a
library. Run as a program it serves until the folder is unmounted.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IN = struct.Struct("<IIQQIIII")  # length, opcode, unique, node, uid, gid, pid, padding
_OUT = struct.Struct("<IiQ")
_ATTR = struct.Struct("<QQQQQQIIIIIIIIII")
_LOOKUP, _FORGET, _GETATTR, _READLINK, _OPEN, _READ, _STATFS, _RELEASE = 1, 2, 3, 5, 14, 15, 17, 18
_FLUSH, _INIT, _OPENDIR, _READDIR, _RELEASEDIR, _ACCESS, _BATCH_FORGET = 25, 26, 27, 28, 29, 34, 42
_SILENT = (_FORGET, _BATCH_FORGET)
_DONE = (_RELEASE, _FLUSH, _RELEASEDIR, _ACCESS)


class _Server:
    """Answers the kernel's requests about a folder."""

    def __init__(self, fd: int, root: str) -> None:
        self.fd = fd
        self.paths = {1: root}
        self.nodes = {root: 1}

    def serve(self) -> None:
        while True:
            try:
                request = os.read(self.fd, 1 << 18)
            except OSError as error:
                if error.errno == errno.ENODEV:  # unmounted
                    return
                if error.errno in (errno.EINTR, errno.ENOENT):
                    continue
                raise
            length, opcode, unique, node, *_ = _IN.unpack_from(request)
            body = request[_IN.size : length]
            try:
                answer, code = self.answer(opcode, node, body), 0
            except OSError as error:
                answer, code = b"", -(error.errno or errno.EIO)
            if opcode not in _SILENT:
                os.write(self.fd, _OUT.pack(_OUT.size + len(answer), code, unique) + answer)

    def answer(self, opcode: int, node: int, body: bytes) -> bytes:
        if opcode == _INIT:
            ahead = struct.unpack_from("<III", body)[2]
            return struct.pack("<IIIIHHIIHH8I", 7, 31, ahead, 0, 8, 6, 65536, 1, 16, 0, *[0] * 8)
        path = self.paths.get(node, "")
        if opcode == _LOOKUP:
            found = str(Path(path, os.fsdecode(body.rstrip(b"\0"))))
            attr = _attr(found)
            number = self.nodes.setdefault(found, len(self.nodes) + 1)
            self.paths[number] = found
            # Nothing is remembered by the kernel: each look asks the drive.
            return struct.pack("<QQQQII", number, 0, 0, 0, 0, 0) + attr
        if opcode == _GETATTR:
            return struct.pack("<QII", 0, 0, 0) + _attr(path)
        if opcode in (_OPEN, _OPENDIR):
            return struct.pack("<QII", 0, 1, 0)  # direct: no page is remembered either
        if opcode == _READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            with Path(path).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        if opcode == _READDIR:
            _, offset, size = struct.unpack_from("<QQI", body)
            return _listing(path, offset, size)
        if opcode == _STATFS:
            return struct.pack("<QQQQQIIII24x", 1, 1, 1, 1, 1, 512, 255, 512, 0)
        if opcode in (*_DONE, *_SILENT):
            return b""
        raise OSError(errno.ENOSYS, "")


def _attr(path: str) -> bytes:
    s = os.lstat(path)
    times = [int(t) for t in (s.st_atime, s.st_mtime, s.st_ctime)]
    nanos = [t % 10**9 for t in (s.st_atime_ns, s.st_mtime_ns, s.st_ctime_ns)]
    rest = (s.st_mode, s.st_nlink, s.st_uid, s.st_gid, 0, 4096, 0)
    return _ATTR.pack(s.st_ino, s.st_size, s.st_blocks, *times, *nanos, *rest)


def _listing(path: str, offset: int, size: int) -> bytes:
    out = b""
    names = [".", "..", *sorted(child.name for child in Path(path).iterdir())]
    for i, name in enumerate(names[offset:], offset + 1):
        raw = os.fsencode(name)
        entry = struct.pack("<QQII", i, i, len(raw), 0) + raw
        entry += b"\0" * (-len(entry) % 8)
        if len(out) + len(entry) > size:
            break
        out += entry
    return out


def mount(source: str, target: str) -> int:
    """Mount and return the descriptor to serve; OSError where this machine or person may not."""
    fd = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={fd},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    kind = b"fuse.bcviewer-test"
    if libc.mount(source.encode(), target.encode(), kind, 1 | 2 | 4, options.encode()):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return fd


def main(source: str, target: str) -> None:
    fd = mount(source, target)
    sys.stdout.write("mounted\n")
    sys.stdout.flush()
    _Server(fd, source).serve()


class SilentDrive:
    """The drive: ``path`` shows the folder until :meth:`stop`, and again after :meth:`go_on`."""

    def __init__(self, path: Path, process: subprocess.Popen[str]) -> None:
        self.path = path
        self._process = process

    def stop(self) -> None:
        """Answer nothing any more."""
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)  # the signal is on its way: no event tells when it arrived

    def go_on(self) -> None:
        """Answer what was asked."""
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def silent_drive(source: Path, target: Path) -> Iterator[SilentDrive | None]:
    """Show a folder through FUSE; None where this machine does not let us."""
    if not sys.platform.startswith("linux") or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        yield None
        return
    target.mkdir()
    command = [sys.executable, __file__, str(source), str(target)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline().strip() == "mounted"
        yield SilentDrive(target, process) if ready else None
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()  # the kernel ends what is under way, and takes the drive for gone
        process.wait()
        process.stdout.close()
        ctypes.CDLL(None).umount2(str(target).encode(), 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
