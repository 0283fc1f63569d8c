"""Hosts, sites and addresses on the web."""

from __future__ import annotations

import pytest

from gardefou.constitution.catalogue.types import Surroundings, parse_domain, parse_url
from gardefou.errors import InputError

OURS = Surroundings(domains=("corp.example", "Straße.example"))


@pytest.mark.parametrize(
    ("text", "value", "site"),
    [
        ("Example.COM", "example.com", "example.com"),
        ("a.b.example.co.uk", "a.b.example.co.uk", "example.co.uk"),
        ("example.com.", "example.com", "example.com"),
        # The private section of the list: each user of a host for pages has a site of their own.
        ("me.github.io", "me.github.io", "me.github.io"),
        ("deep.me.github.io", "deep.me.github.io", "me.github.io"),
        ("co.uk", "co.uk", "co.uk"),
        ("localhost", "localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1", "2001:db8::1"),
        ("bücher.example", "xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example", "xn--strae-oqa.example"),
    ],
)
def test_a_host_has_one_form_and_a_site(text: str, value: str, site: str) -> None:
    domain = parse_domain(text)
    assert (domain.value, domain.site) == (value, site)


@pytest.mark.parametrize(
    "text",
    [
        "a..b", ".a", "a b", "-a.example", "a-.example", "a" * 64 + ".example", "a_b@c", "a/b",
        "0x7f.0.0.1", "127.1", "2130706433", "0177.0.0.1", "256.1.1.1", "1.2.3.4.5", "ex%61mple.com",
        "\u2488com", "ⓔxample.com", "xn--a.example\u3002com", "::gg", "[::1]", "é" * 300,
    ],
    ids=ascii,
)  # fmt: skip
def test_a_host_without_one_reading_is_refused(text: str) -> None:
    """law 2."""
    with pytest.raises(InputError) as refused:
        parse_domain(text)
    assert refused.value.code == "domain.host"


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("corp.example", True),
        ("A.CORP.example.", True),
        ("xn--strae-oqa.example", True),
        ("evilcorp.example", False),
        ("corp.example.evil.test", False),
        ("corp.exampl", False),
    ],
)
def test_inside_is_our_domain_or_below_it(text: str, inside: bool) -> None:
    assert parse_domain(text, "", OURS).inside is inside


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("corp.example", False),
        ("mail.corp.example", False),
        ("c0rp.example", True),
        ("mail.c0rp.example", True),
        ("\u0441orp.example", True),
        ("\u0441\u043e\u0433\u0440.example", True),
        ("cоrp.example", True),
        ("córp.example", True),
        ("corn.example", False),
        ("日本語テスト.example", False),
        ("bücher.test", False),
        ("pаypal.test", True),
    ],
    ids=ascii,
)
def test_a_lookalike_is_flagged(text: str, flagged: bool) -> None:
    assert parse_domain(text, "", OURS).lookalike is flagged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://Shop.Example/A/./b/../c?q=1#f", "https://shop.example/A/c?q=1#f"),
        ("HTTPS://shop.example", "https://shop.example"),
        ("https://shop.example:8443/", "https://shop.example:8443/"),
        ("shop.example/a", "//shop.example/a"),
        ("shop.example:8443/a", "//shop.example:8443/a"),
        ("//shop.example/a", "//shop.example/a"),
        ("localhost:8000", "//localhost:8000"),
        ("https://shop.example/%7Ejoe/%2e%2e/x", "https://shop.example/x"),
        ("https://shop.example/a%20b", "https://shop.example/a%20b"),
        ("https://user:pw@shop.example/", "https://user:pw@shop.example/"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]/x"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("mailto:bob@corp.example", "mailto:bob@corp.example"),
        ("data:text/html,x", "data:text/html,x"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("/relative/path", "/relative/path"),
        ("notes", "notes"),
    ],
)
def test_an_address_has_one_form(text: str, value: str) -> None:
    url = parse_url(text)
    assert url.value == value
    assert parse_url(url.value).host == url.host


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://corp.example\\@evil.example", "url.form"),
        ("https:\\\\evil.example", "url.form"),
        ("https://evil.example\\.corp.example", "url.form"),
        ("https:evil.example", "url.host"),
        ("https:/evil.example", "url.host"),
        ("https:///evil.example", "url.host"),
        ("https://", "url.host"),
        ("https://@", "url.host"),
        ("https://corp.example@b@evil.example", "url.host"),
        ("https://corp.example%40evil.example", "url.host"),
        ("https://corp%2eexample", "url.host"),
        ("https://2130706433/", "url.host"),
        ("https://0x7f000001/", "url.host"),
        ("https://0177.0.0.1/", "url.host"),
        ("https://127.1/", "url.host"),
        ("https://corp.example:99999/", "url.form"),
        ("blob:https://evil.example/x", "url.form"),
        ("view-source:https://evil.example", "url.form"),
        ("corp.example:x@evil.example", "url.form"),
        ("evil.example:", "url.form"),
        ("https://corp.example:8a/", "url.form"),
        ("https://[::1/", "url.form"),
        ("https://corp.exa mple/", "url.form"),
        ("https://corp.example/\npath", "url.invisible"),
        ("java\tscript:alert(1)", "url.invisible"),
        ("https://corp.example\u3002evil.example", "url.host"),
        ("https://corp。example/", "url.host"),
        ("https://ⓒorp.example/", "url.host"),
    ],
    ids=ascii,
)
def test_an_address_without_one_reading_is_refused(text: str, code: str) -> None:
    """law 2: browsers and libraries disagree on these."""
    with pytest.raises(InputError) as refused:
        parse_url(text)
    assert refused.value.code == code


def test_credentials_do_not_make_a_host() -> None:
    url = parse_url("https://corp.example@evil.example/", "", OURS)
    assert (url.host, url.has_credentials, url.inside) == ("evil.example", True, False)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("corp.example@evil.example/x", "evil.example"),
        ("git@evil.example:corp.example/repo.git", "evil.example"),
        ("git@evil.example:22/x", "evil.example"),
        ("ssh://corp.example@evil.example/x", "evil.example"),
    ],
)
def test_a_name_before_the_host_is_no_host(text: str, host: str) -> None:
    url = parse_url(text, "", OURS)
    assert (url.host, url.has_credentials, url.inside) == (host, True, False)
    assert parse_url(url.value).value == url.value


def test_the_parts_of_an_address_stand_apart() -> None:
    url = parse_url("https://a.corp.example:444/x%2fy/z?k=v&l#top", "", OURS)
    assert (url.scheme, url.host, url.port, url.site) == (
        "https",
        "a.corp.example",
        444,
        "corp.example",
    )
    assert (url.path, url.query, url.fragment, url.inside) == ("/x/y/z", "k=v&l", "top", True)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "data:,x", "/x", "notes", "file:///x"])
def test_what_has_no_host_is_nobodys(text: str) -> None:
    url = parse_url(text, "", OURS)
    assert (url.host, url.site, url.inside) == ("", "", False)
