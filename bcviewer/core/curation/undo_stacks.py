"""Which actions of a person undo and redo would reach, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.curation.entries import UNDO, Action


@dataclass(frozen=True, slots=True)
class UndoStacks:
    """Ids of one person's actions: those that undo and redo would reach, the next one last."""

    undo: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()


class OpenStacks:
    """The same while a state is built."""

    def __init__(self, stacks: UndoStacks) -> None:
        self.undo = list(stacks.undo)
        self.redo = list(stacks.redo)

    def add(self, action: Action) -> None:
        """Take in one more action of the person."""
        if not action.is_mark:
            self.undo.append(action.id)
            self.redo.clear()
            return
        for stack in (self.undo, self.redo):
            if stack and stack[-1] == action.target:
                stack.pop()
            elif action.target in stack:
                stack.remove(action.target)
        (self.redo if action.kind == UNDO else self.undo).append(action.target)

    def freeze(self) -> UndoStacks:
        """Return them as they are kept."""
        return UndoStacks(tuple(self.undo), tuple(self.redo))


NO_STACKS = UndoStacks()
"""Of somebody who did nothing."""
