"""What a site says in its language: words, dates, numbers, and the catalogues that they come from."""

import pickle
import re
import runpy
from datetime import UTC, date, datetime, timedelta
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.render.theme import Theme
from broadsheet.words import Words, words_of

MOMENT = datetime(2020, 3, 31, 14, 5, tzinfo=UTC)
MAKER = runpy.run_path(str(Path(__file__).parents[1] / "docs/messages.py"))
LANGUAGES = MAKER["languages"]()
SAID = MAKER["messages"]()
# As `settings.language` may be written.
TAGS = st.from_regex(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}", fullmatch=True)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "31 March 2020"),
        ("en-US", "31 March 2020"),
        ("EN", "31 March 2020"),
        ("de", "31. März 2020"),
        ("de-AT", "31. März 2020"),
        ("fr", "31 mars 2020"),
        ("es", "31 de marzo de 2020"),
        ("ar", "31 مارس 2020"),
        ("zh", "2020年3月31日"),
        ("pt-BR", "31 de março de 2020"),
        ("enm", "2020-03-31"),
        ("tlh-Latn", "2020-03-31"),
        ("und", "2020-03-31"),
        ("root", "2020-03-31"),
    ],
)
def test_a_day_is_spelled_out_where_the_language_is_known_and_iso_elsewhere(language, shown):
    assert words_of(language).day(MOMENT, UTC) == shown


@pytest.mark.parametrize(("zone", "shown"), [("UTC", "31 May 2024"), ("Europe/Berlin", "1 June 2024")])
def test_a_day_is_the_one_that_it_is_in_the_zone(zone, shown):
    moment = datetime(2024, 5, 31, 23, 30, tzinfo=UTC)
    assert words_of("en").day(moment, ZoneInfo(zone)) == shown


@pytest.mark.parametrize(
    ("key", "language", "shown"),
    [
        ("2024-05", "en", "May 2024"),
        ("2024-05-03", "en-US", "3 May 2024"),
        ("2024-05-03-2", "en", "3 May 2024, part 2"),
        ("2024-05", "de", "Mai 2024"),
        ("2024-05-03-2", "de", "3. Mai 2024, Teil 2"),
        ("2024-05", "fr", "mai 2024"),
        ("2024-05", "es", "mayo de 2024"),
        ("2024-05", "ar", "مايو 2024"),
        ("2024-05-03-2", "ar", "3 مايو 2024، الجزء 2"),
        ("2024-05", "zh", "2024年5月"),
        ("2024-05-03-2", "zh-CN", "2024年5月3日，第 2 部分"),
        ("2024-05", "he", "מאי 2024"),
        ("2024-05", "tlh", "2024-05"),
        ("2024-05-03-2", "tlh", "2024-05-03, part 2"),
    ],
)
def test_a_calendar_page_has_a_name_for_readers(key, language, shown):
    assert words_of(language).bucket(key) == shown


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "14:05"), ("de", "14:05"), ("ar", "2:05 م"), ("zh", "14:05"), ("tlh", "14:05")]
)
def test_a_time_of_day_is_written_as_the_language_does(language, shown):
    assert words_of(language).clock(MOMENT + timedelta(seconds=42), UTC) == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "1,234,567"),
        ("de", "1.234.567"),
        ("fr", "1\u202f234\u202f567"),
        ("ar", "1,234,567"),
        ("tlh", "1,234,567"),
    ],
)
def test_digits_stand_in_groups(language, shown):
    assert words_of(language).number(1_234_567) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "1 minute"),
        (89, "1 minute"),
        (5 * 60, "5 minutes"),
        (59 * 60 + 29, "59 minutes"),
        (59 * 60 + 31, "1 hour"),
        (3 * 3600, "3 hours"),
        (23 * 3600 + 1700, "23 hours"),
        (23 * 3600 + 1900, "1 day"),
        (48 * 3600, "2 days"),
        (2000 * 86400, "2,000 days"),
    ],
)
def test_a_length_of_time_is_said_by_its_largest_unit(seconds, shown):
    assert words_of("en").span(seconds) == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("de", {1: "1 Tag", 2: "2 Tage", 11: "11 Tage"}),
        ("fr", {1: "1 jour", 2: "2 jours"}),
        ("es", {1: "1 día", 2: "2 días"}),
        ("zh", {1: "1 天", 2: "2 天"}),
        ("ar", {1: "يوم واحد", 2: "يومان", 3: "3 أيام", 10: "10 أيام", 11: "11 يومًا", 99: "99 يومًا", 100: "100 يوم"}),
    ],
)
def test_every_number_has_the_plural_form_of_its_language(language, shown):
    assert {number: words_of(language).span(number * 86400) for number in shown} == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", {60: "1 minute later", 7200: "2 hours later", 86400: "1 day later"}),
        ("de", {60: "1 Minute später", 7200: "2 Stunden später", 86400: "1 Tag später"}),
        ("ar", {60: "بعد دقيقة واحدة", 7200: "بعد ساعتين", 2 * 86400: "بعد يومين", 5 * 86400: "بعد 5 أيام"}),
    ],
)
def test_how_much_later_something_was_is_bent_as_the_language_does(language, shown):
    assert {seconds: words_of(language).later(seconds) for seconds in shown} == shown


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("de", "Themen"),
        ("de-AT", "Themen"),
        ("DE-at", "Themen"),
        ("de-Latn-AT-1996", "Themen"),
        ("fr-CA", "Thèmes"),
        ("es-419", "Temas"),
        ("ar-EG", "الموضوعات"),
        ("ar-Latn", "Topics"),
        ("zh", "主题"),
        ("zh-CN", "主题"),
        ("zh-SG", "主题"),
        ("zh-cmn-Hans", "主题"),
        ("zh-Hans-TW", "主题"),
        ("zh-Hant", "Topics"),
        ("zh-TW", "Topics"),
        ("zh-HK", "Topics"),
        ("zh-yue", "Topics"),
        ("pt-BR", "Topics"),
        ("den", "Topics"),
        ("tlh", "Topics"),
        ("en", "Topics"),
    ],
)
def test_a_language_has_the_words_of_the_nearest_catalogue_in_its_script_or_english_ones(language, word):
    assert words_of(language).gettext("Topics") == word


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        *(("en", "ltr"), ("de", "ltr"), ("zh-Hant", "ltr"), ("art", "ltr"), ("tlh", "ltr"), ("az", "ltr")),
        *(("ar", "rtl"), ("ar-EG", "rtl"), ("FA", "rtl"), ("he", "rtl"), ("iw", "rtl"), ("yi", "rtl"), ("ckb", "rtl")),
        *(("dv", "rtl"), ("arc", "rtl"), ("ur-PK", "rtl"), ("prs", "rtl"), ("az-Arab", "rtl"), ("pa-PK", "rtl")),
        *(("ar-Latn", "ltr"), ("art-Arab", "rtl")),
    ],
)
def test_a_language_runs_in_the_direction_of_its_script(language, direction):
    assert words_of(language).direction == direction


