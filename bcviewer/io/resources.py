"""Where the files that ship with the program are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def resource_path(*parts: str) -> Path:
    """Return the path of a file or folder that ships with the program.

    In a wheel and in a frozen bundle ``resources`` is inside the package; in a checkout and an
    editable install it is beside it.

    Parameters
    ----------
    *parts : str
        Path below ``resources``, one name each: ``resource_path("icons", "open.svg")``.

    Raises
    ------
    FileNotFoundError
        Where this installation does not have it.
    """
    places = [folder.joinpath("resources", *parts) for folder in (_PACKAGE, _PACKAGE.parent)]
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(f"{'/'.join(parts) or 'resources'} is missing from this installation")


def changelog_path() -> Path:
    """Return where the changelog is: in a checkout beside ``resources``, else within it.

    Raises
    ------
    FileNotFoundError
        Where this installation does not have it.
    """
    beside = resource_path().parent / "CHANGELOG.md"
    return beside if beside.is_file() else resource_path("CHANGELOG.md")


def is_of_demo(path: Path) -> bool:
    """Whether a path is in the recording that ships with the program: that is nobody's to write."""
    try:
        demo = resource_path("demo").absolute()
    except FileNotFoundError:
        return False
    return path.absolute().is_relative_to(demo)
