"""Methods text: bombcell's own, word for word, with notes where it differs from the labels."""

from __future__ import annotations

import json

import numpy as np
import pytest
from factories import bombcell as imported
from factories import make_run, quiet

from bcviewer.core.rules.labels import Label
from bcviewer.errors import UserError
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.methods_by_bombcell import Methods, as_text, methods, params_for_text

# The helper process imports bombcell.
pytestmark = pytest.mark.slow


NAN = float("nan")
LABELS = np.array([Label.GOOD, Label.MUA, Label.MUA, Label.NON_SOMA_MUA, Label.EMPTY], np.int8)


class Direct:
    """Answers in this process, so that a test needs no other."""

    def __init__(self, change=lambda text: text) -> None:
        self.change = change

    def ask(self, request, params, arrays, check=None):
        with quiet():
            imported()
            from bcviewer.oracle.requests.methods import answer
        assert request == "methods"
        said = json.loads(answer(params, arrays)["said"].tobytes())
        said["text"] = self.change(said["text"])
        return {"said": np.frombuffer(json.dumps(said).encode(), np.uint8)}


def found(columns=None, params=None, labels=LABELS, helper=None, **more) -> Methods:
    run = make_run({"nPeaks": np.ones(5), **(columns or {})}, params, **more)
    return methods(run, run.criteria, labels, helper or Direct())


def test_the_text_is_bombcells_word_for_word(real_bombcell: Bombcell) -> None:
    run = make_run({"nPeaks": np.ones(5)})
    said = methods(run, run.criteria, LABELS, real_bombcell)
    names = np.array(["GOOD", "MUA", "MUA", "NON-SOMA MUA", ""], dtype=object)
    with quiet():
        text, references, bibtex = imported().generate_methods_text(
            params_for_text(run, run.criteria), {"bc_unitType": names}
        )
    assert (said.text, said.references, said.bibtex) == (text, tuple(references), tuple(bibtex))
    assert "Of 5 total units, 1 good, 2 mua, 1 non-soma mua." in said.text
    assert "more than 2 peaks or more than 1 trough;" in said.text
    assert "fewer than 300 total spikes" in said.text


def test_the_text_goes_by_what_bombcell_fills_in() -> None:
    # its text takes an absent spDecayLinFit as off, its classifier as on
    said = found(absent=["spDecayLinFit"])
    assert "a linear fit was applied" in said.text
    assert "slope less than -0.008" in said.text
    assert "testing refractory period values from 1.0 to 10.0 ms" in said.text


def test_what_is_not_as_the_labels_were_made_is_noted() -> None:
    notes = found(params={"maxRPVviolations": 0.125, "minSNR": NAN}).notes
    assert "maxRPVviolations is 0.125: the text does not say so." in notes
    assert "minSNR has no value: the rule is off, whatever the text says." in notes
    assert "The censored period is 0.25 ms: the text says 0.2 ms." in notes
    assert any(note.startswith("Non-somatic: the text says “any of”") for note in notes)
    assert "1 unit without a label counts in the total." in notes
    plain = found(params={"tauC": 0.0001, "rpv_method": "hill"}, labels=LABELS[:4])
    assert [note.split(":")[0] for note in plain.notes] == ["Non-somatic"]


def test_an_absent_threshold_is_named() -> None:
    notes = found(absent=["minSNR"], params={"maxDrift": "far"}).notes
    missing = "Not in the parameters, so that the text names Bombcell's default: maxDrift, minSNR."
    assert missing in [note.replace("minSNR, maxDrift", "maxDrift, minSNR") for note in notes]


def test_counts_that_differ_are_ours() -> None:
    wrong = found(helper=Direct(lambda text: text.replace("2 mua", "3 mua")))
    assert "The labels are, of 5 units: 1 good, 2 mua, 1 non-soma mua." in wrong.notes
    none = found(helper=Direct(lambda text: text.partition(" Of 5 total")[0]))
    assert "The labels are, of 5 units: 1 good, 2 mua, 1 non-soma mua." in none.notes
    assert "total units" not in found(labels=None).text


def test_numbers_that_differ_are_marked() -> None:
    wrong = Direct(lambda text: text.replace("2 mua", "3 mua").replace("5 total", "6 total"))
    said = found(params={"maxRPVviolations": 0.125}, helper=wrong)
    marked = [said.text[start:stop] for start, stop in said.marks]
    assert marked == ["0.2", "12", "12", "6", "3"]
    right = found(params={"tauC": 0.0001, "rpv_method": "hill"})
    assert right.marks == ()
    assert found(labels=None, params={"tauC": 0.0001}).marks == ()


def test_periods_that_nobody_knows_are_noted() -> None:
    params = {"tauR_valuesStep": None, "tauC": 5.0}
    said = found(params=params, absent=["rpv_method"])
    assert "Which refractory periods were tested is not known: the text names a default." in (
        said.notes
    )


def test_what_bombcell_cannot_write_is_one_line(real_bombcell: Bombcell) -> None:
    run = make_run({}, {"tauC": "soon"})
    with pytest.raises(UserError) as caught:
        methods(run, run.criteria, None, real_bombcell)
    assert "\n" not in str(caught.value)


def test_files() -> None:
    one = Methods("Text.", ("Ref A", "Ref B"), ("@a", "@b"), ("Look.",))
    two = Methods("Other.", ("Ref B",), ("@b", "@c"), ())
    assert as_text([("", one), ("", two)], ".bib") == "@a\n\n@b\n\n@c\n"
    assert as_text([("", one)], ".md") == (
        "## Methods\n\nText.\n\n## References\n\n- Ref A\n- Ref B\n\n"
        "## To check: not as the labels were made\n\n- Look.\n"
    )
    text = as_text([("A", one), ("B", two)], ".txt")
    assert text.startswith("A\n=\n\nMethods\n-------\n\nText.\n\nReferences\n----------\n\n- Ref A")
    assert text.endswith(
        "B\n=\n\nMethods\n-------\n\nOther.\n\nReferences\n----------\n\n- Ref B\n"
    )
