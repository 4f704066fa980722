"""How the live link with phy is, in words: what the status bar and the dialog show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhyLink:
    """How the live link with phy is, and what phy shows.

    Attributes
    ----------
    state : {'off', 'waiting', 'connected'}
        Whether there is a link; ``waiting``: no phy has the recording open.
    shows : tuple of int
        Cluster ids that phy has selected, its first one first.
    told : str
        What could not follow, or is awaited: ids that are gone, filtered, no units here, too many.
    unsaved : int
        How many units differ from what phy saved.
    why : str
        Why there is no link.
    n_phys : int
        How many phys have the recording open; the last one that came is told of.
    short : str
        ``told`` in a few letters.
    follows, leads : bool
        Whether a selection in phy is followed here, and one here is sent there.
    """

    state: str = "off"
    shows: tuple[int, ...] = ()
    told: str = ""
    unsaved: int = 0
    why: str = ""
    n_phys: int = 1
    short: str = ""
    follows: bool = True
    leads: bool = True

    @property
    def words(self) -> str:
        """What the status bar says."""
        if self.state != "connected":
            return "phy ○"
        listed = ", ".join(map(str, self.shows[:MOST_SHOWN]))
        more = f" +{len(self.shows) - MOST_SHOWN}" if len(self.shows) > MOST_SHOWN else ""
        star, short = "∗" if self.unsaved else "", self.short or self._off[1]
        told = f"· {short}" if short else ""
        return " ".join(filter(None, ("phy ●", f"{listed}{more}", star, told)))

    @property
    def tip(self) -> str:
        """The same in full."""
        if self.state == "off":
            return f"No link with phy{f': {self.why}' if self.why else ''}. Click: Link with phy…"
        if self.state == "waiting":
            return (
                "Linked, but no phy has this recording open with the plugin. One that was open"
                " before it was installed has it once it is started anew."
            )
        several = f"{self.n_phys} phys have this recording open: what one saves, the next to save"
        one = "phy has this recording open."
        lines = [one if self.n_phys == 1 else f"{several} writes over."]
        if self.shows:
            lines.append(f"It shows {', '.join(map(str, self.shows))}.")
        lines += [self.told] if self.told else []
        if self._off[0]:  # else what differs here and there would look like a broken link
            lines.append(f"{self._off[0]} (switches: Link with phy…).")
        if self.unsaved:
            they = "unit differs" if self.unsaved == 1 else "units differ"
            lines.append(f"{self.unsaved:,} {they} from what is saved (∗).")
        return "\n".join(lines)

    @property
    def _off(self) -> tuple[str, str]:
        """Which way selections do not go, in words and in short; empty: they go both."""
        return _OFF[self.follows, self.leads]


_NOT_FOLLOWED = "What is selected in phy is not followed here"
_OFF: dict[tuple[bool, bool], tuple[str, str]] = {
    (True, True): ("", ""),
    (False, True): (_NOT_FOLLOWED, "not followed"),
    (True, False): ("What is selected here is not sent to phy", "not led"),
    (False, False): (f"{_NOT_FOLLOWED}; nothing is sent there", "apart"),
}

NO_LINK = PhyLink()
"""There is none."""
MOST_SHOWN = 3
"""So many ids stand in the status bar."""
