"""Documents in a row, and who is told when the present one changes: the only way from an event to the page.

A controller makes a new document of the present one and commits it; everything that is shown, painted or saved follows
from what the store then holds. Of a document it knows `picture`, `hints` and `show_change`, see `document.Document`.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Generic, TypeVar

from colornb.hints import EdgeScribble, Point, Region

State = TypeVar("State")
Act = Callable[[], None]
Subscription = tuple[int, Act, Callable[[Any], Any] | None]  # its turn, and what it is about
TOOLS = {"region": Region, "point": Point, "edge": EdgeScribble}  # the type of hint that each gives, the lowest first
LAYERS = ("lines", *TOOLS)
EARLY, LISTENER, LATE = range(3)  # the turns in which subscribers are told of a change


class History(Generic[State]):
    """States in a row, the one at `at` the present one, with undo and redo; `replace` changes it, and is no step."""

    def __init__(self, *states: State, at: int = 0) -> None:
        self._states, self._at = list(states), at

    @property
    def states(self) -> tuple[State, ...]:
        """All states, the oldest first; the number of the present one is the length of the history."""
        return tuple(self._states)

    @property
    def state(self) -> State:
        """The present state."""
        return self._states[self._at]

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return self._at + 1 < len(self._states)

    def __len__(self) -> int:
        return self._at

    def commit(self, state: State) -> None:
        """Take a step that `undo` takes back; what changes nothing is none."""
        if state != self.state:
            self._at += 1
            self._states[self._at :] = [state]

    def replace(self, state: State) -> None:
        """Put another state in the place of the present one: no step."""
        self._states[self._at] = state

    def undo(self) -> None:
        """Take the last step back; without one nothing happens."""
        self._at -= self.can_undo

    def redo(self) -> None:
        """Take again the step that was taken back last; without one nothing happens."""
        self._at += self.can_redo


class Store(Generic[State]):
    """The present document, all before it, and the layers on show.

    Of each change, subscribers are told first, then listeners if the hints have changed, then late subscribers.
    """

    def __init__(self, *documents: State, at: int = 0) -> None:
        self.history: History[State] = History(*documents, at=at)
        self.layers = frozenset(LAYERS)
        self._preview: State | None = None
        self._subscriptions: list[Subscription] = []
        self._shown = self.history.state  # what subscribers know of

    @property
    def document(self) -> State:
        """What is so now, or what a drag is about to make it."""
        return self._preview or self.history.state

    def commit(self, document: State) -> None:
        """Make this the present document; `undo` takes it back."""
        self.history.commit(document)
        self._publish()

    def replace(self, document: State) -> None:
        """Make this the present document without a step: another thing is chosen, nothing is decided."""
        self.history.replace(document)
        self._publish()

    def preview(self, document: State) -> None:
        """Take this for the present document until the next change; neither `undo` nor anyone else notices it."""
        self._preview = document

    def undo(self) -> None:
        """Take the last step back."""
        self._walk(self.history.undo)

    def redo(self) -> None:
        """Take again what was taken back last."""
        self._walk(self.history.redo)

    @property
    def steps(self) -> tuple[tuple[State, ...], int]:
        """The steps on the present picture in a row, the oldest first, and which of them is the present one."""
        states, at = self.history.states, len(self.history)
        picture, first, last = states[at].picture, at, at + 1
        while first and states[first - 1].picture is picture:
            first -= 1
        while last < len(states) and states[last].picture is picture:
            last += 1
        return states[first:last], at - first

    def restart(self, *documents: State, at: int = 0) -> None:
        """Begin anew with this history, whose document number `at` is the present one."""
        self.history = History(*documents, at=at)
        self._publish()

    def show_layer(self, layer: str, on: bool) -> None:
        """Show or hide a layer. Raises ValueError where there is none of this name."""
        if layer not in LAYERS:
            raise ValueError(f"no layer {layer!r}: choose one of {', '.join(LAYERS)}")
        self.layers = self.layers | {layer} if on else self.layers - {layer}
        self._publish()

    def on_change(self, callback: Act) -> None:
        """Call `callback()` whenever the hints have changed, before the picture is painted for them."""
        self._subscribe(LISTENER, callback, attrgetter("hints"))

    def subscribe(self, callback: Act, of: Callable[[State], Any] | None = None, late: bool = False) -> Act:
        """Call `callback()` after each change, or only where `of(document)` differs; what is returned ends that."""
        return self._subscribe(LATE if late else EARLY, callback, of)

    def _subscribe(self, turn: int, callback: Act, of: Callable[[State], Any] | None) -> Act:
        entry = turn, callback, of
        self._subscriptions.append(entry)
        return lambda: self._subscriptions.remove(entry) if entry in self._subscriptions else None

    def _walk(self, move: Act) -> None:
        before = self.document
        move()
        self.history.replace(self.history.state.show_change(before))
        self._publish()

    def _publish(self) -> None:
        self._preview, before = None, self._shown
        now = self._shown = self.history.state
        for turn in (EARLY, LISTENER, LATE):
            for entry in [entry for entry in self._subscriptions if entry[0] == turn]:
                _, callback, of = entry
                # An earlier one may have ended this one: the pad of another picture, say.
                if entry in self._subscriptions and (of is None or of(before) != of(now)):
                    callback()
