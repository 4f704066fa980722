"""From inputs to a sheet: the only way to one, and what of the sheet before survives."""

from __future__ import annotations

from dataclasses import replace
from typing import NewType

import numpy as np

from bcviewer.core.audit.audit import Audit, audit
from bcviewer.core.curation.said_columns import ManualColumns
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.padding import ids_with, padded_audit
from bcviewer.core.sheet.parts import FINAL, Parts
from bcviewer.core.sheet.sheet import BASIS, Sheet


def derive(inputs: Inputs, previous: Sheet | None = None) -> Sheet:
    """Return the sheet that follows from some inputs.

    Parameters
    ----------
    inputs : Inputs
        All that it follows from.
    previous : Sheet, optional
        Another one, to compute nothing again that is the same: its audit where run and criteria
        are the same objects, and each column of which that holds for all that it reads. Whether
        it is given makes no difference to what the sheet says.
    """
    if previous is None or previous.inputs.run is not inputs.run:
        ids, scored = ids_with(inputs.run, inputs.phy), audit(inputs.run, inputs.criteria)
        manual = ManualColumns.of(ids, inputs.said)
        whole = padded_audit(_shown_audit(inputs, scored), len(ids))
        return Sheet(Parts.of(inputs, ids, scored, whole, manual))
    before, changed = previous.parts, inputs.unlike(previous.inputs)
    ids = _ids(inputs, before)
    scored = before.scored
    if "criteria" in changed:
        scored = audit(inputs.run, inputs.criteria)
    same_rows = ids is before.ids
    whole = before.audit
    tried = "tried" in changed
    if not same_rows or scored is not before.scored or tried or len(before.veil):
        whole = padded_audit(_shown_audit(inputs, scored), len(ids))
    heard = ManualColumns.of(ids, inputs.said) if not same_rows else _said(inputs, previous)
    if inputs.source == FINAL and not np.array_equal(heard.labels, before.heard.labels):
        changed |= {"source"}  # the labels that everything goes by are other ones
    if same_rows and BASIS.isdisjoint(changed):  # the labels are the same
        manual = before.veil.said(heard) if heard is not before.heard else before.manual
        parts = replace(before, inputs=inputs, heard=heard, manual=manual)
    else:
        parts = Parts.of(inputs, ids, scored, whole, heard)
    sheet = Sheet(parts)
    if same_rows:
        sheet.keep_of(previous, changed)
    return sheet


Settled = NewType("Settled", Sheet)
"""A sheet on which nothing is only tried: what writes labels takes no other one."""


def refuse_tried(sheet: Settled) -> None:
    """Refuse a sheet on which something is tried: scripts pass what no type checker sees.

    Raises
    ------
    ValueError
        If it is one.
    """
    if sheet.inputs.tried is not None:
        raise ValueError("a proposal is tried on this sheet: settled(sheet) is what may be written")


def settled(sheet: Sheet) -> Settled:
    """Return a sheet without what is only tried on it: the one that may be written."""
    return Settled(sheet if sheet.inputs.tried is None else derive(sheet.inputs.settled(), sheet))


def _shown_audit(inputs: Inputs, scored: Audit) -> Audit:
    """Return what the rules say of the run's units by what is shown: a proposal, where one is."""
    return scored if inputs.tried is None else inputs.tried.audit


def _ids(inputs: Inputs, before: Parts) -> UnitIds:
    """Return the rows' ids: the same object where they are the same ones as before."""
    if inputs.phy is before.phy:
        return before.ids
    ids = ids_with(inputs.run, inputs.phy)
    return before.ids if ids.are_as(before.ids) else ids


def _said(inputs: Inputs, previous: Sheet) -> ManualColumns:
    said, before = inputs.said, previous.inputs.said
    if said is before:
        return previous.parts.heard
    return previous.parts.heard.with_units(previous.ids, said, said.units_since(before))
