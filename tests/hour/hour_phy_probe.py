"""Answers the driver within phy, and logs what happens there; phy runs it as a plugin."""

import json
import os
import time

from phylib.utils import connect
from PyQt5.QtCore import QObject, QTimer
from PyQt5.QtNetwork import QLocalServer, QLocalSocket


def plain(values):
    return [int(value) for value in values]


class Probe(QObject):
    """Tells what is selected, what is there and what is saved."""

    def __init__(self, controller):
        super().__init__()
        self.supervisor = controller.supervisor
        self.busy, self.sockets, self.last = {}, [], {}
        self.log = open(os.environ["HOUR_PHY_LOG"], "a", buffering=1)  # noqa: SIM115, PTH123
        self.saved, self.saved_labels = self.now(), self.labels()
        place = os.environ["HOUR_PHY_SOCKET"]
        QLocalServer.removeServer(place)
        self.server = QLocalServer(self)
        self.server.newConnection.connect(self.on_connection)
        self.server.listen(place)
        connect(self.on_select, event="select", sender=self.supervisor)
        connect(self.on_cluster, event="cluster", sender=self.supervisor)
        connect(self.on_save, event="save_clustering", sender=self.supervisor)
        connect(self.on_is_busy, event="is_busy")
        self.row("start", pid=os.getpid())

    def row(self, kind, **fields):
        row = {"k": kind, "t": time.monotonic(), "at": time.time(), **fields}
        self.last[kind] = row["t"]
        self.log.write(json.dumps(row) + "\n")

    def now(self):
        """Return phy's clusters, each with its group."""
        meta = self.supervisor.cluster_meta
        ids = plain(self.supervisor.clustering.cluster_ids)
        return {str(i): group_of(meta, i) for i in ids}

    def labels(self):
        """Return the labels of bcviewer that phy's clusters have."""
        meta = self.supervisor.cluster_meta
        if "bcv_label" not in meta.fields:
            return {}
        ids = plain(self.supervisor.clustering.cluster_ids)
        labels = {str(i): str(meta.get("bcv_label", i) or "") for i in ids}
        return {i: label for i, label in labels.items() if label}

    # -- what happens ------------------------------------------------------------------------

    def on_is_busy(self, sender, is_busy):
        self.busy[id(sender)] = bool(is_busy)

    def on_select(self, sender, cluster_ids, **kwargs):
        self.row("select", ids=plain(cluster_ids))

    def on_cluster(self, sender, up):
        history, added, gone = str(up.history or ""), plain(up.added), plain(up.deleted)
        what = str(up.description)
        self.row("cluster", what=what, history=history, added=added, deleted=gone)

    def on_save(self, sender, *args):
        self.row("saving")
        QTimer.singleShot(0, self.on_saved)

    def on_saved(self):
        self.saved, self.saved_labels = self.now(), self.labels()
        self.row("saved")

    # -- what is asked -----------------------------------------------------------------------

    def on_connection(self):
        gone = [one for one in self.sockets if one.state() == QLocalSocket.UnconnectedState]
        for one in gone:
            self.sockets.remove(one)
            one.deleteLater()
        socket = self.server.nextPendingConnection()
        self.sockets.append(socket)
        socket.readyRead.connect(self.on_lines)
        self.on_lines()

    def on_lines(self):
        for socket in list(self.sockets):
            while socket.canReadLine():
                asked = json.loads(bytes(socket.readLine()).decode("utf-8"))
                try:
                    answer = getattr(self, "do_" + asked["do"])(asked) or {}
                except Exception as error:  # noqa: BLE001 - the driver is told
                    answer = {"error": repr(error)}
                socket.write(json.dumps(answer).encode("utf-8") + b"\n")
                socket.flush()

    def do_state(self, asked):
        ready = getattr(self.supervisor, "cluster_view", None) is not None
        return {
            "selected": plain(self.supervisor.selected) if ready else [],
            "now": self.now(),
            "saved": self.saved,
            "labels": self.labels(),
            "saved_labels": self.saved_labels,
            "last": self.last,
            "busy": any(self.busy.values()) or not ready,
            "t": time.monotonic(),
        }

    def do_select(self, asked):
        """Select as by phy's snippet ``:c``."""
        QTimer.singleShot(0, lambda: self.supervisor.select(asked["ids"]))

    def do_split(self, asked):
        """Split a cluster's first spikes off, as by phy's action."""
        spikes = self.supervisor.clustering.spikes_in_clusters([asked["id"]])
        some = spikes[: max(1, int(len(spikes) * asked["share"]))]
        QTimer.singleShot(0, lambda: self.supervisor.actions.split(some))


def group_of(meta, one):
    group = str(meta.get("group", one) or "")
    return "" if group in ("unsorted", "None") else group


@connect
def on_controller_ready(sender):
    sender.hour_probe = Probe(sender)
