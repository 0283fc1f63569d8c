"""Paths, account numbers, persons, times and numbers."""

from __future__ import annotations

from typing import Any

import pytest

from gardefou.constitution.catalogue.types import (
    Person,
    parse_boolean,
    parse_iban,
    parse_integer,
    parse_number,
    parse_path,
    parse_persons,
    parse_text,
    parse_timestamp,
)
from gardefou.errors import InputError, Unevaluable


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("/a/b/../c", "/a/c"),
        ("/a//b/./c/", "/a/b/c"),
        ("/../../etc", "/etc"),
        ("//srv/x", "/srv/x"),
        ("a/../../b", "../b"),
        ("../../x", "../../x"),
        (".", "."),
        ("", "."),
        ("a/..", "."),
        ("/", "/"),
        ("/..", "/"),
        ("~", "~"),
        ("~/x/../y", "~/y"),
        ("~/../x", "~/../x"),
        ("..\\..\\etc", "../../etc"),
        ("C:\\Users\\..\\x.TXT", "C:/x.TXT"),
        ("c:/Users", "C:/Users"),
        ("\\\\?\\C:\\x", "C:/x"),
        ("\\\\server\\share\\x", "/server/share/x"),
        ("C:\\secret.txt. ", "C:/secret.txt"),
        ("C:\\secret...", "C:/secret"),
        ("file:///etc/x%20y", "/etc/x y"),
        ("file://localhost/etc", "/etc"),
        ("file:///C:/x", "C:/x"),
        ("a/ b /c", "a/ b /c"),
        ("report [final].pdf", "report [final].pdf"),
        ("ünïcode/日本", "ünïcode/日本"),
    ],
)
def test_a_path_has_one_form(text: str, value: str) -> None:
    path = parse_path(text)
    assert path.value == value
    assert parse_path(value).value == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\x00b", "path.invisible"),
        ("a\nb", "path.invisible"),
        ("a\u202etxt.exe", "path.invisible"),
        ("%2e%2e/x", "path.encoded"),
        ("a%2Fb", "path.encoded"),
        ("a%5cb", "path.encoded"),
        ("a%252fb", "path.encoded"),
        ("a%00b", "path.encoded"),
        ("C:\\a.txt:stream", "path.form"),
        ("C:a\\b", "path.form"),
        ("https://evil.example/x", "path.form"),
        ("file://server/share", "path.form"),
        ("file:///a?b", "path.form"),
        (5, "path.type"),
    ],
    ids=ascii,
)
def test_a_path_without_one_reading_is_refused(text: Any, code: str) -> None:
    """law 2."""
    with pytest.raises(InputError) as refused:
        parse_path(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "root", "within"),
    [
        ("/srv/reports/a.txt", "/srv/reports", True),
        ("/srv/reports", "/srv/reports", True),
        ("/srv/reports/../secrets", "/srv/reports", False),
        ("/srv/reports2", "/srv/reports", False),
        ("/SRV/reports/x", "/srv/reports", False),
        ("/x", "/", True),
        ("C:\\Data\\x", "c:/data", True),
        ("C:\\Data2", "C:\\Data", False),
        ("reports/x", "/srv", False),
        ("reports/x", "reports", True),
        ("~/docs/x", "~/docs", True),
        ("/srv/*.txt", "/srv", True),
        ("/srv/*/x", "/home", False),
    ],
)
def test_within_is_the_root_or_below_it(text: str, root: str, within: bool) -> None:
    assert parse_path(text).within(root) is within


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("../x", "/srv"),
        ("~/x", "/home"),
        ("~/../x", "~"),
        ("$HOME/x", "/home"),
        ("/srv/$X/y", "/srv"),
        ("%APPDATA%/x", "/srv"),
        ("/*/x", "/srv"),
        ("*", "/srv"),
    ],
)
def test_a_path_of_unknown_place_cannot_be_judged(text: str, root: str) -> None:
    """law 2: the rule is unevaluable, and tightens."""
    with pytest.raises(Unevaluable) as unevaluable:
        parse_path(text).within(root)
    assert unevaluable.value.code == "path.unknown_place"


