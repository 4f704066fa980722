"""What the window says of itself."""

from __future__ import annotations

from html import escape

from bcviewer.widgets.drawing.theme import theme


def about_html() -> str:
    """Return versions and licence."""
    from importlib.metadata import PackageNotFoundError, version
    from platform import platform, python_version

    rows = [("Python", python_version()), ("System", platform())]
    for name in ("PySide6-Essentials", "pyqtgraph", "numpy", "pandas", "pyarrow", "bombcell"):
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:
            rows.append((name, "not installed"))
    lines = "".join(f"<tr><td>{k}&nbsp;&nbsp;</td><td>{escape(v)}</td></tr>" for k, v in rows)
    own = version("bcviewer")
    dark = "dark" if theme().dark else "light"
    return (
        f"<h3>bcviewer {escape(own)}</h3><p>Shows exactly why Bombcell called each unit GOOD, "
        "MUA, NOISE or NON-SOMA.</p><p>GPL-3.0-or-later, as Bombcell. Without any warranty."
        f"</p><table>{lines}</table><p>Theme: {dark}</p>"
    )
