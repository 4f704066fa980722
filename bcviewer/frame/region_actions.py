"""The regions of interest: set along depth, and written into the config where that is asked for."""

from __future__ import annotations

from bcviewer.app.threads.worker import Control, Outcome
from bcviewer.app.wishes import SetRegion, WriteRegions
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.frame.questions import YesNo, ask
from bcviewer.io.exchange.apply_plan import Applied, apply_plan
from bcviewer.io.exchange.regions_file import RegionsPlan, plan_regions
from bcviewer.io.files import expanded

NO_CONFIG = "No config is open: open the recording by its config .json to write into that."
NOTHING_SET = "No region of interest was set here: drag an end of one in GOOD along depth (F8)."


class RegionActions(CommandGroup):
    """Sets regions, and asks before they are written into the config."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self.session.done.connect(self._on_done)

    def grant(self, wish: SetRegion | WriteRegions) -> None:
        """Grant what the person wishes by a drag or a click in a panel."""
        if isinstance(wish, SetRegion):
            self.session.labelling.regions.set(wish.run, wish.region)
        else:
            self.do_write_regions()

    def do_write_regions(self) -> None:
        """Find out what writing the regions into the config would change, and ask."""
        scene, notice = self.session.scene, self.session.notice
        if scene.book is None or scene.catalogue is None:
            return
        config = expanded(scene.catalogue.request.path).absolute()
        regions = [
            (sheet.run.provenance.ks_dir, sheet.inputs.region)
            for sheet in scene.book.sheets
            if sheet.inputs.region is not None
        ]
        if not scene.catalogue.request.is_config:
            notice.emit(NO_CONFIG)
        elif not regions:
            notice.emit(NOTHING_SET)
        else:

            def work(_: Control) -> RegionsPlan:
                return plan_regions(config, regions)

            self.session.run_job("plan_regions", work, config)

    def _on_done(self, outcome: Outcome) -> None:
        done = outcome.value
        if isinstance(done, RegionsPlan):
            self._ask(done)
        elif outcome.tag == "write_regions" and isinstance(done, Applied):
            copy = ", ".join(path.name for path in done.backups)
            names = ", ".join(path.name for path in done.written)
            self.session.notice.emit(f"Written into {names}; what it was is in {copy}.")

    def _ask(self, found: RegionsPlan) -> None:
        path = found.plan.files[0].path
        lines = (*found.changes, *(f"Not written: {line}" for line in found.left_out))
        more = "\n".join((*lines, "All else of the file stays, and a copy of it beside it."))
        text = f"Write the regions of interest into {path.name}?"
        answers = YesNo("Write", "Cancel")
        if not ask(self.window, "writeRegions", "Regions of interest", text, more, answers):
            return

        def work(_: Control) -> Applied:
            return apply_plan(found.plan)

        self.session.opening.run_job("write_regions", work, path, path.name)