def test_name_and_suffix_are_the_last_part() -> None:
    path = parse_path("/a/Report.Final.PDF")
    assert (path.name, path.suffix, path.absolute) == ("Report.Final.PDF", ".pdf", True)
    assert parse_path("/a/.profile").suffix == ""


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("GB29 NWBK 6016 1331 9268 19", True),
        ("FR14 2004 1010 0505 0001 3M02 606", True),
        ("NO9386011117947", True),
        ("GB29NWBK60161331926818", False),
        ("GB29NWBK601613319268199", False),
        ("DE8937040044053201300", False),
        ("XX", False),
        ("GB29-NWBK-6016", False),
    ],
)
def test_an_account_number_has_the_right_checksum(text: str, right: bool) -> None:
    if right:
        assert parse_iban(text).value == text.replace(" ", "")
        return
    with pytest.raises(InputError) as refused:
        parse_iban(text)
    assert refused.value.code == "iban.checksum"


def test_persons_in_one_text_are_counted() -> None:
    """Counting one too many tightens a rule on bulk."""
    found = parse_persons("Ada Lovely, bo@b.example;\nCy  D.")
    assert [person.ref for person in found] == ["ada lovely", "bo@b.example", "cy d."]
    assert parse_persons(42) == [Person(ref="42")]
    assert parse_persons("ADA") == parse_persons("ada")
    for wrong in (",", " ", None, True, 1.5, [], {}):
        with pytest.raises(InputError):
            parse_persons(wrong)


@pytest.mark.parametrize(
    ("value", "us"),
    [
        ("2026-05-01", 1_777_593_600_000_000),
        ("2026-05-01T00:00", 1_777_593_600_000_000),
        ("2026-05-01 00:00:00", 1_777_593_600_000_000),
        ("2026-05-01T00:00:00Z", 1_777_593_600_000_000),
        ("2026-05-01t00:00:00z", 1_777_593_600_000_000),
        ("2026-05-01T02:00:00+02:00", 1_777_593_600_000_000),
        ("2026-05-01 02:00 +0200", 1_777_593_600_000_000),
        ("2026-05-01T00:00:00.5 UTC", 1_777_593_600_500_000),
        (1_777_593_600, 1_777_593_600_000_000),
        (1_777_593_600_000, 1_777_593_600_000_000),
        ("1969-12-31T23:59:59Z", -1_000_000),
        ("0001-01-01", -62_135_596_800_000_000),
    ],
)
def test_a_time_is_microseconds_since_1970(value: Any, us: int) -> None:
    assert parse_timestamp(value) == us


@pytest.mark.parametrize(
    "value",
    [
        "tomorrow", "01/05/2026", "2026-13-01", "2026-02-30", "2026-05-01T25:00", "20260501",
        "2026-W18-5", "10:00", "2026", "", "٢٠٢٦-05-01", 5, 10**15, 1.5, True, None, [],
        "9999-12-31T23:59:59-23:00x", "2026-05-01T00:00:00+99:00",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_time_is_refused(value: Any) -> None:
    """law 2."""
    with pytest.raises(InputError) as refused:
        parse_timestamp(value)
    assert refused.value.code.startswith("timestamp.")


@pytest.mark.parametrize(
    ("parse", "value", "read"),
    [
        (parse_integer, 5, 5),
        (parse_integer, "5", 5),
        (parse_integer, "-5", -5),
        (parse_number, 1.5, 1.5),
        (parse_number, "1.5", 1.5),
        (parse_number, "2", 2),
        (parse_boolean, True, True),
        (parse_text, "x", "x"),
        (parse_text, 1.5, "1.5"),
        (parse_text, False, "false"),
    ],
)
def test_plain_values_are_read(parse: Any, value: Any, read: Any) -> None:
    found = parse(value)
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    ("parse", "value", "code"),
    [
        (parse_integer, "05", "integer.form"),
        (parse_integer, "5.0", "integer.form"),
        (parse_integer, 5.5, "integer.form"),
        (parse_integer, "٥", "integer.form"),
        (parse_integer, "9" * 19, "integer.form"),
        (parse_integer, "9" * 5000, "integer.form"),
        (parse_integer, True, "integer.type"),
        (parse_integer, None, "integer.type"),
        (parse_number, "1e3", "number.form"),
        (parse_number, "NaN", "number.form"),
        (parse_number, float("nan"), "number.form"),
        (parse_number, "1,5", "number.form"),
        (parse_number, True, "number.type"),
        (parse_boolean, "true", "boolean.type"),
        (parse_boolean, 1, "boolean.type"),
        (parse_text, None, "text.type"),
        (parse_text, [], "text.type"),
    ],
)
def test_plain_values_of_another_form_are_refused(parse: Any, value: Any, code: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(value)
    assert refused.value.code == code
