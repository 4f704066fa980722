"""Scripts that start the window and end in any way: no abort, no word of Qt's, nothing left."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from silent_drive import silent_drive

pytest.importorskip("PySide6")

pytestmark = [pytest.mark.gui, pytest.mark.slow]

HEAD = """
import sys
from bcviewer.main import start
app, window = start(["demo"])
session = window.session
"""

ENDS = {
    "ends at once": ("", 0, ""),
    "raises while it loads": ("raise ValueError('mine')", 1, "ValueError: mine"),
    "opens after close": (
        """
        import time
        said = []
        session.failed.connect(lambda error: said.append(str(error)))
        window.close()
        begin = time.monotonic()
        session.open("/")
        session.reload()
        session.open_location(0)
        session.run_job("job", lambda control: 1)
        for ms in (60_000, -1, None, 0, 10**12, 0.5):
            assert session.wait_idle(ms) is True
            assert session.wait_verified(ms) is False
        assert time.monotonic() - begin < 5
        assert "closed" in said[0]
        window.close()
        """,
        0,
        "",
    ),
    "forgets the window": (
        """
        del app, window, session
        import gc
        gc.collect()
        """,
        0,
        "",
    ),
    "waits with odd times, leaves bombcell at work and exits": (
        """
        import os, time
        assert session.wait_idle(0) is False
        assert session.wait_idle(-1) is True
        begin = time.process_time()
        session.under_way.hold("test", True)
        session.background.verifier._delay.stop()
        assert session.wait_idle(100.5) is False
        assert time.process_time() - begin < 0.1
        session.under_way.hold("test", False)
        for ms in (10**12, 1e300, None, float("inf")):
            assert session.wait_idle(ms) is True
        os.remove(os.path.join(os.environ["BCVIEWER_CONFIG_DIR"], "quick"))
        session.background.verifier._start()
        while session.background.bombcell.pid is None:
            app.processEvents()
        print(session.background.bombcell.pid, flush=True)
        sys.exit(3)
        """,
        3,
        "",
    ),
}


ANSWERS_ONCE = """
import os, time
__version__ = "9.9"
asked = []
def get_quality_unit_type(param, metrics):
    if not os.path.exists(os.path.join(os.environ["BCVIEWER_CONFIG_DIR"], "quick")):
        time.sleep(100 * len(asked))
    asked.append(1)
    raise KeyError("no such threshold")
"""


def run(script: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run it with a bombcell that answers once, and is at work for longer than any script then."""
    slow = tmp_path / "slow"
    slow.mkdir(parents=True, exist_ok=True)
    (slow / "bombcell.py").write_text(ANSWERS_ONCE)
    path = os.pathsep.join(filter(None, (str(slow), os.environ.get("PYTHONPATH"))))
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "BCVIEWER_CONFIG_DIR": str(tmp_path)}
    env["PYTHONPATH"] = path
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=env,
        timeout=120,
        check=False,
    )


def said(result: subprocess.CompletedProcess[str]) -> str:
    """Return standard error without what the platform without a screen says of itself."""
    lines = result.stderr.splitlines()
    return "\n".join(line for line in lines if "propagateSizeHints" not in line)


@pytest.mark.parametrize("name", ENDS)
def test_a_script_ends_cleanly(name: str, tmp_path: Path) -> None:
    script, status, last = ENDS[name]
    if '"quick"' in script:  # bombcell answers until the script takes that away
        (tmp_path / "quick").touch()
    result = run(HEAD + textwrap.dedent(script), tmp_path)
    assert result.returncode == status, result.stderr
    if last:
        assert said(result).splitlines()[-1] == last
        assert "QThread" not in said(result)
    else:
        assert said(result) == ""
    for pid in result.stdout.split():  # the helper went with it
        until = time.monotonic() + 5
        while Path("/proc", pid).exists() and time.monotonic() < until:
            time.sleep(0.01)
        assert not Path("/proc", pid).exists()


@pytest.mark.long
def test_a_script_ends_while_a_drive_does_not_answer(tmp_path: Path) -> None:
    with silent_drive(tmp_path, tmp_path.with_name("mounted")) as drive:
        if drive is None:
            pytest.skip("this machine mounts no FUSE file system for us")
        drive.stop()
        open_it = f"""
        session.wait_idle(300)
        session.open({str(drive.path)!r})
        session.wait_idle(500)
        """
        begin = time.monotonic()
        result = run(HEAD + textwrap.dedent(open_it), tmp_path / "settings")
        assert (result.returncode, said(result)) == (0, "")
        assert time.monotonic() - begin < 20
