"""A methods paragraph, by ``bombcell.generate_methods_text``.

``answer`` takes no parameters and one array, ``given``: UTF-8 of a JSON object with ``params`` and
``labels`` (a list of texts, or null where no counts are wanted). It returns ``said``: UTF-8 of a
JSON object with ``text``, ``references`` and ``bibtex``. JSON, so that 300 stays 300, not 300.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from bombcell import methods_text

from bcviewer.core.arrays import Array


def answer(_: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return what bombcell writes about some parameters and labels."""
    given = json.loads(arrays["given"].tobytes())
    labels = given["labels"]
    metrics = None if labels is None else {"bc_unitType": np.array(labels, dtype=object)}
    text, references, bibtex = methods_text.generate_methods_text(given["params"], metrics)
    said = {"text": text, "references": list(references), "bibtex": list(bibtex)}
    return {"said": np.frombuffer(json.dumps(said).encode(), np.uint8)}