@given(TAGS, st.datetimes(timezones=st.just(UTC)), st.integers(0, 10**9))
def test_any_language_that_the_settings_take_has_words_dates_and_numbers(language, moment, number):
    words = Words(language)
    assert words.gettext("Topics")
    assert words.day(moment, UTC)
    assert words.clock(moment, UTC)
    assert words.bucket(moment.date().isoformat()[:7])
    assert words.span(number)
    assert words.number(number)
    assert words.direction in {"ltr", "rtl"}


def test_a_locale_of_every_language_that_is_known_writes_every_month():
    from babel.localedata import locale_identifiers

    names = [name for name in locale_identifiers() if name != "root" and not name.startswith("en")]
    assert len(names) > 500
    for name in names:
        words = Words(name.replace("_", "-"))
        months = {words.bucket(f"2024-{month:02}") for month in range(1, 13)}
        assert len(months) == 12, name


def test_words_pass_between_processes_by_the_name_of_their_language():
    assert pickle.loads(pickle.dumps(words_of("de-AT"))) is words_of("de-AT")


def test_the_same_day_is_written_once():
    words = Words("fr")
    assert words.day(MOMENT, UTC) is words.day(MOMENT + timedelta(hours=1), UTC)


def test_a_template_says_messages_numbers_and_lengths_of_time_in_the_language(tmp_path):
    (tmp_path / "mine.html").write_text(
        "{{ _('Topics') }}, {{ n|number }}, {{ 7200|span }}, "
        "{% trans n=n, count=n|number %}{{ count }} item withdrawn{% pluralize n %}{{ count }} items withdrawn"
        "{% endtrans %}, {% trans who=who %}by {{ who }}{% endtrans %}",
        encoding="utf-8",
    )
    spoken = {
        language: Theme(tmp_path, words=words_of(language)).fill("mine.html", {"n": 1200, "who": "<b>"})
        for language in ("en", "de")
    }
    assert spoken == {
        "en": "Topics, 1,200, 2 hours, 1,200 items withdrawn, by &lt;b&gt;",
        "de": "Themen, 1.200, 2 Stunden, 1.200 Meldungen zurückgezogen, by &lt;b&gt;",
    }


