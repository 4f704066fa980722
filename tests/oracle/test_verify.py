"""The helper process that imports bombcell, and its client."""

from __future__ import annotations

import io
import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from bcviewer.core.audit.audit import audit
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import Provenance, Run, SavedTable
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.helper import (
    ChannelError,
    decode_params,
    encode_params,
    read_message,
    write_message,
)

GOOD_UNIT: dict[str, float] = {
    "nSpikes": 5000,
    "nPeaks": 1,
    "nTroughs": 1,
    "waveformDuration_peakTrough": 500,
    "waveformBaselineFlatness": 0.1,
    "scndPeakToTroughRatio": 0.2,
    "spatialDecaySlope": 0.05,
    "percentageSpikesMissing_gaussian": 5,
    "fractionRPVs_estimatedTauR": 0.01,
    "presenceRatio": 0.95,
    "rawAmplitude": 100,
    "signalToNoiseRatio": 9,
    "troughToPeak2Ratio": 8,
    "mainPeak_before_width": 6,
    "mainTrough_width": 7,
    "peak1ToPeak2Ratio": 1,
    "mainPeakToTroughRatio": 0.4,
    "RPV_status": 1,
}
SAVED: dict[str, object] = {
    "maxNPeaks": 2.0,
    "maxNTroughs": 1.0,
    "minWvDuration": 100.0,
    "maxWvDuration": 1150.0,
    "maxWvBaselineFraction": 0.3,
    "maxScndPeakToTroughRatio_noise": 0.8,
    "minSpatialDecaySlopeExp": 0.01,
    "maxSpatialDecaySlopeExp": 0.1,
    "minSpatialDecaySlope": -0.008,
    "computeSpatialDecay": True,
    "spDecayLinFit": False,
    "maxPercSpikesMissing": 20.0,
    "minNumSpikes": 300.0,
    "maxRPVviolations": 0.1,
    "minPresenceRatio": 0.7,
    "extractRaw": True,
    "minAmplitude": 40.0,
    "minSNR": 5.0,
    "computeDrift": False,
    "maxDrift": 100.0,
    "computeDistanceMetrics": False,
    "isoDmin": 20.0,
    "lratioMax": 0.3,
    "minTroughToPeak2Ratio_nonSomatic": 5.0,
    "minWidthFirstPeak_nonSomatic": 4.0,
    "minWidthMainTrough_nonSomatic": 5.0,
    "maxPeak1ToPeak2Ratio_nonSomatic": 3.0,
    "maxMainPeakToTroughRatio_nonSomatic": 0.8,
    "splitGoodAndMua_NonSomatic": False,
    "keepUncertainRPVUnits": False,
}
UNITS: tuple[tuple[dict[str, float], Label], ...] = (
    ({}, Label.GOOD),
    ({"presenceRatio": 0.5}, Label.MUA),
    ({"presenceRatio": 0.7}, Label.GOOD),
    ({"presenceRatio": math.nan}, Label.GOOD),
    ({"nPeaks": math.nan}, Label.NOISE),
    ({"waveformBaselineFlatness": math.inf}, Label.NOISE),
    ({"mainPeakToTroughRatio": 2}, Label.NON_SOMA),
    ({"nSpikes": 0}, Label.EMPTY),
)


def run_of(units: list[dict[str, float]], times: int = 1) -> Run:
    """Make a run of units that differ from a GOOD one."""
    rows = [{**GOOD_UNIT, **unit} for unit in units]
    columns = {key: np.tile([float(row[key]) for row in rows], times) for key in GOOD_UNIT}
    return run_of_columns(columns)


def run_of_columns(columns: Mapping[str, np.ndarray]) -> Run:
    """Make a run of a table."""
    table = SavedTable.from_columns(columns)
    n = table.n_units
    return Run(
        units=table,
        cluster_id=np.arange(n),
        criteria=Criteria.from_saved(SAVED),
        settings=Settings({}),
        saved=np.full(n, None, dtype=object),
        saved_codes=np.full(n, Label.UNKNOWN, dtype=np.int8),
        provenance=Provenance("ks", "ks/bombcell", "ks", "A"),
    )


RUN = run_of([unit for unit, _ in UNITS])
CODES = [label for _, label in UNITS]


