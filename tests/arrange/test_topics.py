"""The taxonomy: a tree from the topic files, or from what the records say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.arrange.topics import Taxonomy
from broadsheet.model import TopicFile
from broadsheet.problems import Severity


def files(*topics):
    """Topic files in the order of their names, from `(name, parent)` or a name and more fields."""
    made = []
    for number, topic in enumerate(topics, 1):
        name, parent, fields = (*topic, *("", {})[len(topic) - 1 :]) if isinstance(topic, tuple) else (topic, "", {})
        made.append(TopicFile(file=f"topics/{number:02}.yaml", name=name, parent=parent, **fields))
    return tuple(made)


def shown(arranged):
    return [topic.name for topic in arranged.site.topics.values()]


def topics_of(arranged, name):
    site = arranged.site
    return [site.topics[id].name for id in site.stories[site.story_of[f"{name}.md"]].topics]


TREE = files("All news", ("Arts", "All news"), ("Opera", "Arts"), ("Transport", "All news"), ("Ferries", "Transport"))


def test_topics_stand_in_the_order_of_their_files_parents_first(make, digest):
    late_child = files("A", "B", ("A1", "A"), ("B1", "B"), ("A2", "A"))
    arranged = digest(make("a", topics=("B1", "A2", "A1")), topics=late_child)
    assert shown(arranged) == ["A", "A1", "A2", "B", "B1"]
    assert [topic.depth for topic in arranged.site.topics.values()] == [0, 1, 1, 0, 1]


def test_a_topic_without_stories_is_not_shown(make, digest):
    assert shown(digest(make("a", topics=("Opera",)), topics=TREE)) == ["All news", "Arts", "Opera"]


def test_a_record_has_all_parents_of_its_topics(make, digest):
    assert topics_of(digest(make("a", topics=("Ferries",)), topics=TREE), "a") == ["All news", "Transport", "Ferries"]


def test_the_order_in_which_a_record_names_its_topics_means_nothing(make, digest):
    names = ("Ferries", "All news", "Opera", "Arts", "Transport")
    arranged = [digest(make("a", topics=order), topics=TREE) for order in (names, names[::-1])]
    assert topics_of(arranged[0], "a") == topics_of(arranged[1], "a")


def test_a_topic_counts_its_stories_and_not_its_records(make, link, digest):
    lead = make("lead", quality=9, topics=("Ferries",))
    member = make("member", quality=1, topics=("Ferries", "Opera"), related=(link(lead),))
    arranged = digest(lead, member, make("other", topics=("Transport",)), topics=TREE)
    counts = {topic.name: topic.count for topic in arranged.site.topics.values()}
    assert counts == {"All news": 2, "Transport": 2, "Ferries": 1}


def test_children_are_those_that_are_shown(make, digest):
    site = digest(make("a", topics=("Opera",)), make("b", topics=("Transport",)), topics=TREE).site
    children = {topic.name: [site.topics[child].name for child in topic.children] for topic in site.topics.values()}
    assert children == {"All news": ["Arts", "Transport"], "Arts": ["Opera"], "Opera": [], "Transport": []}


def test_an_unknown_topic_stands_at_the_top_behind_the_others_with_a_warning(make, digest):
    arranged = digest(make("a", topics=("Chess", "Arts")), topics=TREE)
    assert shown(arranged) == ["All news", "Arts", "Chess"]
    (problem,) = arranged.problems
    assert problem.severity is Severity.WARNING
    assert (problem.place.file, "Chess" in problem.message) == ("a.md", True)


def test_without_topic_files_the_taxonomy_is_what_the_records_say_without_a_warning(make, digest):
    arranged = digest(make("a", topics=("Opera",)), make("b", topics=("Arts", "Opera")))
    assert sorted(shown(arranged)) == ["Arts", "Opera"]
    assert arranged.problems == ()


def test_a_parent_that_is_no_topic_is_a_warning_and_the_topic_stands_at_the_top(make, digest):
    arranged = digest(make("a", topics=("Opera",)), topics=files(("Opera", "Nowhere")))
    assert [(topic.name, topic.parent, topic.depth) for topic in arranged.site.topics.values()] == [("Opera", "", 0)]
    (problem,) = arranged.problems
    assert (problem.place.file, problem.severity) == ("topics/01.yaml", Severity.WARNING)
    assert "Nowhere" in problem.message


@pytest.mark.parametrize(
    "ring",
    [
        [("A", "A")],
        [("A", "B"), ("B", "A")],
        [("A", "B"), ("B", "C"), ("C", "A")],
        [("X", "A"), ("A", "B"), ("B", "A")],
    ],
    ids=["itself", "two", "three", "one that hangs on a ring"],
)
def test_a_ring_of_parents_is_broken_with_one_warning(make, digest, ring):
    arranged = digest(make("a", topics=tuple(name for name, _ in ring)), topics=files(*ring))
    assert sorted(shown(arranged)) == sorted(name for name, _ in ring)
    assert len(arranged.problems) == 1
    assert any(topic.parent == "" for topic in arranged.site.topics.values())
    reached = []
    waiting = [id for id, topic in arranged.site.topics.items() if not topic.parent]
    while waiting:
        reached.append(waiting.pop())
        waiting += arranged.site.topics[reached[-1]].children
    assert sorted(reached) == sorted(arranged.site.topics)


@pytest.mark.parametrize("again", ["Arts", "ARTS", "  Arts ", "Ar\u00adts"])
def test_a_topic_that_is_described_twice_is_a_warning_and_the_first_counts(make, digest, again):
    arranged = digest(make("a", topics=("Arts",)), topics=files(("Arts", "", {"description": "One"}), again))
    assert [(topic.name, topic.description) for topic in arranged.site.topics.values()] == [("Arts", "One")]
    (problem,) = arranged.problems
    assert (problem.place.file, "topics/01.yaml" in problem.message) == ("topics/02.yaml", True)


@pytest.mark.parametrize(
    "spelling", ["transport", "TRANSPORT", " Transport\u00a0", "Trans\u200bport", "<b>Transport</b>"]
)
def test_one_topic_may_be_spelled_in_several_ways(make, digest, spelling):
    arranged = digest(make("a", topics=(spelling,)), topics=TREE)
    assert topics_of(arranged, "a") == ["All news", "Transport"]
    assert arranged.problems == ()


def test_one_topic_may_be_spelled_in_two_unicode_forms(make, digest):
    arranged = digest(make("a", topics=("Caf\u00e9",)), make("b", topics=("Cafe\u0301",)))
    assert len(arranged.site.topics) == 1


def test_a_record_that_names_one_topic_twice_has_it_once(make, digest):
    assert topics_of(digest(make("a", topics=("Arts", "ARTS"))), "a") == ["Arts"]


def test_a_chain_of_thousands_of_topics_is_cut_without_going_along_it_for_each(make, digest, monkeypatch):
    steps = []
    follow = Taxonomy._ancestors
    monkeypatch.setattr(
        Taxonomy, "_ancestors", lambda self, id: steps.append(len(follow(self, id))) or follow(self, id)
    )
    chain = files(*((f"C{number}", f"C{number + 1}") for number in range(3000)), "C3000")
    arranged = digest(make("a", topics=("C0",)), topics=chain)
    assert max(steps) <= 21
    assert "has more than 20 topics above it" in arranged.problems[0].message


def test_names_that_would_share_a_folder_get_folders_of_their_own(make, digest):
    names = (
        "C",
        "C++",
        "C#",
        "c!",
        "C?",
        "Arts & Crafts",
        "Arts and Crafts",
        "../../x",
        "x",
        "<script>",
        "con",
        "日本",
    )
    arranged = digest(make("a", topics=names))
    ids = [topic.id for topic in arranged.site.topics.values()]
    assert len(ids) == len(names)
    assert len({id.casefold() for id in ids}) == len(names)
    for id in ids:
        assert id.strip(".")
        assert not set(id) & set('/\\<>:"|?*%#')
    assert "con" not in ids


def test_topic_files_that_wish_for_one_id_get_ids_of_their_own(make, digest):
    topics = files(("Arts", "", {"id": "same"}), ("Chess", "", {"id": "SAME"}), ("Opera", "", {"id": "../up"}))
    ids = list(digest(make("a", topics=("Arts", "Chess", "Opera")), topics=topics).site.topics)
    assert ids[0] == "same"
    assert len({id.casefold() for id in ids}) == 3
    assert not any("/" in id for id in ids)


def test_a_topic_with_the_folder_of_its_own_file_keeps_it_before_those_that_records_name(make, digest):
    site = digest(make("a", topics=("C", "c.")), topics=files(("C", "", {"id": "c"}))).site
    assert site.topics["c"].name == "C"
    assert len(site.topics) == 2


def test_nulls_among_the_topics_are_dropped(make, digest):
    assert topics_of(digest(make("a", topics=(None, "Arts", None)), topics=TREE), "a") == ["All news", "Arts"]


@pytest.mark.parametrize("topics", [(), (None,), ("",), (" \u00a0",), ("\u200b",)])
def test_a_record_without_topics_is_of_the_root_topic(make, digest, topics):
    assert topics_of(digest(make("a", topics=topics), topics=TREE), "a") == ["All news"]


@pytest.mark.parametrize("name", ["<script>", "<b>", "C<T>", "{{ 7 }}"])
def test_a_topic_that_looks_like_a_tag_is_a_topic_of_that_name(make, digest, name):
    assert topics_of(digest(make("a", topics=(name,))), "a") == [name]


def test_the_root_topic_is_the_first_without_a_parent_or_what_the_settings_say(make, digest):
    topics = files(("Opera", "Arts"), "Chess", "Arts")
    assert topics_of(digest(make("a", topics=()), topics=topics), "a") == ["Chess"]
    assert topics_of(digest(make("a", topics=()), topics=topics, topic="Arts"), "a") == ["Arts"]
    assert topics_of(digest(make("a", topics=()), topics=topics, topic="Opera"), "a") == ["Arts", "Opera"]
    assert topics_of(digest(make("a", topics=()), topics=topics, topic="Brand new"), "a") == ["Brand new"]


def test_without_any_taxonomy_a_record_without_topics_still_has_one(make, digest):
    assert len(topics_of(digest(make("a", topics=())), "a")) == 1


KEYWORDS = files("All news", ("Languages", "All news", {"keywords": ("C++", "Go", "ferry boat", " ", "日本")}))


@pytest.mark.parametrize(
    ("title", "matches"),
    [
        ("Why go is slow", True),
        ("GO!", True),
        ("Going nowhere", False),
        ("Van Gogh", False),
        ("cargo", False),
        ("All about C++", True),
        ("C++20 is here", False),
        ("The ferry boat sinks", True),
        ("The ferry boats sink", False),
        ("Nothing of it", False),
        ("Go&amp;see", True),
        ("日本 旅行", True),
    ],
)
def test_keywords_are_whole_words_of_the_title(make, digest, title, matches):
    found = topics_of(digest(make("a", title=title, topics=()), topics=KEYWORDS), "a")
    assert found == (["All news", "Languages"] if matches else ["All news"])


def test_keywords_mean_nothing_to_a_record_that_has_topics(make, digest):
    assert topics_of(digest(make("a", title="Why go", topics=("All news",)), topics=KEYWORDS), "a") == ["All news"]


def test_a_keyword_is_no_pattern(make, digest):
    topics = files("All news", ("Odd", "", {"keywords": ("a.c", "(", "[x", "$", "\\")}))
    assert topics_of(digest(make("a", title="abc", topics=()), topics=topics), "a") == ["All news"]
    assert topics_of(digest(make("a", title="see a.c there", topics=()), topics=topics), "a") == ["Odd"]


@given(
    tree=st.lists(st.tuples(st.sampled_from("abcdefg"), st.sampled_from(["", *"abcdefgh"])), max_size=9),
    chosen=st.lists(st.sampled_from([*"abcdefgh", None]), max_size=4),
)
def test_any_tree_of_topic_files_gives_a_tree_that_holds_every_topic_of_every_story(make, digest, tree, chosen):
    arranged = digest(make("a", topics=tuple(chosen)), topics=files(*tree))
    topics = arranged.site.topics
    for story in arranged.site.stories:
        assert story.topics
        assert set(story.topics) <= set(topics)
    for id, topic in topics.items():
        assert topic.parent == "" or id in topics[topic.parent].children
        assert topic.depth == (topics[topic.parent].depth + 1 if topic.parent else 0)
    order = list(topics)
    assert all(order.index(topic.parent) < order.index(id) for id, topic in topics.items() if topic.parent)
    assert set(arranged.site.by_topic) == set(topics)
