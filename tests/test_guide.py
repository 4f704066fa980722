"""The guide: what it says can be done, in the window's own words; its links lead somewhere."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import struct
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bcviewer.app.commands.command import MENUS
from bcviewer.app.commands.table import COMMANDS
from bcviewer.cli import entry, parsers
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.rules_page import PAGE
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.frame.cohort_menus import COHORT_COMMANDS
from bcviewer.io.guide import INDEX, chapters
from bcviewer.io.resources import resource_path
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.widgets.chrome.guide_dialog import all_pages, slug

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bcviewer"
PAGES = all_pages()
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`]+`")
DOI = re.compile(r"https://doi\.org/10\.\d{4,9}/[\w.;/-]*\w")
LINK = re.compile(r"(!?)\[[^]]*\]\(([^)]+)\)")


def prose(page: str) -> str:
    """Return a page's text without blocks and code, on one line."""
    text = re.sub(r"^ *\* ", "", FENCE.sub("", PAGES[page]), flags=re.MULTILINE)
    return " ".join(CODE.sub("", text).split())


def blocks(page: str, language: str) -> list[str]:
    return [code for found, code in FENCE.findall(PAGES[page]) if found == language]


def commands(page: str) -> list[list[str]]:
    lines = "".join(blocks(page, "sh")).splitlines()
    return [shlex.split(line)[1:] for line in lines]


def opens_a_window(command: list[str]) -> bool:
    return command[0] not in entry._COMMANDS


def test_the_first_page_lists_all_others() -> None:
    files = {path.name for path in resource_path("guide").glob("*.md")}
    assert set(PAGES) == files | {PAGE}
    assert PAGE not in files, "it is written from the rules"
    listed = chapters(PAGES[INDEX])
    for name, title in listed.items():
        assert PAGES[name].startswith(f"# {title}\n"), name


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    pictures = runpy.run_path(str(ROOT / "packaging" / "guide_pictures.py"))["PICTURES"]
    for picture, target in LINK.findall(FENCE.sub("", PAGES[page])):
        if picture:
            assert target.removeprefix("pictures/") in pictures, target
        elif "://" in target:
            assert DOI.fullmatch(target), target
        else:
            name, _, heading = target.partition("#")
            assert name in PAGES, target
            headings = re.findall(r"^#+ (.+)$", PAGES[name], re.MULTILINE)
            assert not heading or heading in map(slug, headings), target


def test_every_picture_is_in_the_guide() -> None:
    pictures = runpy.run_path(str(ROOT / "packaging" / "guide_pictures.py"))["PICTURES"]
    shown = re.findall(r"\(pictures/([\w.]+)\)", "".join(PAGES.values()))
    assert sorted(shown) == sorted(pictures)


def test_the_pages_for_everybody_are_there() -> None:
    wanted = "install start reading rules curating what_if comparing recording cohort phy files"
    assert {f"{name}.md" for name in f"{wanted} scripting questions security".split()} < set(PAGES)


@pytest.mark.skipif(not (ROOT / "packaging").is_dir(), reason="in a checkout only")
def test_commands_of_other_programs_are_tried_by_scripts_or_stand_in_the_readme() -> None:
    """What installs and removes is run by ``try_deb.sh``, from the guide itself."""
    script = (ROOT / "packaging" / "try_deb.sh").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    lines = [line for page in PAGES for line in "".join(blocks(page, "bash")).splitlines()]
    read = ("sudo apt install", "sudo apt remove", "tar ")
    assert all(f"guide install.md bash | grep '^{head}'" in script for head in read[:2])
    assert "guide install.md bash | grep -A1 '^tar '" in script
    for before, line in zip(["", *lines], lines, strict=False):
        tried = line.startswith(read) or before.startswith("tar ")
        assert tried or f"`{line}`" in readme or line in readme.splitlines(), line
    assert len(lines) >= 7


@pytest.mark.skipif(not (ROOT / "mkdocs.yml").is_file(), reason="in a checkout only")
def test_the_site_needs_no_network_to_be_built_and_asks_for_none() -> None:
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert "font: false" in settings
    assert "strict: true" in settings
    hooks = "".join(path.read_text("utf-8") for path in (ROOT / "packaging").glob("guide_*.py"))
    assert not re.search(r"https?://", settings + hooks)
    assert not re.search(r"<(script|link|img)\b", "".join(PAGES.values()))


