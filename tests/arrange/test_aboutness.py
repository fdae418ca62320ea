"""How near two reports are: by words that tell something, by time, by outlet; in any script."""

import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.aboutness import RELATED, SAME_EVENT, Measure, Remembered, outlet, outlets
from broadsheet.model import Provider

TEXTS = st.text(max_size=40) | st.lists(
    st.sampled_from("ferry strike Opera roof 12 2.5 北海道の台風 ไทย हिन्दी it's U.S. &amp; <b> x".split()), max_size=8
).map(" ".join)

SAME_WORDS = [
    ("Ferries sail", "ferry SAILS"),
    ("The mayor’s plan", "Mayor plans"),
    ("The mayor's plan", "MAYOR PLAN"),
    ("Straße gesperrt", "STRASSE GESPERRT"),
    ("Ferry &amp; train", "Train, ferry"),
    ("Fer\u00adry strike", "Ferry strike"),
    ("Cafe\u0301 opens", "Caf\u00e9 opens"),
]


def about(make, one, other, **fields):
    """Say how much two titles are about the same where nobody else reports anything."""
    a, b = make("a", title=one), make("b", title=other, **fields)
    return Measure([a, b]).aboutness(a, b)


@pytest.mark.parametrize(("one", "other"), SAME_WORDS)
def test_how_a_word_is_written_counts_for_nothing(make, one, other):
    assert about(make, one, other) == pytest.approx(about(make, one, one), rel=0.2)


@pytest.mark.parametrize(
    ("one", "other", "else_"),
    [
        ("台風が北海道に接近", "北海道に台風", "東京の桜が咲く"),
        ("เรือเฟอร์รี่หยุดเดินทาง", "เฟอร์รี่หยุด", "หลังคาโรงละคร"),
        ("दिल्ली में बारिश", "बारिश से दिल्ली बंद", "मुंबई का बाज़ार"),
        ("забастовка паромов началась", "паромов забастовка", "крыша оперы"),
        ("إضراب العبارات يبدأ", "إضراب العبارات", "سقف الأوبرا"),
        ("페리 파업 시작", "페리 파업", "오페라 지붕"),
    ],
)
def test_no_language_has_to_be_known(make, one, other, else_):
    records = [make(name, title=title) for name, title in (("a", one), ("b", other), ("c", else_))]
    measure = Measure(records)
    assert measure.aboutness(records[0], records[1]) > 0.4
    assert measure.aboutness(records[0], records[2]) == 0


@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=5))
def test_any_two_texts_are_as_near_one_way_as_the_other_and_at_most_the_same(make, texts):
    records = [make(f"r{at}", title=title, excerpt=excerpt, hours=at) for at, (title, excerpt) in enumerate(texts)]
    measure = Measure(records[:-1])
    for one in records:
        for other in records:
            for how in (measure.score, measure.aboutness, measure.kinship):
                assert 0 <= how(one, other) <= 1
                assert how(one, other) == how(other, one)
            assert measure.is_copy(one, other) is measure.is_copy(other, one)
            assert all(phrase.strip() for phrase in measure.shared(one, other))
        assert measure.is_copy(one, one)


@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=5), data=st.data())
def test_what_is_learnt_does_not_hang_on_the_order(make, texts, data):
    records = [make(f"r{at}", title=title, excerpt=excerpt) for at, (title, excerpt) in enumerate(texts)]
    first, second = Measure(records), Measure(data.draw(st.permutations(records)))
    assert first.score(records[0], records[1]) == second.score(records[0], records[1])
    assert first.shared(records[0], records[1]) == second.shared(records[0], records[1])


def test_texts_without_a_shared_word_have_nothing_in_common(make):
    assert about(make, "Ferry strike", "Opera roof") == 0
    assert about(make, "", "Ferry") == 0
    assert about(make, "!!!", "!!!") == 0
    assert about(make, "<b>Ferry</b>", "<b>Opera</b>") == 0


def test_what_every_text_says_tells_little_in_a_small_site_already(make):
    assert about(make, "What you should know about trams", "What you should know about bread") < 0.15
    assert about(make, "Tram drivers know", "Tram drivers strike") > 0.5


def test_a_word_tells_the_less_the_more_reports_have_it(make):
    few = [make(f"r{at}", title=f"Ferry {'north' if at < 2 else f'n{at}x'}") for at in range(40)]
    measure = Measure(few)
    assert measure.aboutness(few[0], few[1]) > 2 * measure.aboutness(few[0], few[5]) > 0
    weights = [measure.weights[term] for term in ("north", "ferry")]
    assert weights[0] > weights[1] > 0


