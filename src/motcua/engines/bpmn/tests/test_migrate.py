"""Running cases move to a new version of their process, with a preview and a way back."""

from motcua.engines import bpmn
from motcua.engines.bpmn.tests.drawing import draw, element
from motcua.engines.bpmn.tests.playing import Play

TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT72H</bpmn:timeDuration></bpmn:timerEventDefinition>"
LATE = element("boundaryEvent", "late", TIMER, attachedToRef="a", cancelActivity="false")
OLD = draw(f"user a; user b; user remind; {LATE}", "start -> a -> b -> end; late -> remind -> end")


def moved(play: Play, new: bytes, **mapping: str) -> bpmn.Migration:
    return bpmn.migrate(play.state, mapping, play.definition, bpmn.load(new))


def test_a_case_goes_on_in_the_new_version_and_can_go_back() -> None:
    play = Play(OLD)
    new = draw(
        f"user a; user b; user c; user remind; {LATE}", "start -> a -> c -> b -> end; late -> remind -> end"
    )
    preview = moved(play, new)
    assert (preview.stops, preview.lost) == ((), ())
    assert preview.state is not None
    old_state, old_definition = play.state, play.definition
    play.state, play.definition = preview.state, bpmn.load(new)
    assert play.do("a").waiting == ["c"]
    play.state, play.definition = old_state, old_definition
    assert play.do("a").waiting == ["b"]


def test_a_renamed_task_needs_a_mapping() -> None:
    new = draw("user x; user b", "start -> x -> b -> end")
    stopped = moved(Play(OLD), new)
    assert stopped.state is None
    assert "a is not in the new version" in stopped.stops[0]
    told = moved(Play(OLD), new, a="x")
    assert told.moved == (("a", "x"),)
    assert told.lost == ("the event late",)
    assert told.state is not None
    assert [token.element for token in told.state.tokens] == ["x"]


def test_a_task_does_not_become_something_else() -> None:
    stopped = moved(Play(OLD), draw("service a; user b", "start -> a -> b -> end"))
    assert "a is a userTask, a a serviceTask" in stopped.stops[0]


def test_a_branch_that_came_to_a_join_is_not_forgotten() -> None:
    old = draw("user a; user b; and s; and j", "start -> s -> a -> j -> end; s -> b -> j")
    play = Play(old).do("a")
    redrawn = draw("user a; user b; user c; and s; and j", "start -> c -> s -> a -> j -> end; s -> b -> j")
    other = moved(play, redrawn)
    assert "f2 has come to the join j" in other.stops[0]
    assert moved(play, redrawn, f2="f3").stops == ()
    kept = moved(play, old)
    assert kept.state == play.state


def test_guards_of_the_new_version_are_told_and_can_be_set() -> None:
    play = Play(draw("user a; user b", "start -> a -> b -> end"))
    preview = moved(play, OLD)
    assert preview.added == ("late",)
    assert preview.state is not None
    play.definition = bpmn.load(OLD)
    step = bpmn.rearm(play.definition, preview.state, play.data, preview.added, play.now, play.env)
    assert [timer.element_id for timer in step.of(bpmn.TimerSet)] == ["late"]
    play.state = step.state
    assert play.later(hours=73).waiting == ["a", "remind"]


def test_an_ended_case_stays_where_it_is() -> None:
    play = Play(draw("", "start -> end"))
    assert "has ended" in moved(play, OLD).stops[0]


def test_what_stops_a_case_is_said_with_its_name_and_place() -> None:
    stopped = moved(Play(OLD), draw("user x; user b", "start -> x -> b -> end"))
    (stop,) = stopped.obstacles
    assert (stop.reason, stop.element, stop.name) == ("gone", "a", "a")
    assert (stop.text,) == stopped.stops


def test_a_moved_task_is_worded_as_the_new_version_words_it() -> None:
    play = Play(draw("user a; user b", "start -> a -> b -> end"))
    new = bpmn.load(draw("user c; user b", "start -> c -> b -> end"))
    state = bpmn.migrate(play.state, {"a": "c"}, play.definition, new).state
    assert state is not None
    (offer,) = bpmn.offers(new, state, play.data, play.now, play.env)
    assert isinstance(offer, bpmn.TaskOffered)
    assert (offer.element_id, offer.token_id) == ("c", play.state.tokens[0].id)
