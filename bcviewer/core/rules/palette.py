"""Colours and signs as plain data, for the window and the report: one for each class everywhere."""

from __future__ import annotations

from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import Family

LABEL_FILL: dict[Label, str] = {
    Label.GOOD: "#009E73",
    Label.MUA: "#E69F00",
    Label.NOISE: "#8C8C8C",
    Label.NON_SOMA: "#0072B2",
    Label.NON_SOMA_GOOD: "#56B4E9",
    Label.NON_SOMA_MUA: "#CC79A7",
    Label.EMPTY: "#BDBDBD",
    Label.INCOMPLETE: "#BDBDBD",
    Label.UNKNOWN: "#BDBDBD",
    Label.UNSCORED: "#BDBDBD",
}
"""Fill of each class (Okabe and Ito's palette); text never takes these colours."""

LABEL_SIGN: dict[Label, str] = {
    Label.GOOD: "●",
    Label.MUA: "◆",
    Label.NOISE: "✕",
    Label.NON_SOMA: "▲",
    Label.NON_SOMA_GOOD: "△",
    Label.NON_SOMA_MUA: "▽",
    Label.EMPTY: "○",
    Label.INCOMPLETE: "?",
    Label.UNKNOWN: "?",
    Label.UNSCORED: "+",
}
"""Sign of each class, so that colour is never the only one."""

FAIL_FILL = "#D55E00"
"""Failures."""

FAMILY_FILL: dict[Family, str] = {
    Family.NOT_SHOWN_CLEAN: "#EE8866",
    Family.UNDECIDABLE: "#DDDDDD",
    Family.INCOMPLETE: "#EECC66",
    Family.WEAK: "#99DDFF",
    Family.UNSTABLE: "#44AA99",
    Family.POORLY_ISOLATED: "#AAAA00",
    Family.FEW_SPIKES: "#A88300",
    Family.SAVED_LIMIT: "#FFAABB",
}
"""Fill of each family of MUA (from Paul Tol's schemes): no class has it, it stays apart from the
other families for the colour-blind, and it carries :data:`ON_FILL` in light and dark."""

ON_FILL = "#1B1B1B"
"""Text on a family's fill."""