# Catalogues.


def placeholders(text):
    return sorted(re.findall(r"%\((\w+)\)s", text))


def forms(message):
    return message.string if message.pluralizable else (message.string,)


def numbers_of(catalogue):
    """For every plural form the first numbers that take it."""
    taking = {}
    for number in range(1, 1200):
        taking.setdefault(catalogue.plural(number), []).append(number)
    return taking


def compiled(language):
    with MAKER["po_file"](language).with_suffix(".mo").open("rb") as file:
        return GNUTranslations(file)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_message_that_is_said_and_no_other(language):
    kept = {message.id for message in MAKER["translated"](language) if message.id}
    assert kept == {message.id for message in SAID if message.id}, "run make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_in_all_its_forms_and_none_is_a_guess(language):
    catalogue = MAKER["translated"](language)
    messages = [message for message in catalogue if message.id]
    assert [message.id for message in messages if not all(forms(message)) or message.fuzzy] == []
    assert {len(message.string) for message in messages if message.pluralizable} == {catalogue.num_plurals}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_of_its_message(language):
    """But a form that only one number takes may say that number in a word."""
    numbers = numbers_of(compiled(language))
    for message in MAKER["translated"](language):
        if message.id:
            singular, plural = message.id if message.pluralizable else (message.id, message.id)
            assert placeholders(singular) == placeholders(plural)
            for at, form in enumerate(forms(message)):
                unsaid = {"count", "num"} if message.pluralizable and len(numbers.get(at, ())) < 2 else set()
                missing = set(placeholders(plural)) - set(placeholders(form))
                assert missing <= unsaid, (message.id, form)
                assert set(placeholders(form)) <= set(placeholders(plural)), (message.id, form)
                assert len(re.findall("%", form)) == len(placeholders(form)) + 2 * form.count("%%"), (message.id, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_brings_no_markup_that_its_message_has_not(language):
    """Templates print messages as HTML, also within attributes."""
    for message in MAKER["translated"](language):
        if message.id:
            said = "".join(message.id if message.pluralizable else [message.id])
            new = {character for form in forms(message) for character in form if character in '<>&"'} - set(said)
            assert not new, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_translated(language):
    catalogue = compiled(language)
    taking = numbers_of(catalogue)
    for message in MAKER["translated"](language):
        if message.pluralizable:
            said = {catalogue.ngettext(*message.id, numbers[0]) for numbers in taking.values()}
            assert said <= set(message.string)
            assert [catalogue.ngettext(*message.id, taking[form][0]) for form in taking] == [
                message.string[form] for form in taking
            ]
        elif message.id:
            assert catalogue.gettext(message.id) == message.string
    assert len(catalogue._catalog) == 1 + sum(
        len(forms(message)) for message in MAKER["translated"](language) if message.id
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_to_update_a_catalogue_that_is_up_to_date_changes_nothing(language):
    file = MAKER["po_file"](language)
    updated = MAKER["updated"](language, SAID)
    assert MAKER["po_text"](updated).decode() == file.read_text(encoding="utf-8"), "run make messages"


def test_no_catalogue_names_a_line_or_a_time():
    texts = [MAKER["po_file"](language).read_text(encoding="utf-8") for language in LANGUAGES]
    assert len(texts) >= 5
    for text in texts:
        assert not re.search(r"^#: .*:\d", text, re.MULTILINE)
        assert "Date" not in text.partition("\n\n")[0]


def test_a_message_that_is_translated_in_part_only_is_said_in_english():
    catalog = MAKER["_Catalog"]("de", "nplurals=2; plural=(n != 1);")
    catalog.add(("%(count)s cat", "%(count)s cats"), ("%(count)s Katze", ""))
    catalog.add("Dog", "Hund")
    spoken = GNUTranslations(BytesIO(MAKER["mo_bytes"](catalog)))
    assert spoken.gettext("Dog") == "Hund"
    assert spoken.ngettext("%(count)s cat", "%(count)s cats", 1) == "%(count)s cat"


def test_months_of_english_are_those_of_the_calendar():
    for month in range(1, 13):
        assert words_of("en").bucket(f"2024-{month:02}") == f"{date(2024, month, 1):%B %Y}"
