"""Where a picture's boxes and arrows go: what holds for every graph."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from chasqui.console.graphs.drawing import elided, path_of, svg
from chasqui.console.graphs.layering import crossings, ordered
from chasqui.console.graphs.layout import laid_out, spread
from chasqui.console.graphs.model import Edge, Node, Picture, Place


def box(key: str) -> Node:
    return Node(key, f"name of {key}", "queue")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    keys = [str(at) for at in range(draw(st.integers(1, 18)))]
    ends = st.tuples(st.sampled_from(keys), st.sampled_from(keys))
    return [box(key) for key in keys], [Edge(*pair, id=f"e{at}") for at, pair in enumerate(draw(st.lists(ends)))]


def overlap(one: Place, other: Place) -> bool:
    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not apart and one.y + one.height > other.y + 0.001 and other.y + other.height > one.y + 0.001


def places(picture: Picture) -> dict[str, Place]:
    return {node.key: place for node, place in picture.nodes}


@given(graphs())
def test_every_box_is_there_once_and_none_overlaps_another(graph: tuple[list[Node], list[Edge]]) -> None:
    found = laid_out(*graph).nodes

    assert sorted(node.key for node, _ in found) == sorted(node.key for node in graph[0])
    for at, (_, one) in enumerate(found):
        assert not any(overlap(one, other) for _, other in found[at + 1 :])


@given(graphs())
def test_every_arrow_goes_forward_save_those_marked_as_going_back(graph: tuple[list[Node], list[Edge]]) -> None:
    picture = laid_out(*graph)
    where = places(picture)

    assert len(picture.lines) == len(graph[1])
    for line in picture.lines:
        source, target = where[line.edge.source], where[line.edge.target]
        assert line.back is (target.layer <= source.layer)


@given(graphs())
def test_an_arrow_touches_the_boxes_that_it_connects(graph: tuple[list[Node], list[Edge]]) -> None:
    picture = laid_out(*graph)
    where = places(picture)

    for line in picture.lines:
        for (x, y), key in ((line.points[0], line.edge.source), (line.points[-1], line.edge.target)):
            place = where[key]
            assert place.x - 0.001 <= x <= place.x + place.width + 0.001
            assert place.y - 0.001 <= y <= place.y + place.height + 0.001


@given(graphs())
def test_everything_is_inside_of_the_picture(graph: tuple[list[Node], list[Edge]]) -> None:
    picture = laid_out(*graph)

    for _, place in picture.nodes:
        assert place.x >= 0
        assert place.y >= 0
        assert place.x + place.width <= picture.width
        assert place.y + place.height <= picture.height
    assert all(0 <= x <= picture.width and 0 <= y <= picture.height for line in picture.lines for x, y in line.points)


@given(graphs())
def test_the_same_graph_gives_the_same_picture(graph: tuple[list[Node], list[Edge]]) -> None:
    assert svg(laid_out(*graph), "a") == svg(laid_out(*graph), "a")


def test_crossings_that_can_be_avoided_are() -> None:
    rows = [["a", "b", "c"], ["x", "y", "z"]]
    after = {"a": ["z"], "b": ["y"], "c": ["x"]}
    before = {"z": ["a"], "y": ["b"], "x": ["c"]}

    assert crossings(rows, after) == 3
    assert crossings(ordered(rows, after, before), after) == 0


@given(st.lists(st.tuples(st.floats(-1000, 1000), st.floats(1, 50)), min_size=1, max_size=20))
def test_places_keep_their_order_and_their_distance(wanted: list[tuple[float, float]]) -> None:
    sizes = [size for _, size in wanted]

    found = spread([place for place, _ in wanted], sizes, 10)

    for at in range(1, len(found)):
        assert found[at] - found[at - 1] >= sizes[at] / 2 + sizes[at - 1] / 2 + 10 - 0.001


def test_a_box_that_nobody_is_near_is_where_it_is_wanted() -> None:
    assert spread([5.0, 500.0], [10.0, 10.0], 10) == [5.0, 500.0]


def test_five_hundred_boxes_are_placed_soon() -> None:
    nodes = [box(str(at)) for at in range(500)]
    edges = [Edge(str(at % 40), str(40 + at * 7 % 460), id=f"e{at}") for at in range(700)]
    least = 10.0
    for _ in range(3):
        began = time.process_time()
        laid_out(nodes, edges)
        least = min(least, time.process_time() - began)

    assert least < 0.1


def test_what_is_shown_is_text() -> None:
    hostile = '"><script>alert(1)</script>'
    node = Node(hostile, hostile, "queue", "S", '/x"onclick="', hostile, hostile, hostile)

    drawn = str(svg(laid_out([node], [Edge(hostile, hostile, "k", "i", hostile, hostile, hostile)]), hostile))

    assert "<script" not in drawn
    assert '"onclick' not in drawn
    assert "style=" not in drawn


def test_long_names_are_cut_and_wide_ones_sooner() -> None:
    assert elided("short", 8) == "short"
    assert elided("a name of many letters", 8) == "a name …"
    assert len(elided("漢字" * 10, 8)) == 4
    assert "\x07" not in elided("bell\x07", 8)


def test_a_path_is_curved_between_layers_and_straight_where_it_passes_one() -> None:
    nodes = [box("a"), box("b"), box("c")]
    picture = laid_out(nodes, [Edge("a", "b"), Edge("b", "c"), Edge("a", "c")])

    long = next(path_of(line) for line in picture.lines if (line.edge.source, line.edge.target) == ("a", "c"))

    assert long.count("C") == 2
    assert long.count("L") == 1
