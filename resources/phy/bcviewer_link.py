"""Links phy with bcviewer: what is selected, merged, split, labelled and saved. bcviewer link 1.

Written by bcviewer (File > Link with phy) into ``~/.phy/plugins``, and removed there, too. It needs
nothing but phy's own PyQt5, runs on phy's main thread, and writes no file. It talks to bcviewer on
this computer only, through a socket that is this user's alone.
"""

import getpass
import hashlib
import json
import logging
import os
import sys

from phylib.utils import connect
from PyQt5.QtCore import QObject, QTimer
from PyQt5.QtNetwork import QLocalSocket

VERSION = 1
"""Of the protocol, which both sides must speak."""
LONGEST = 1_000_000
"""Bytes of a line; a longer one is no message of ours."""
MOST_KEPT = 2_000
"""Changes since the last save that are told to a bcviewer that starts later."""
MOST_IDS = 5_000
FIELDS = ("group", "bcv_label")
"""The labels that bcviewer writes and tells of."""
AGAIN_MS = 2_000
"""So often a bcviewer is looked for."""
UNANSWERED_MS = 3_000
"""phy's own selection has come by then, or never comes."""
OPENING_MS = 1_500
"""What phy selects in this time after its table is there, it restores: nobody chose it."""

logger = logging.getLogger("phy.bcviewer_link")


def user_key():
    """Return who this is, the same in both programs."""
    return str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser().casefold()


def dataset_key(folder):
    """Return the resolved path of a dataset."""
    return os.path.normcase(os.path.realpath(str(folder)))


def address(folder):
    """Return where the bcviewer of a dataset listens, as ``bcviewer.io.exchange.phy_address``."""
    words = f"{user_key()}\0{dataset_key(folder)}".encode("utf-8", "surrogateescape")
    name = "bcviewer-" + hashlib.sha256(words).hexdigest()[:20]
    if sys.platform == "win32":
        return name
    said = os.environ.get("XDG_RUNTIME_DIR", "")
    for place in (said, f"/run/user/{user_key()}"):
        if os.path.isabs(place) and os.path.isdir(place):
            return os.path.join(place, name)
    return os.path.join(os.path.expanduser("~"), ".cache", "bcviewer", name)


def numbers(values):
    """Return cluster ids as plain numbers."""
    return [int(value) for value in list(values)[:MOST_IDS]]


