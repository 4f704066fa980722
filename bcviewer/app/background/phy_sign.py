"""How the link of a recording is, as the status bar and the dialog show it."""

from __future__ import annotations

from collections.abc import Sequence

from bcviewer.app.background.phy_addresses import PhyAddresses
from bcviewer.app.background.phy_following import Following
from bcviewer.app.background.phy_talk import PhyTalk
from bcviewer.app.background.phy_told import together
from bcviewer.core.run.phy import NO_LINK, PhyLink


def link_of(
    folder: str, talks: Sequence[PhyTalk], following: Following, addresses: PhyAddresses
) -> PhyLink:
    """Return how the link of a Kilosort directory is, with the phys that have it open."""
    if talks:
        unsaved = len(frozenset[int]().union(*(talk.differ for talk in talks)))
        told, short = together([following.told_of(talk) for talk in talks])
        shows, n = talks[-1].shows, len(talks)
        return PhyLink("connected", shows, told, unsaved, n_phys=n, short=short)
    if addresses.listens(folder):
        return PhyLink("waiting")
    return PhyLink(why=addresses.why(folder)) if folder else NO_LINK
