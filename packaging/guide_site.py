"""What mkdocs asks while it makes the guide's site: the chapters, the page of rules, the pictures.

The chapters are those that the guide's first page lists, the page of rules is written from the
rules, and the pictures are rendered by the program from its demo (``guide_pictures.py``): none of
these is in a second place.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def on_config(config: Any) -> Any:
    """Take the chapters from the first page."""
    from bcviewer.io.guide import INDEX, chapters

    index = (Path(config["docs_dir"]) / INDEX).read_text("utf-8")
    config["nav"] = [{"Guide": INDEX}, *({title: page} for page, title in chapters(index).items())]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the page of rules and the pictures."""
    from mkdocs.structure.files import File

    from bcviewer.widgets.chrome.guide_dialog import PAGE, all_pages

    files.append(File.generated(config, PAGE, content=all_pages()[PAGE]))
    with tempfile.TemporaryDirectory(prefix="bcviewer-guide-") as folder:
        script = str(Path(__file__).with_name("guide_pictures.py"))
        subprocess.run([sys.executable, script, folder], check=True, timeout=600)
        for picture in sorted(Path(folder).glob("*.png")):
            made = File.generated(config, f"pictures/{picture.name}", content=picture.read_bytes())
            files.append(made)
    return files