def test_nothing_is_related_by_a_word_that_a_tenth_of_very_many_reports_have(make):
    many = [make(f"r{at}", title=f"{'Ferry strike' if at < 60 else 'Tram'} n{at}x") for at in range(500)]
    measure = Measure(many)
    assert measure.kinship(many[0], many[1]) < RELATED
    assert measure.shared(many[0], many[1]) == ()
    # What is told so often may be one great event all the same.
    assert measure.score(many[0], many[1]) > 0


def test_one_more_record_changes_the_weight_of_hardly_a_word(make):
    records = [make(f"r{at}", title=f"word{at % 37} word{at % 11} word{at % 5}") for at in range(300)]
    terms = {f"word{number}" for number in range(37)}
    before, after = Measure(records), Measure([*records, make("new", title="word1 word2 word3 word4")])
    assert sum(before.weights[term] != after.weights[term] for term in terms) <= 1


def test_names_and_numbers_tell_more_than_other_words(make):
    told = [make(f"r{at}", title="x", excerpt=f"Today the ferry Aurora met ferry {at}") for at in range(3)]
    measure = Measure(told)
    assert measure.weights["aurora"] > measure.weights["ferry"]
    assert measure.weights["42"] > measure.weights["unknown"] > measure.weights["abc"]


def test_two_parts_of_a_series_are_less_near_than_two_reports(make):
    parts = about(make, "How trams work, part 1", "How trams work, part 2")
    assert parts < 0.5 * about(make, "How trams work, part 1", "Part 1: how trams do work")


@pytest.mark.parametrize("hours", [30, 24 * 4, 24 * 40])
def test_what_is_further_apart_in_time_is_less_near(make, hours):
    title = "Harbour ferry strike begins"
    lead, now = make("a", title=title), make("d", title=title)
    soon, late = make("b", title=title, hours=hours / 2), make("c", title=title, hours=hours)
    measure = Measure([lead, soon, late])
    assert measure.score(lead, now) > measure.score(lead, soon) > measure.score(lead, late) > 0
    assert measure.kinship(lead, soon) >= measure.kinship(lead, late) >= 0
    assert measure.aboutness(lead, soon) == measure.aboutness(lead, late)


def test_one_outlet_that_reports_twice_is_less_near_than_two_outlets(make):
    lead = make("a")
    twice, other = make("b", web_url="https://www.a.example.org/2"), make("c")
    measure = Measure([lead, twice, other])
    assert measure.score(lead, twice) < 0.5 * measure.score(lead, other)
    assert measure.kinship(lead, twice) == measure.kinship(lead, other)


def test_two_outlets_without_a_name_are_not_the_same_one(make):
    lead, other = make("a", web_url=None), make("b", web_url=None)
    named = make("c")
    measure = Measure([lead, other, named])
    assert measure.score(lead, other) == measure.score(lead, named)


def test_reports_of_one_event_pass_and_others_do_not(make):
    lead = make("a", title="Harbour ferry strike begins", excerpt="Crews of all harbour ferries walked out on Monday.")
    same = make("b", title="Harbour ferry crews walk out", excerpt="The strike began on Monday.", hours=5)
    apart = make("c", title="Harbour gets a new ferry", excerpt="It is to sail from next summer.", hours=5)
    # What the site is about everybody says.
    others = [make(f"r{at}", title=f"Harbour n{at}x", excerpt=f"Seen from the ferry in m{at}x.") for at in range(300)]
    measure = Measure([lead, same, apart, *others])
    assert measure.score(lead, same) >= SAME_EVENT > measure.score(lead, apart)


COPIED = "The crews of all harbour ferries walked out on Monday over pay, and nobody knows when they return."


@pytest.mark.parametrize(
    ("one", "other", "is_copy"),
    [
        (("Ferry strike", COPIED), ("Ferry strike", COPIED), True),
        (("Ferry strike begins", COPIED), ("Harbour: ferry strike begins", COPIED), True),
        (("Harbour ferry strike begins today", COPIED), ("Harbour ferry strike begins today", "Cut short."), True),
        (("Ferry strike", COPIED), ("Walkout", COPIED.replace("Monday", "Tuesday")), True),
        (("Ferry strike", COPIED), ("Ferry strike", "Ferries stay in harbour as crews ask for more."), False),
        (("Ferry strike", ""), ("Ferry strike", ""), True),
        (("Ferry strike", ""), ("Ferry strike ends", ""), False),
        (("", ""), ("", ""), True),
    ],
)
def test_a_copy_has_the_text_of_another_or_nearly_so(make, one, other, is_copy):
    records = [make(name, title=title, excerpt=text) for name, (title, text) in (("a", one), ("b", other))]
    assert Measure(records).is_copy(*records) is is_copy