@cache
def words_of_the_program() -> str:
    """Return what stands in the program's sources, in lower case, joined where it is split."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    return re.sub(r'"\s*\n\s*f?"', "", text).casefold()


@pytest.mark.parametrize("page", PAGES)
def test_words_in_italics_stand_in_the_window(page: str) -> None:
    """Menu entries are those of the table of commands, all else is somewhere in the program."""
    entries = {(command.menu, command.title) for command in COMMANDS}
    text = re.sub(r"\*\*[^*]+\*\*", "", prose(page))
    for words in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", text):
        menu, _, title = words.partition(" > ")
        if title:
            assert menu in MENUS
            assert (menu, title) in entries, words
        elif page != INDEX:
            assert words.casefold() in words_of_the_program(), words


KEY = re.compile(r"\b(?:(?:Ctrl|Alt|Shift)\+)+(?:[A-Z][a-z]*|,|\d)|\bF\d\b")


@pytest.mark.parametrize("page", PAGES)
def test_bold_is_a_key_and_every_key_is_bold(page: str) -> None:
    known = {key for command in COMMANDS for key in command.shortcuts} | {"Enter"}
    known |= {key for command in COHORT_COMMANDS for key in command.keys}
    bold = re.findall(r"\*\*([^*]+)\*\*", prose(page))
    if page != INDEX:
        assert [key for key in bold if key not in known] == []
    plain = re.sub(r"\*\*[^*]+\*\*", "", prose(page))
    assert KEY.findall(plain) == []


def options(parser: object) -> set[str]:
    return {text for action in parser._actions for text in action.option_strings}


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_options_that_are_named_exist(page: str) -> None:
    text = FENCE.sub("", PAGES[page])
    for words in (code.strip("`").split() for code in CODE.findall(text)):
        if words[0] == "bcviewer" and len(words) > 1:
            make = getattr(parsers, f"{words[1]}_parser", parsers.window_parser)
            assert {w for w in words[2:] if w.startswith("-")} <= options(make()), words
        elif words[0].startswith("--"):
            every = [make() for name, make in vars(parsers).items() if name.endswith("_parser")]
            assert any(words[0] in options(parser) for parser in every), words


def test_filters_that_are_named_can_be_read() -> None:
    filters = re.findall(r"^\| `([^`]+)` \|", PAGES["reading.md"], re.MULTILINE)
    assert len(filters) == 4
    sheets = [derive(Inputs.of(read_run(place))) for place in find_runs(resource_path("demo"))]
    for text in filters:
        shown = [evaluate(parse_filter(text, sheet), sheet) for sheet in sheets]
        assert all(len(rows) == sheet.n_units for rows, sheet in zip(shown, sheets, strict=True))


# -- what it says is done ----------------------------------------------------------------------

PAGES_THAT_DO = [page for page in PAGES if blocks(page, "sh") or blocks(page, "python")]


def steps(page: str) -> Iterator[tuple[str, str]]:
    """Return what a page tells to do, in its order; JSON is saved as the sentence after says."""
    for found in FENCE.finditer(PAGES[page]):
        language, code = found.groups()
        if language == "json":
            name = re.match(r"\s*Saved as `([\w.]+)`", PAGES[page][found.end() :]) or re.search(
                r"Saved as `([\w.]+)`", PAGES[page]
            )
            assert name is not None
            language = name[1]
        yield language, code


@pytest.mark.slow
@pytest.mark.gui
@pytest.mark.parametrize("page", PAGES_THAT_DO)
def test_what_a_page_says_can_be_done(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Snippets, windows and runs have a process each; all other commands are done here."""
    if "duckdb" in PAGES[page]:
        pytest.importorskip("duckdb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "settings"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    # Who only waits for Bombcell has one that is imported in no time.
    (tmp_path / "quick").mkdir()
    (tmp_path / "quick" / "bombcell.py").write_text("__version__ = '9.9'")
    path = filter(None, (str(tmp_path / "quick"), os.environ.get("PYTHONPATH")))
    quick = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    for language, code in steps(page):
        if language == "python":
            assert run_program(["-c", code], quick) or "print" not in code
        elif language == "sh":
            for line in code.splitlines():
                words = shlex.split(line)
                assert words[0] == "bcviewer", line
                if opens_a_window(words[1:]):
                    shown = [] if "--screenshot" in words else ["--screenshot", "window.png"]
                    run_program(["-m", *words, *shown], quick)
                elif words[1] == "run":
                    assert run_program(["-m", *words], dict(os.environ))
                else:
                    assert entry.main(words[1:]) == 0, f"{line}\n{capsys.readouterr()}"
                written = [words[i + 1] for i, word in enumerate(words) if word == "-o"]
                assert all(Path(name).exists() for name in written), line
        else:
            Path(language).write_text(code, "utf-8")


@pytest.mark.slow
@pytest.mark.gui
@pytest.mark.skipif(not (ROOT / "packaging").is_dir(), reason="in a checkout only")
def test_every_picture_is_rendered_by_the_program(tmp_path: Path) -> None:
    script = str(ROOT / "packaging" / "guide_pictures.py")
    (tmp_path / "bombcell.py").write_text("__version__ = '9.9'")
    path = filter(None, (str(tmp_path), os.environ.get("PYTHONPATH")))
    run_program([script, str(tmp_path)], {**os.environ, "PYTHONPATH": os.pathsep.join(path)})
    heads, contents = set(), set()
    for name in runpy.run_path(script)["PICTURES"]:
        content = (tmp_path / name).read_bytes()
        heads.add(content[:24])
        contents.add(content)
        assert len(content) > 50_000, name
    assert heads == {b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 1440, 900)}
    assert len(contents) == len(runpy.run_path(script)["PICTURES"]), "each shows something else"


def run_program(arguments: list[str], environment: dict[str, str]) -> str:
    """Run Python until it ends, and return what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stderr}"
    return done.stdout
