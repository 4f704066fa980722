"""What the dialogs of labels run in a thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from curation_cases import act
from factories import again
from qt_fixtures import KINDS, table_of

from bcviewer.app.curating.label_jobs import Choice, ProbeLabels, import_job, plan_job
from bcviewer.app.threads.worker import Control
from bcviewer.core.curation.entries import LABEL, SPIKES, Change
from bcviewer.core.curation.replay import replay, with_spikes
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Provenance
from bcviewer.core.run.unit_ids import NOT_YET
from bcviewer.core.sheet.derive import settled
from bcviewer.errors import UserError

CODES = "unit_id,manual_classification\n0,1\n1,3\n2,-1\n"


@pytest.mark.parametrize("shown", ["bombcell", "split"])
@pytest.mark.parametrize(
    ("splits", "meant"), [(False, Label.NON_SOMA), (True, Label.NON_SOMA_GOOD)]
)
def test_a_code_means_what_the_run_meant(
    tmp_path: Path, shown: str, splits: bool, meant: Label
) -> None:
    path = tmp_path / "manual_unit_classifications.csv"
    path.write_text(CODES, "utf-8")
    table = again(table_of(KINDS, {"splitGoodAndMua_NonSomatic": splits}), source=shown)
    told: list[str] = []
    control = Control(lambda _, text: told.append(text))
    read = import_job([ProbeLabels("A", table, {}, np.arange(table.n_units))], path)(control)
    assert read.imported.labels == {0: Label.GOOD, 1: meant}
    assert [change.cluster_id for change in read.found.new] == [0, 1]
    assert told == ["Reading manual_unit_classifications.csv"]


def test_labels_of_a_probe_that_is_not_open_are_taken_for_nobodys(tmp_path: Path) -> None:
    places = [Provenance("ks", "ks/bombcell", "ks", probe) for probe in ("A", "B")]
    tables = [table_of(KINDS, provenance=place) for place in places]
    parts = [ProbeLabels(p, t, {}, np.arange(5)) for p, t in zip("AB", tables, strict=True)]
    path, control = tmp_path / "labels.csv", Control(lambda *_: None)
    path.write_text("probe,cluster_id,label\nD,0,GOOD\n")
    with pytest.raises(UserError, match="no probe that is open is in it: it has D"):
        import_job(parts, path)(control)
    path.write_text("probe,cluster_id,label\nb,0,GOOD\nA,1,MUA\n,2,NOISE\n")
    reads = import_job(parts, path)(control).all
    assert {read.probe: read.imported.labels for read in reads} == {
        "A": {1: Label.MUA},
        "B": {0: Label.GOOD},
    }, "a line without a probe is of neither"


@pytest.mark.parametrize(("ids", "whose"), [((1,), "unit 1 is: it is taken for the one"), ((), "")])
def test_a_file_says_no_more_of_what_phy_made_than_its_id(
    tmp_path: Path, ids: tuple[int, ...], whose: str
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("cluster_id,label\n0,mua\n1,noise\n", "utf-8")
    said = with_spikes(CurationState(), dict.fromkeys((*ids, 4), "digest"))
    table, control = again(table_of(KINDS), said=said), Control(lambda *_: None)
    read = import_job([ProbeLabels("A", table, {}, np.arange(table.n_units))], path)(control)
    remark = f"It does not say of which spikes {whose} that phy has now." if whose else ""
    assert read.imported.remark == remark


def test_an_export_says_whose_labels_are_not_known_yet(tmp_path: Path) -> None:
    change = Change(1, LABEL, None, "MUA", ((SPIKES, "one"),))
    said = with_spikes(replay([act("a", 1, changes=(change,))]), NOT_YET)
    table, control = again(table_of(KINDS), said=said), Control(lambda *_: None)
    parts = [ProbeLabels("A", settled(table), said.units, np.arange(table.n_units))]
    planned = plan_job(parts, Choice("table", str(tmp_path / "out.csv")))(control)
    assert planned.plan is not None
    assert "What was said of unit 1, which phy made, is left out" in planned.plan.warnings[-1]