def test_what_both_are_about_is_told_in_words_that_readers_know(make):
    one = make("a", title="Hole found in Cosmos DB", excerpt="The vulnerability was told to all who use Cosmos DB.")
    other = make("b", title="Cosmos DB: a vulnerability", excerpt="What is known of it, and who has to act.")
    rest = [make(f"r{at}", title=f"Another vulnerability {at}") for at in range(4)]
    measure = Measure([one, other, *rest])
    assert measure.shared(one, other) == ("Cosmos DB", "vulnerability")
    assert measure.shared(one, other, most=1) == ("Cosmos DB",)
    assert measure.shared(one, make("z", title="Opera roof")) == ()


def test_what_both_are_about_is_no_common_word_and_no_bare_number(make):
    one, other = make("a", title="After the 12 days: what now?"), make("b", title="What now, after 12 days?")
    assert set(Measure([one, other]).shared(one, other)) <= {"12 days"}


def test_what_both_are_about_is_a_run_of_characters_where_words_have_no_blanks(make):
    one, other = make("a", title="台風が北海道に接近"), make("b", title="北海道の漁港")
    assert Measure([one, other]).shared(one, other) == ("北海道",)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("台風橙色預警發布", "氣象台發布 台風橙色預警", ("台風橙色預警",)),
        ("暴雨红色预警", "台风橙色预警", ()),
        ("人工智能：新规则", "欧盟的人工智能", ("人工智能",)),
        ("北京，今天", "今晚 北京", ("北京",)),
        ("今天北京市", "昨天北京人", ()),
        ("台風が北海道に接近", "雪が北海道に降る", ("北海道",)),
        ("เรือเฟอร์รี่หยุดเดินทาง", "เฟอร์รี่หยุด", ("เฟอร์รี่หยุด",)),
        ("ชายสองคนงงมาก", "หญิงสองคนงงไป", ()),
        ("ตลาดน้ำท่าที่เปิด", "ป่าที่ปิด", ()),
        ("สอง คน", "คน สอง", ()),
        ("新" * 13, "新" * 13, ()),
    ],
)
def test_what_both_are_about_is_no_fragment_where_words_have_no_blanks(make, one, other, shared):
    a, b = make("a", title=one), make("b", title=other)
    assert Measure([a, b]).shared(a, b) == shared


def test_a_part_of_a_text_without_blanks_never_begins_with_what_belongs_to_the_letter_before(make):
    for sign in "\u0e32\u0e31\u0eb2\u0eb1\u17b6\u102c\u3099":
        a, b = make("a", title=f"{sign}ทีมงาน {sign}"), make("b", title=f"{sign}ทีมงาน {sign}", hours=1)
        assert all(not phrase.startswith(sign) for phrase in Measure([a, b]).shared(a, b))


def test_an_item_that_nothing_was_learnt_from_can_be_measured(make, outside):
    record, item = make("a"), outside("Ferry strike: the view of a stranger")
    assert Measure([record]).score(record, item) > 0


def test_profiles_are_told_apart_though_one_takes_the_place_of_another_in_memory(make):
    lead = make("lead", title="Ferry strike")
    measure = Measure([lead])
    scores = [measure.score(lead, structs.replace(lead, title=title)) for title in ["Opera roof", "Ferry strike"] * 20]
    assert scores == [scores[0], scores[1]] * 20
    assert scores[0] == 0 < scores[1]


def test_a_text_under_another_headline_is_a_copy_at_another_outlet_and_at_its_own_another_part(make):
    titles = ["Ferry crews walk out", "Harbour at a standstill: what travellers can do now"]
    wire, other = (make(name, title=title, excerpt=COPIED) for name, title in zip("ab", titles, strict=True))
    own = structs.replace(other, web_url="https://a.example.org/monthly", title="Opera roof, tram and lighthouse")
    long = structs.replace(wire, title="Seven unlike words about bread, trains, summer, winter, owls and kings")
    measure = Measure([wire, other, own, long])
    assert measure.is_copy(wire, other)
    assert measure.is_copy(structs.replace(other, title=long.title), wire)
    assert not measure.is_copy(long, own)


def test_two_texts_of_one_form_are_no_copies(make):
    form = "Global {} Market forecast: size, share, growth, trends and leading companies until 2030"
    text = "The {} market is to grow by a tenth every year, say those who sell this report on its size and share."
    bread, glass = (make(name, title=form.format(name), excerpt=text.format(name)) for name in ("bread", "glass"))
    measure = Measure([bread, glass])
    assert not measure.is_copy(bread, glass)
    assert measure.is_copy(bread, structs.replace(bread, title=form.format("bread") + " today"))