@pytest.fixture
def bombcell(real_bombcell: Bombcell) -> Bombcell:
    return real_bombcell


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a bombcell of the test's own in the installed one's place."""

    def write(source: str) -> None:
        (tmp_path / "bombcell.py").write_text(textwrap.dedent(source), "utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)

    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # a stub changes within a second
    return write


LABELS = """
    __version__ = "9.9"
    def get_quality_unit_type(param, metrics):
        import numpy as np
        n = len(metrics["nPeaks"])
        return np.ones(n), np.full(n, "GOOD", dtype=object)
"""


def gone(pid: int, within_s: float = 10.0) -> bool:
    """Whether a process has ended (and been waited for) within some time."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and orphan_zombie(pid):
            return True
        time.sleep(0.02)
    return False


def orphan_zombie(pid: int) -> bool:
    """Whether it ended and waits for a parent that is not this process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] == "Z" and int(fields[1]) != os.getpid()


# The messages


@pytest.mark.parametrize("table", [None, pa.table({"x": [1.0, math.nan]}), pa.table({})])
def test_a_message_comes_back_as_it_was(table: pa.Table | None) -> None:
    stream = io.BytesIO()
    write_message(stream, {"request": "labels", "text": "µ"}, table)
    stream.seek(0)
    message = read_message(stream)
    assert message is not None
    assert message[0]["text"] == "µ"
    if table is None:
        assert message[1] is None
    else:
        assert str(message[1].to_pydict()) == str(table.to_pydict())
    assert read_message(stream) is None


@pytest.mark.parametrize("cut", [1, 3, 10, -1])
def test_half_a_message_is_an_error(cut: int) -> None:
    stream = io.BytesIO()
    write_message(stream, {"request": "labels"}, pa.table({"x": [1.0]}))
    with pytest.raises(ChannelError, match="ended inside"):
        read_message(io.BytesIO(stream.getvalue()[:cut]))


@pytest.mark.parametrize(
    "data", [b"Bombcell 0.94 loaded\n", b"\0\0\0\x02{}", b"\0\0\0\x02[]", b"\0\0\0\x02\xff\xff"]
)
def test_other_bytes_are_an_error(data: bytes) -> None:
    with pytest.raises(ChannelError):
        read_message(io.BytesIO(data))


def test_parameters_survive_to_the_last_bit() -> None:
    params: dict[str, float | bool] = {
        "a": math.inf,
        "b": -math.inf,
        "c": 0.1 + 0.2,
        "d": 5e-324,
        "e": -0.0,
        "f": True,
        "g": False,
        "h": 3,
    }
    back = decode_params(json.loads(json.dumps(encode_params(params), allow_nan=False)))
    assert back == params
    assert math.copysign(1, back["e"]) == -1
    assert [type(back[name]) for name in "fgh"] == [bool, bool, float]
    assert math.isnan(decode_params(encode_params({"x": math.nan}))["x"])


# With the installed bombcell


def test_labels_are_those_of_bombcell(bombcell: Bombcell) -> None:
    answer = bombcell.verify(RUN, RUN.criteria)
    assert answer.why == ""
    assert answer.status == "verified"
    assert answer.codes is not None
    assert answer.codes.dtype == np.int8
    assert answer.codes.tolist() == CODES
    assert answer.version == bombcell.version() != ""


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int32, np.uint8, bool])
def test_columns_are_sent_in_their_own_precision(stub, dtype: Any) -> None:
    """Widened, they would agree with a mistake of ours."""
    stub(
        """
        __version__ = "9.9"
        def get_quality_unit_type(param, metrics):
            raise ValueError(f"{metrics['nPeaks'].dtype} {metrics['nPeaks'].tolist()}")
        """
    )
    run = run_of_columns({name: np.array([1, 0, 1], dtype) for name in GOOD_UNIT})
    with Bombcell() as client:
        answer = client.verify(run, run.criteria)
    wanted = np.array([1, 0, 1], dtype)
    assert answer.why.endswith(f"ValueError: {wanted.dtype} {wanted.tolist()}")


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_what_is_verified_is_what_was_saved(bombcell: Bombcell, dtype: Any) -> None:
    limit = {"fractionRPVs_estimatedTauR": 0.1, "presenceRatio": 0.7, "rawAmplitude": 40}
    columns = {name: np.array([limit.get(name, value)], dtype) for name, value in GOOD_UNIT.items()}
    run = run_of_columns(columns)
    answer = bombcell.verify(run, run.criteria)
    assert answer.codes is not None
    assert answer.codes.tolist() == audit(run).label.tolist() == [Label.GOOD]


def test_split_labels_and_infinite_thresholds(bombcell: Bombcell) -> None:
    changed = RUN.criteria.replace(
        splitGoodAndMua_NonSomatic=1.0,
        minPresenceRatio=-math.inf,
        maxWvBaselineFraction=math.nan,
    )
    answer = bombcell.verify(RUN, changed)
    assert answer.codes is not None
    want = [Label.GOOD] * 4 + [Label.NOISE, Label.GOOD, Label.NON_SOMA_GOOD, Label.EMPTY]
    assert answer.codes.tolist() == want


def test_no_units(bombcell: Bombcell) -> None:
    answer = bombcell.verify(run_of([{}], times=0), RUN.criteria)
    assert (answer.status, answer.why) == ("verified", "")
    assert answer.codes is not None
    assert len(answer.codes) == 0


@pytest.mark.parametrize(
    ("column", "parameter"), [("nPeaks", ""), ("presenceRatio", ""), ("", "isoDmin")]
)
def test_what_bombcell_raises_on_is_not_verifiable(
    bombcell: Bombcell, column: str, parameter: str
) -> None:
    run = run_of_columns({key: value for key, value in RUN.units.columns.items() if key != column})
    params = Criteria.from_saved({k: v for k, v in SAVED.items() if k != parameter})
    before = bombcell.version(), bombcell.pid
    answer = bombcell.verify(run, params)
    assert answer.status == "not verifiable"
    assert answer.codes is None
    assert answer.why.startswith("bombcell cannot classify this: KeyError")
    assert (column or parameter) in answer.why
    assert "\n" not in answer.why
    assert (answer.version, bombcell.pid) == before, "the helper lives on"


def test_a_missing_column_behind_a_flag(bombcell: Bombcell) -> None:
    answer = bombcell.verify(RUN, RUN.criteria.replace(computeDistanceMetrics=True))
    assert answer.status == "not verifiable"
    assert answer.why == "bombcell cannot classify this: KeyError 'isolationDistance'"


def test_text_where_numbers_belong(bombcell: Bombcell) -> None:
    columns = {**RUN.units.columns, "nTroughs": np.full(RUN.n_units, "one", dtype=object)}
    assert bombcell.verify(run_of_columns(columns), RUN.criteria).status == "not verifiable"


@pytest.mark.long
def test_a_million_units_in_seconds(bombcell: Bombcell) -> None:
    run = run_of([unit for unit, _ in UNITS], times=125_000)
    bombcell.version()
    start = time.perf_counter()
    answer = bombcell.verify(run, run.criteria)
    took = time.perf_counter() - start
    assert answer.codes is not None
    assert answer.codes.tolist() == CODES * 125_000
    assert took < 30, "some 1 s on two cores"


# With one of our own in its place


def test_nothing_printed_reaches_the_channel(stub, capfd: pytest.CaptureFixture[str]) -> None:
    stub(
        LABELS
        + """
    import os, sys
    print("🎉 banner " * 1000)
    sys.__stdout__.write("more")
    os.write(1, b"from C")
    os.write(2, b"to the terminal?")
    assert sys.stdin.read() == ""
    assert os.environ["MPLBACKEND"] == "Agg"
    assert not any(name.startswith("PySide6") for name in sys.modules)
    """
    )
    with Bombcell() as client:
        answer = client.verify(RUN, RUN.criteria)
    assert (answer.status, answer.version, answer.why) == ("verified", "9.9", "")
    assert capfd.readouterr() == ("", "")


def test_warnings_do_not_become_errors(stub, monkeypatch: pytest.MonkeyPatch) -> None:
    stub(LABELS + "\n    import warnings; warnings.warn('old')")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    with Bombcell() as client:
        assert client.verify(RUN, RUN.criteria).status == "verified"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "why"),
    [
        (
            "raise ModuleNotFoundError(\"No module named 'bombcell'\")",
            "bombcell cannot be imported: ModuleNotFoundError: No module named 'bombcell'",
        ),
        (
            "raise ModuleNotFoundError('here as Python raises it', name='bombcell')",
            "bombcell cannot be imported: it is not installed (python3 -m pip install bombcell)",
        ),
        ("1 / 0", "bombcell cannot be imported: ZeroDivisionError: division by zero"),
        ("import os; os._exit(3)", "the helper process died (exit status 3)"),
        (
            "import os, sys; print('no memory', file=sys.stderr); os._exit(3)",
            "the helper process died (exit status 3): no memory",
        ),
        (
            "import numpy as np\ndef get_quality_unit_type(p, m): return [], np.array(['GOOD'])",
            "bombcell gave 1 label for 8 units",
        ),
    ],
)
def test_without_bombcell_nothing_is_verified(stub, source: str, why: str) -> None:
    stub(source)
    with Bombcell() as client:
        answer = client.verify(RUN, RUN.criteria)
        assert (answer.status, answer.codes, answer.why) == ("not verified", None, why)
        stub(LABELS)
        client.stop()
        assert client.verify(RUN, RUN.criteria).status == "verified"


def test_a_text_that_is_no_label_is_unknown(stub) -> None:
    stub(LABELS.replace("GOOD", "goodish"))
    with Bombcell() as client:
        answer = client.verify(RUN, RUN.criteria)
    assert answer.codes is not None
    assert set(answer.codes.tolist()) == {Label.UNKNOWN}


SLEEPS = "import time; time.sleep(60)"


def test_a_helper_that_cannot_be_killed_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck:
        stdin = stdout = None
        killed = False

        def kill(self) -> None:
            self.killed = True

        def wait(self, seconds: float) -> int:  # in a call that no signal ends
            raise subprocess.TimeoutExpired("helper", seconds)

        def poll(self) -> None:
            return None

    client, stuck = Bombcell(), Stuck()
    monkeypatch.setattr(client, "_process", stuck)
    client.close()
    assert stuck.killed
    assert client.verify(RUN, RUN.criteria).status == "not verified"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_a_helper_killed_midway_is_said_and_replaced(stub) -> None:
    stub(SLEEPS)
    with Bombcell() as client:
        threading.Timer(0.5, lambda: os.kill(client.pid or 0, signal.SIGKILL)).start()
        answer = client.verify(RUN, RUN.criteria)
        assert (answer.status, answer.why) == (
            "not verified",
            "the helper process died (signal 9)",
        )
        assert client.pid is None
        stub(LABELS)
        assert client.verify(RUN, RUN.criteria).status == "verified"


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_a_helper_killed_between_requests_is_replaced(stub) -> None:
    stub(LABELS)
    with Bombcell() as client:
        assert client.version() == "9.9"
        first = client.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        end = time.monotonic() + 5
        while client.pid is not None and time.monotonic() < end:
            time.sleep(0.01)
        assert client.verify(RUN, RUN.criteria).status == "verified"
        assert client.pid not in (None, first)


@pytest.mark.slow
def test_no_answer_in_time(stub) -> None:
    stub(SLEEPS)
    with Bombcell(timeout_s=0.5) as client:
        answer = client.verify(RUN, RUN.criteria)
        assert answer.status == "not verified"
        assert answer.why == "bombcell gave no answer within 0.5 s"
        assert client.pid is None


@pytest.mark.slow
@pytest.mark.parametrize("how", ["stop", "close"])
def test_a_request_is_cancelled_from_another_thread(stub, how: str) -> None:
    stub(SLEEPS)
    with Bombcell() as client:
        threading.Timer(0.5, getattr(client, how)).start()
        start = time.monotonic()
        answer = client.verify(RUN, RUN.criteria)
        assert time.monotonic() - start < 10
        assert (answer.status, answer.why) == ("not verified", "the request was cancelled")
        stub(LABELS)
        again = client.verify(RUN, RUN.criteria)
        assert again.status == ("verified" if how == "stop" else "not verified")


def test_nothing_is_left_behind(stub) -> None:
    stub(LABELS)
    threads = set(threading.enumerate())
    with Bombcell() as client:
        assert client.pid is None, "started when it is needed"
        client.version()
        pid = client.pid
        assert pid is not None
    client.close()
    assert gone(pid)
    assert set(threading.enumerate()) <= threads
    assert client.verify(RUN, RUN.criteria).why == "the program is closing"


def test_no_executable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with Bombcell() as client:
        answer = client.verify(RUN, RUN.criteria)
    assert answer.status == "not verified"
    assert answer.why.startswith("the helper process does not start: ")


def test_a_frozen_bundle_calls_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from bcviewer.oracle import client as verify

    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert verify._command() == [sys.executable, "--bombcell-helper"]


@pytest.mark.slow
def test_neither_side_imports_pandas(stub, tmp_path: Path) -> None:
    """It would take a third of a second of the window's process, with the interpreter locked."""
    stub(
        LABELS.replace('"GOOD"', "str('pandas' in sys.modules)").replace(
            "numpy as np", "sys, numpy as np"
        )
    )
    asking = """
        import sys
        import numpy as np
        from bcviewer.oracle.client import Bombcell
        from bcviewer.oracle.helper import answer
        from bcviewer.oracle.packed import pack, unpack
        print("pandas" in sys.modules)
        about, table = pack({"nPeaks": np.ones((2, 3), np.float32)})
        assert unpack(about, table)["nPeaks"].tolist() == [[1, 1, 1]] * 2
        header, table = answer({"request": "labels", "params": {}, "about": about}, table)
        print(unpack(header["about"], table)["texts"].tobytes(), "pandas" in sys.modules)
    """
    done = script(textwrap.dedent(asking), tmp_path)
    assert done.stdout.splitlines() == ["False", "b'[\"False\"]' False"], done.stderr


