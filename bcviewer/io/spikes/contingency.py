"""How templates and phy's clusters share a recording's spikes, from the sizes of segments."""

from __future__ import annotations

import numpy as np

from bcviewer.core.evidence.recording import Contingency
from bcviewer.io import names
from bcviewer.io.spikes.spike_files import SpikeFiles
from bcviewer.io.spikes.spike_index import Segments


def contingency(files: SpikeFiles, segments: Segments) -> Contingency:
    """Return how the templates' spikes are spread over phy's clusters.

    Parameters
    ----------
    files : SpikeFiles
        The recording's files: which of them stands for another one.
    segments : Segments
        How many spikes each segment of them has.
    """
    pairs = np.stack([segments.template, segments.cluster])
    (template, cluster), which = np.unique(pairs, axis=1, return_inverse=True)
    which = which.reshape(-1)
    count, kept = np.zeros((2, len(template)), np.int64)
    np.add.at(count, which, segments.count)
    np.add.at(kept, which, np.where(segments.removed, 0, segments.count))
    one = files.one_only
    no_templates = one if files.templates.path.name != names.SPIKE_TEMPLATES else ""
    no_clusters = one if files.clusters.path.name != names.SPIKE_CLUSTERS else ""
    return Contingency(template, cluster, count, kept, one, no_templates, no_clusters)