class Link(QObject):
    """Tells bcviewer what happens in phy, and does in phy what the curator does there."""

    def __init__(self, controller):
        super().__init__()
        self.controller = controller
        self.supervisor = controller.supervisor
        self.folder = dataset_key(controller.dir_path)
        self.opening = True
        self.applied = 0
        """The number of the last selection of bcviewer's that was applied."""
        self.pending = None
        """That selection and its answer, until phy has selected it."""
        self.merging = False
        self.made = None
        """What the last merge of bcviewer's made, until phy has selected something after it."""
        self.changes = []
        self.labels = {}
        """What each cluster was labelled when it was last there, by field."""
        self.new_labels()
        self.socket = QLocalSocket(self)
        self.socket.connected.connect(self.on_connected)
        self.socket.readyRead.connect(self.on_ready_read)
        self.retry = QTimer(self)
        self.retry.timeout.connect(self.look)
        self.unanswered = QTimer(self)
        self.unanswered.setSingleShot(True)
        self.unanswered.timeout.connect(self.on_unanswered)
        self.settling = QTimer(self)
        self.settling.setSingleShot(True)
        self.settling.timeout.connect(self.on_settled)
        connect(self.on_select, event="select", sender=self.supervisor)
        connect(self.on_cluster, event="cluster", sender=self.supervisor)
        connect(self.on_save, event="save_clustering", sender=self.supervisor)
        self.retry.start(AGAIN_MS)
        QTimer.singleShot(0, self.look)

    # -- the socket --------------------------------------------------------------------------

    def look(self):
        """Look for a bcviewer that has this dataset open."""
        if self.opening and self.table() is not None and not self.settling.isActive():
            self.settling.start(OPENING_MS)
        if self.socket.state() == QLocalSocket.UnconnectedState:
            self.pending = None
            self.applied = 0
            self.socket.connectToServer(address(self.folder))

    def on_settled(self):
        self.opening = False

    def on_connected(self):
        from phy import __version__

        self.send(
            "hello",
            phy=str(__version__),
            pid=os.getpid(),
            dataset=self.folder,
            selected=self.selected(),
            changes=self.told_changes(),
            can=["merge"],
        )

    def told_changes(self):
        """Return the last changes that fit into one message."""
        changes = self.changes
        while len(json.dumps(changes)) > LONGEST // 2:
            changes = changes[len(changes) // 2 + 1 :]
        return changes

    def send(self, kind, **fields):
        """Send a message, at once: phy's thread may be busy drawing next."""
        if self.socket.state() == QLocalSocket.ConnectedState:
            line = json.dumps({"v": VERSION, "type": kind, **fields})
            self.socket.write(line.encode("utf-8") + b"\n")
            self.socket.flush()

    def on_ready_read(self):
        while self.socket.canReadLine():
            self.take(bytes(self.socket.readLine(LONGEST)))
        if self.socket.bytesAvailable() > LONGEST:
            logger.warning("A line that is too long: disconnected from bcviewer.")
            self.socket.abort()

    def take(self, line):
        """Do what a message says; one that cannot be read, or done, is dropped."""
        try:
            said = json.loads(line.decode("utf-8"))
            kind = said["type"]
            if said["v"] != VERSION or kind not in ("select", "label", "merge", "front"):
                raise ValueError("another protocol")
            getattr(self, f"do_{kind}")(said)
        except Exception as error:
            logger.warning("A message of bcviewer was dropped: %s", error)

    # -- what phy has ------------------------------------------------------------------------

    def table(self):
        """Return phy's table of clusters; None: its window is not built yet."""
        ready = hasattr(self.supervisor, "task_logger")
        return getattr(self.supervisor, "cluster_view", None) if ready else None

    def selected(self):
        return numbers(self.supervisor.selected) if self.table() is not None else []

    def there(self, ids):
        """Return which of some ids phy has, and which it has not."""
        known = {int(i) for i in self.supervisor.clustering.cluster_ids}
        return [i for i in ids if i in known], [i for i in ids if i not in known]

    # -- what bcviewer says ------------------------------------------------------------------

    def do_select(self, said):
        """Select clusters; answer what was selected really, what is gone, what a filter hides."""
        number, ids = int(said["seq"]), numbers(said["ids"])
        table = self.table()
        if table is None or self.supervisor._is_busy or self.pending is not None:
            self.send("shown", seq=number, ids=self.selected(), gone=[], hidden=[], busy=True)
            return
        known, gone = self.there(ids)
        self.pending = {"seq": number, "want": None, "gone": gone, "hidden": []}
        self.unanswered.start(UNANSWERED_MS)

        def select(visible):
            if self.pending is None or self.pending["seq"] != number:
                return  # it came too late, and was answered
            shown = set(visible)
            want = [i for i in known if i in shown]
            self.pending.update(want=want, hidden=[i for i in known if i not in shown])
            self.applied = number
            if not want or want == self.selected():
                self.answer()
                return
            self.supervisor.select(want)

        table.get_ids(callback=select)

    def answer(self):
        """Say what became of a selection."""
        said, self.pending = self.pending, None
        self.unanswered.stop()
        if said is not None:
            self.send(
                "shown",
                seq=said["seq"],
                ids=self.selected(),
                gone=said["gone"],
                hidden=said["hidden"],
                busy=False,
            )

    def on_unanswered(self):
        self.answer()

    def do_label(self, said):
        """Give clusters a label, as phy's own action: its user can undo it, and saves it."""
        number, field, value = int(said["seq"]), str(said["field"]), str(said["value"])
        if field not in FIELDS:
            raise ValueError("a field that is not bcviewer's to write")
        if self.table() is None or self.supervisor._is_busy:
            self.send("labelled", seq=number, ids=[], gone=[], busy=True)
            return
        known, gone = self.there(numbers(said["ids"]))
        # to clear what has no value would be an act to undo, and a column, for nothing
        other = [i for i in known if value or self.label_of(field, i)]
        try:
            if other:  # by its actions alone phy knows what to select once it is undone
                self.supervisor.actions.label(field, value, other)
        finally:  # a view that fails meanwhile is no reason not to answer
            has = [i for i in known if self.label_of(field, i) == value]
            self.send("labelled", seq=number, ids=has, gone=gone, busy=False)

    def label_of(self, field, cluster):
        """Return what a field of a cluster is labelled; empty: nothing."""
        meta = self.supervisor.cluster_meta
        return str(meta.get(field, cluster) or "") if field in meta.fields else ""

    def do_merge(self, said):
        """Merge clusters, as phy's own action: its user can undo it, and saves it."""
        number, ids = int(said["seq"]), numbers(said["ids"])
        if self.table() is None or self.supervisor._is_busy or self.pending is not None:
            self.send("merged", seq=number, made=[], gone=[], busy=True)
            return
        known, gone = self.there(ids)
        clustering = self.supervisor.clustering
        before = {int(i) for i in clustering.cluster_ids}
        try:
            if not gone and len(set(known)) > 1:
                self.merge(known)
        finally:  # a view that fails meanwhile is no reason not to answer
            made = sorted({int(i) for i in clustering.cluster_ids} - before)
            self.send("merged", seq=number, made=made, gone=gone, busy=False)

    def merge(self, ids):
        """Merge as by phy's key: its action selects what it made, and an undo what was merged.

        phy selects what was selected before the action, which other merges may have taken since.
        """
        selected = {"selected": ids, "next": None}
        self.supervisor.task_logger.log(self.table(), "select", ids, output=selected)
        self.merging = True
        try:
            self.supervisor.actions.merge(ids)
        finally:
            self.merging = False

    def do_front(self, said):
        """Come forward."""
        window = self.table().window()
        if window.isMinimized():
            window.showNormal()
        window.raise_()
        window.activateWindow()

    # -- what happens in phy -----------------------------------------------------------------

    def on_select(self, sender, cluster_ids, **kwargs):
        """Tell what was selected; what bcviewer asked for is answered, and is no act of phy's."""
        ids, pending = numbers(cluster_ids), self.pending
        asked = pending is not None and pending["want"] == ids
        chosen, self.made = not self.opening and ids != self.made, None
        if not asked:
            self.send("select", ids=ids, after=self.applied, own=chosen)
        if pending is not None and pending["want"] is not None:
            self.answer()

    def on_cluster(self, sender, up):
        """Tell of a merge, a split, a label, an undo: values are read again, as undo has old."""
        field = up.description[9:] if up.description.startswith("metadata_") else ""
        changed = numbers(up.metadata_changed) if field else []
        meta = self.supervisor.cluster_meta
        if self.merging:
            self.made = numbers(up.added)
        change = {
            "what": str(up.description),
            "history": str(up.history or ""),
            "added": numbers(up.added),
            "deleted": numbers(up.deleted),
            "descendants": [[int(a), int(b)] for a, b in list(up.descendants)[:MOST_IDS]],
            "field": field,
            "values": {str(i): str(meta.get(field, i) or "") for i in changed},
        }
        self.tell(change)
        aside = {"history": "aside", "added": [], "deleted": [], "descendants": []}
        for other, values in self.new_labels(field, changed).items():
            self.tell({"what": f"metadata_{other}", **aside, "field": other, "values": values})

    def tell(self, change):
        self.changes = [*self.changes, change][-MOST_KEPT:]
        self.send("cluster", **change)

    def new_labels(self, told_field="", told=()):
        """Return labels that are others than before, by field and cluster, but those that are told.

        An undo of phy's drops what clusters made since have from those they were made of, and may
        give a cluster that is there again what another one had. phy itself shows nothing of it.
        """
        meta, out = self.supervisor.cluster_meta, {}
        for field in [field for field in FIELDS if field in meta.fields]:
            known = self.labels.setdefault(field, {})
            there = numbers(self.supervisor.clustering.cluster_ids)
            now = {i: str(meta.get(field, i) or "") for i in there}
            other = [i for i in now if known.get(i, now[i]) != now[i]]
            if field == told_field:
                other = [i for i in other if i not in told]
            known.update(now)
            if other:
                out[field] = {str(i): now[i] for i in other}
        return out

    def on_save(self, sender, *args):
        """Tell that phy saved, once it has."""
        self.changes = []
        QTimer.singleShot(0, self.tell_saved)

    def tell_saved(self):
        self.send("saved")


@connect
def on_controller_ready(sender):
    """Begin when phy has read a dataset."""
    try:
        sender.bcviewer_link = Link(sender)
    except Exception:
        logger.exception("The link with bcviewer could not be made; phy goes on without.")
