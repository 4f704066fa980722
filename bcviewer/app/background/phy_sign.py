"""How the link of a recording is, as the status bar and the dialog show it."""

from __future__ import annotations

from collections.abc import Sequence

from bcviewer.app.background.phy_addresses import PhyAddresses
from bcviewer.app.background.phy_following import Following
from bcviewer.app.background.phy_sight import MOST_SELECTED, n_too_many
from bcviewer.app.background.phy_talk import PhyTalk
from bcviewer.app.background.phy_told import Told, together, too_many
from bcviewer.app.prefs import Prefs
from bcviewer.app.scene import Scene
from bcviewer.core.run.phy_link import NO_LINK, PhyLink


def link_of(
    scene: Scene,
    prefs: Prefs,
    talks: Sequence[PhyTalk],
    following: Following,
    addresses: PhyAddresses,
) -> PhyLink:
    """Return how the link of the current recording is, with the phys that have it open."""
    folder = "" if scene.run is None else scene.run.provenance.ks_dir
    if talks:
        unsaved = len(frozenset[int]().union(*(talk.differ for talk in talks)))
        shows, n = talks[-1].shows, len(talks)
        follows, leads = prefs.phy_switch("follow"), prefs.phy_switch("lead")
        many = too_many(n_too_many(scene, shows), MOST_SELECTED) if leads else Told()
        seen = [following.told_of(talk) for talk in talks]
        # last: what was asked for stands in short also where phy has not gone on to the next unit
        told, short = together([many, *seen, *(talk.awaited for talk in talks)])
        return PhyLink(
            "connected",
            *(shows, told, unsaved),
            n_phys=n,
            short=short,
            follows=follows,
            leads=leads,
        )
    if addresses.listens(folder):
        return PhyLink("waiting")
    return PhyLink(why=addresses.why(folder)) if folder else NO_LINK
