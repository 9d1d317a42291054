"""Bytes become text, or a document error with a stable code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text.decode import decode
from transforms.text.document import DocumentError

KAZAKH = (
    "Қала әкімдігі көктемгі су тасқынына дайындық шараларын бастады. Құтқарушылар мен "
    "еріктілер өзен жағалауын тазартып, бөгеттерді бекітті. Тұрғындарға ұялы байланыс арқылы "
    "ескерту жіберіледі, ал ауылдарда кезекшілік тәулік бойы ұйымдастырылады. "
)
RUSSIAN = (
    "В городе начали подготовку к весеннему паводку. Спасатели и добровольцы очистили берега "
    "реки и укрепили дамбы. Жителей предупредят по сотовой связи, а в сёлах дежурить будут "
    "круглосуточно. Запасы воды и продуктов уже доставлены. "
)


@pytest.mark.parametrize(
    ("encoding", "text", "answer"),
    [
        ("utf-8", KAZAKH, "utf-8"),
        ("utf-8-sig", KAZAKH, "utf-8"),
        ("utf-16", KAZAKH, "utf-16-le"),
        ("utf-32", KAZAKH, "utf-32-le"),
        ("utf-16-le", KAZAKH, "utf-16-le"),
        ("utf-16-be", KAZAKH, "utf-16-be"),
        ("kz1048", KAZAKH * 3, "kz1048"),
        ("ptcp154", KAZAKH * 3, "ptcp154"),
        ("cp1251", RUSSIAN * 3, "windows-1251"),
        ("koi8-r", RUSSIAN * 3, "koi8-r"),
        ("cp866", RUSSIAN * 3, "ibm866"),
    ],
)
def test_encodings_decode_exactly(encoding: str, text: str, answer: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.encoding == answer


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        ("\ufeff".encode(), "empty"),
        (b"%PDF-1.7 text", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        (b"\x1f\x8b\x08\x00", "binary"),
        (b"\x00\x00\x00abc" * 50, "binary"),
        (bytes(range(256)) * 8, "binary"),
        (b"\xff\xfea", "undecodable"),
    ],
)
def test_what_is_no_text_has_its_code(content: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as error:
        decode(content)
    assert error.value.code == code


def test_a_damaged_byte_costs_only_itself() -> None:
    content = bytearray((KAZAKH * 3).encode())
    content[50] = 0xFF
    decoded = decode(bytes(content))
    assert decoded.encoding == "utf-8"
    assert "\udcff" in decoded.text
    assert decoded.text.encode("utf-8", "surrogateescape") == bytes(content)


@given(st.binary(max_size=400))
def test_any_bytes_decode_or_raise_the_one_error(content: bytes) -> None:
    failure: DocumentError | None = None
    try:
        assert decode(content).text.strip()
    except DocumentError as error:
        failure = error
    assert failure is None or failure.stage == "decode"
    assert failure is None or failure.code in {"empty", "binary", "undecodable"}


@pytest.mark.parametrize(
    ("encoding", "text", "answer"),
    [
        ("iso8859-5", RUSSIAN * 3, "iso-8859-5"),  # not windows-1251, whose letters are elsewhere
        (
            "iso8859-2",
            "Biblioteka otworzyła nową czytelnię, a książek jest już więcej niż źródeł. " * 6,
            "iso-8859-2",
        ),
        ("kz1048", KAZAKH.upper() * 2, "kz1048"),
        ("ptcp154", KAZAKH.upper() * 2, "ptcp154"),
        ("cp1251", RUSSIAN.upper() * 2, "windows-1251"),
        ("koi8-r", RUSSIAN.upper() * 2, "koi8-r"),
        ("cp866", RUSSIAN.upper() * 2, "ibm866"),
        ("cp1251", "The library stays open until late. " * 9 + RUSSIAN[:90], "windows-1251"),
        ("kz1048", RUSSIAN * 2 + KAZAKH[:150], "kz1048"),
        ("cp1251", "The library stays open until late. " * 3_000 + RUSSIAN, "windows-1251"),
    ],
)
def test_hard_texts_are_read_by_their_letters(encoding: str, text: str, answer: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.encoding == answer


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("iso8859-7", "Η βιβλιοθήκη άνοιξε νέα αίθουσα και οι αναγνώστες χαίρονται πολύ. "),
        ("cp1255", "הספרייה פתחה אולם קריאה חדש והקוראים שמחים מאוד על כך. "),
        ("cp1256", "افتتحت المكتبة قاعة جديدة للقراءة والقراء سعداء جدا بذلك اليوم. "),
        ("iso8859-6", "افتتحت المكتبة قاعة جديدة للقراءة والقراء سعداء جدا بذلك اليوم. "),
        ("cp1252", "La bibliothèque a ouvert une salle où l'élève étudie après l'été. "),
        ("cp1254", "Kütüphane yeni bir okuma salonu açtı; öğrenciler çok sevindi, ışığı güzel. "),
        ("gb18030", "图书馆开设了新的阅览室，读者们都很高兴，晚上也开放。"),
    ],
)
def test_other_alphabets_are_not_taken_for_cyrillic(encoding: str, text: str) -> None:
    assert decode((text * 5).encode(encoding)).text == text * 5


def test_a_torn_character_in_an_old_encoding_costs_only_itself() -> None:
    text = "图书馆开设了新的阅览室，读者们都很高兴，晚上也开放。" * 5
    content = text.encode("gb18030")[:-1]
    decoded = decode(content)
    assert decoded.text[:-1] == text[:-1]
    assert decoded.text[-1] == "\udca1"
    assert decoded.text.encode(decoded.encoding, "surrogateescape") == content


@pytest.mark.parametrize("blank", ["\u00a0", "\u2028\u2029\u0085", "\u3000"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_blanks_beyond_ascii_are_no_text_either(blank: str, encoding: str) -> None:
    with pytest.raises(DocumentError) as error:
        decode((blank * 3).encode(encoding))
    assert error.value.code == "empty"