def test_texts_of_signs_alone_are_copies_only_when_they_are_equal(make):
    one, same, other = make("a", title="🚢🚢"), make("b", title="🚢🚢"), make("c", title="🔥")
    measure = Measure([one, same, other])
    assert measure.is_copy(one, same)
    assert not measure.is_copy(one, other)
    assert not measure.is_copy(one, structs.replace(same, excerpt="!"))
    assert not measure.is_copy(one, structs.replace(same, title="Ferry"))


@pytest.mark.parametrize(
    ("sites", "number"),
    [
        ([("Post", "post.example.org"), ("Post", "post.example.net")], 1),
        ([("Post", "post.example.org"), (" POST ", "")], 1),
        ([("Post", "post.example.org"), ("The Post", "m.post.example.org"), ("", "amp.post.example.org")], 1),
        ([("", "www.post.example.org"), ("", "mobile.post.example.org"), ("", "www2.post.example.org")], 1),
        ([("", "post.example"), ("", "blog.post.example"), ("", "deep.blog.post.example")], 1),
        ([("", "news.post.example"), ("", "blog.post.example")], 2),
        ([("A", "a.co.uk"), ("B", "b.co.uk")], 2),
        ([("A", "a.example"), ("B", "ba.example")], 2),
        ([("A", "a.example"), ("B", "b.example"), ("A", "c.example"), ("B", "c.example")], 1),
        ([("", ""), ("", "")], 0),
    ],
)
def test_an_outlet_counts_once_by_its_name_and_by_its_domain(make, sites, number):
    items = [
        make(f"r{at}", web_url=f"https://{domain}/{at}" if domain else None, provider=Provider(name))
        for at, (name, domain) in enumerate(sites)
    ]
    assert outlets(items) == outlets(items[::-1]) == number


@pytest.mark.parametrize(
    ("domain", "name"),
    [("m.example.org", "example.org"), ("amp.dev", "amp.dev"), ("mother.example.org", "mother.example.org")],
)
def test_a_site_for_small_screens_is_the_outlet_itself(make, domain, name):
    assert outlet(make("a", web_url=f"https://{domain}/1")) == name


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("Harbour ferry strike begins", "Strike of harbour ferries begins", 4),
        ("After the ferry of the harbour", "After the ferry and the harbour", 2),
        ("Ferry", "Opera", 0),
        ("北海道大雪警報", "北海道大雪警報", 2),
        ("北海", "北海", 0),
    ],
)
def test_evidence_is_how_many_telling_words_two_share_and_a_third_of_pairs_of_characters(make, one, other, number):
    a, b = make("a", title=one), make("b", title=other)
    assert Measure([a, b]).evidence(a, b) == number


@pytest.mark.parametrize("words", ["harbour ferry and opera ", "北海道の大雪と警報、"])
def test_what_long_texts_share_is_looked_for_in_their_beginnings_alone(make, words):
    def calls(times):
        text = words * times
        one, other = (
            make("a", title="Harbour ferry 北海道", excerpt=text),
            make("b", title="Ferry 北海道", excerpt=text),
        )
        measure, called = Measure([one, other]), Counter()
        # What is asked for the first time is learnt.
        assert measure.shared(one, other)
        sys.setprofile(lambda frame, event, argument: called.update([event]))
        try:
            measure.shared(one, other)
        finally:
            sys.setprofile(None)
        return called["call"] + called["c_call"]

    once, eight_times = calls(1_000), calls(8_000)
    assert 0 < eight_times <= 1.2 * once


@given(rounds=st.lists(st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=5), min_size=2, max_size=4))
def test_what_is_remembered_changes_no_outcome(make, rounds):
    remembered, kept = Remembered(), {}
    for texts in rounds:
        records = []
        for at, (title, excerpt) in enumerate(texts):
            # What did not change is the same record, as in a folder that is read again.
            key = at, title, excerpt
            records.append(kept.setdefault(key, make(f"r{at}", title=title, excerpt=excerpt, hours=at)))
        anew, again = Measure(records), Measure(records, remembered)
        for one in records:
            assert again.profile(one) == anew.profile(one)
            for other in records:
                assert again.score(one, other) == anew.score(one, other)
                assert again.kinship(one, other) == anew.kinship(one, other)
                assert again.shared(one, other) == anew.shared(one, other)


def test_what_is_remembered_is_not_found_out_again(make, monkeypatch):
    records = [make(f"r{at}", title=f"Ferry n{at}x strike m{at // 2}y") for at in range(40)]
    remembered = Remembered()
    first = Measure(records, remembered)
    scores = [first.score(records[0], other) for other in records]

    def never(*_):
        raise AssertionError("found out again")

    monkeypatch.setattr(Measure, "_read", never)
    monkeypatch.setattr(Measure, "_profile", never)
    monkeypatch.setattr(Measure, "_score", never)
    again = Measure(records, remembered)
    assert [again.score(records[0], other) for other in records] == scores