# From scripts

SCRIPT = """
import os, sys
from bcviewer.oracle.client import Bombcell
client = Bombcell()
print(client.version(), client.pid, flush=True)
"""


def script(source: str, cwd: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run a script from a folder."""
    (cwd / "script.py").write_text(source, "utf-8")
    return subprocess.run(
        [sys.executable, *flags, "script.py"],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="asks for a process by its id")
@pytest.mark.parametrize(
    "end",
    [
        "os.kill(os.getpid(), 9)",
        pytest.param("os._exit(0)", marks=pytest.mark.slow),
        pytest.param("client.close()", marks=pytest.mark.slow),
    ],
)
def test_the_helper_dies_with_its_parent(stub, tmp_path: Path, end: str) -> None:
    stub(LABELS)
    done = script(SCRIPT + end, tmp_path)
    version, pid = done.stdout.split()
    assert version == "9.9"
    assert gone(int(pid))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="asks for a process by its id")
def test_it_dies_with_its_parent_while_it_works(stub, tmp_path: Path) -> None:
    stub(SLEEPS)
    busy = """
        import os, threading, time
        from bcviewer.oracle.client import Bombcell
        client = Bombcell()
        threading.Thread(target=client.version, daemon=True).start()
        while client.pid is None: time.sleep(0.01)
        time.sleep(0.5)
        print(client.pid, flush=True)
        os._exit(0)
    """
    assert gone(int(script(textwrap.dedent(busy), tmp_path).stdout))


@pytest.mark.slow
def test_an_unguarded_script_runs_once(stub, tmp_path: Path) -> None:
    stub(LABELS)
    done = script(SCRIPT + "client.close()", tmp_path)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python with a light bombcell beside what is installed: the real one takes 2 s."""
    folder = tmp_path_factory.mktemp("environment")
    builder = venv.EnvBuilder(symlinks=os.name != "nt")
    builder.create(folder)
    (site,) = folder.rglob("site-packages")
    (site / "bombcell.py").write_text("__version__ = 'installed'", "utf-8")
    (site / "rest.pth").write_text("\n".join(path for path in sys.path if path), "utf-8")
    return Path(builder.ensure_directories(folder).env_exe)


@pytest.mark.slow
@pytest.mark.parametrize("safe_path", [False, True])
@pytest.mark.parametrize("path", [None, os.pathsep])
def test_a_bombcell_in_the_current_folder_is_not_imported(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    installed: Path,
    *,
    safe_path: bool,
    path: str | None,
) -> None:
    (tmp_path / "bombcell.py").write_text("open('PWNED', 'w'); __version__ = 'bad'", "utf-8")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if safe_path:
        monkeypatch.setenv("PYTHONSAFEPATH", "1")
    if path is not None:
        monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(installed))
    with Bombcell() as client:
        assert client.version() == "installed"
    assert not (tmp_path / "PWNED").exists()


def test_a_helper_that_is_fed_rubbish_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bcviewer.oracle.helper"],
        input=b"GET / HTTP/1.1\r\n\r\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"not a message" in done.stderr
