"""Languages are told by script and function words."""

import pytest

from indexes.lexical.languages import SAMPLE_CHARS, detect, language_for_script, letter_script, query_languages, script_of
from indexes.lexical.stopwords import LANGUAGES, stop_words

SENTENCES = {
    "en": "The warranty of the device is valid for two years from the day on which it was bought.",
    "de": "Die Garantie für das Gerät gilt zwei Jahre ab dem Tag, an dem es gekauft wurde.",
    "fr": "La garantie de l'appareil est valable deux ans à partir du jour où il a été acheté.",
    "es": "La garantía del aparato es válida durante dos años desde el día en que se compró.",
    "it": "La garanzia del dispositivo è valida per due anni dal giorno in cui è stato acquistato.",
    "pt": "A garantia do aparelho é válida por dois anos a partir do dia em que foi comprado.",
    "nl": "De garantie van het apparaat is twee jaar geldig vanaf de dag waarop het werd gekocht.",
    "sv": "Garantin för apparaten gäller i två år från den dag då den köptes och inte längre än så.",
    "fi": "Laitteen takuu on voimassa kaksi vuotta siitä päivästä, jolloin se on ostettu, mutta ei sen jälkeen.",
    "pl": "Gwarancja na urządzenie jest ważna przez dwa lata od dnia, w którym zostało ono kupione, ale nie dłużej.",
    "tr": "Cihazın garantisi satın alındığı günden itibaren iki yıl için geçerlidir ve bu süre çok uzun değil.",
    "ru": "Гарантия на устройство действует два года со дня, когда оно было куплено, и не более того.",
    "uk": "Гарантія на пристрій діє два роки від дня, коли його було куплено, але не більше, що є звичним.",
    "ar": "الضمان على هذا الجهاز صالح لمدة عامين من اليوم الذي تم شراؤه فيه.",
    "fa": "ضمانت این دستگاه از روزی که خریداری شده است تا دو سال اعتبار دارد و باید آن را نگه دارید.",
    "el": "Η εγγύηση της συσκευής ισχύει για δύο χρόνια από την ημέρα που αγοράστηκε.",
    "hi": "उपकरण की वारंटी उस दिन से दो साल के लिए है जब इसे खरीदा गया था।",
    "zh": "设备的保修期为自购买之日起两年。",
    "ja": "この装置の保証期間は購入日から二年間です。",
    "ko": "이 장치의 보증 기간은 구입일로부터 이 년입니다.",
    "th": "การรับประกันอุปกรณ์มีอายุสองปีนับจากวันที่ซื้อ",
    "he": "האחריות על המכשיר תקפה לשנתיים מיום הרכישה.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_tells_its_language(language: str) -> None:
    assert detect(SENTENCES[language]) == language


@pytest.mark.parametrize("text", ["", "42", "Die Hard", "num num num num", "x = foo(bar)", "E-4012 HX-200B", "🎉", "\ud800"])
def test_without_evidence_it_is_english(text: str) -> None:
    assert detect(text) == "en"


def test_only_the_beginning_is_looked_at() -> None:
    assert detect("x" * SAMPLE_CHARS + SENTENCES["de"] * 50) == "en"
    assert detect(SENTENCES["fr"] * 100 + SENTENCES["de"] * 300) == "fr"


@pytest.mark.parametrize("language", SENTENCES)
def test_a_long_text_is_what_its_first_lines_are(language: str) -> None:
    assert detect((SENTENCES[language] + "\n") * 40) == language


def test_an_unclear_beginning_is_settled_by_the_rest() -> None:
    assert detect("HX-200B / E-4012 / " * 20 + SENTENCES["de"] * 12) == "de"


def test_a_few_foreign_letters_do_not_change_the_language() -> None:
    assert detect("The angle α between the axes is measured in units of π and it is of no use to us here.") == "en"
    assert detect("该API的endpoint返回JSON格式的数据，请参考文档中的说明") == "zh"


def test_a_script_without_rules_is_unknown() -> None:
    assert detect("ქართული ენა") == "und"


@pytest.mark.parametrize(
    ("query", "held", "languages"),
    [
        ("warranty", {"en": 3}, ("en",)),
        ("Garantie", {"de": 3}, ("de",)),
        ("Garantie", {}, ("en",)),
        ("garantie", {"de": 0, "fr": 2}, ("fr",)),
        ("what is the warranty", {"en": 50, "de": 50}, ("en",)),
        ("Was ist die Garantie", {"en": 99, "de": 1}, ("de",)),
        ("Garantie", {"de": 30, "fr": 60, "en": 10}, ("fr", "de", "en")),
        ("Garantie", {"de": 60, "fr": 39, "en": 1}, ("de", "fr")),
        ("гарантия", {"en": 60}, ("ru",)),
        ("гарантия", {"uk": 2, "en": 60}, ("uk",)),
        ("保修期", {"en": 60, "zh": 1}, ("zh",)),
    ],
)
def test_a_query_is_read_in_the_languages_held(query: str, held: dict[str, int], languages: tuple[str, ...]) -> None:
    assert query_languages(query, held) == languages


def test_at_most_three_languages_are_tried() -> None:
    assert query_languages("taxi", {"de": 9, "fr": 9, "en": 9, "it": 9, "es": 9}) == ("de", "en", "es")


def test_scripts_and_languages_fit_together() -> None:
    assert letter_script("я") == script_of("ru") == "CYRILLIC"
    assert letter_script("ｱ") == "KATAKANA"
    assert letter_script("\x00") == ""
    assert language_for_script("LATIN", "ru") == "en"
    assert language_for_script("LATIN", "de") == "de"
    assert language_for_script("CYRILLIC", "de") == "ru"


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_lists_are_function_words_in_one_script(language: str) -> None:
    words = stop_words(language)
    assert 50 <= len(words) < 256  # one byte counts them
    assert not any("-" in word for word in words)  # hyphenated words are looked up by their parts only
    assert {letter_script(word[0]) for word in words} == {script_of(language)}
    assert not words & {"error", "price", "haus", "without", "server", "garantie", "query"}


def test_a_language_without_a_list_has_no_function_words() -> None:
    assert stop_words("xx") == frozenset()
