"""The parameters as the page shows them: value, default, and where a value comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.rules.defaults import Setting


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as text."""

    name: str
    value: str
    default: str
    differs: bool
    note: str


def parameter(setting: Setting) -> Parameter:
    """Return a setting as text."""
    if setting.filled:
        note = "not saved: filled in by Bombcell"
    elif setting.value is None:
        note = "absent"
    else:
        note = ""
    return Parameter(
        setting.name, _value(setting.value), _value(setting.default), setting.differs, note
    )


def _value(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        if np.isnan(value):
            return "no value"
        return format(value, "g").replace("inf", "∞").replace("-", "−")
    return str(value)
