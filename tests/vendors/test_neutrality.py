"""The table decides, never the code: no vendor is read differently from another."""

from __future__ import annotations

import functools
import random
import re
from importlib import resources
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import gardefou.vendors
from gardefou.vendors import channel_of_host, developer_ids, resolve, vendors
from gardefou.vendors._resolve import MAX_LENGTH, read_id
from gardefou.vendors._table import File, Table

OWN = [
    (vendor.id, form, pattern)
    for vendor in vendors()
    if "developer" in vendor.roles
    for form, pattern in sorted(vendor.models.items())
    if form not in {"any", "channel", "passthrough", "bedrock_any", "arn", "developer_prefixes"}
]
DEVELOPERS = sorted({row[0] for row in OWN})
ASCII = st.characters(min_codepoint=33, max_codepoint=126)


@functools.cache
def source() -> dict[str, object]:
    text = resources.files(gardefou.vendors).joinpath("vendors.yaml").read_text(encoding="utf-8")
    loaded: dict[str, object] = yaml.load(text, yaml.CSafeLoader)
    return loaded


def swapped(first: str, second: str) -> Table:
    """The table with two vendors' names swapped, everywhere and in nothing else."""
    swap = {first: second, second: first}
    file = msgspec.convert(source(), File)
    reading = file.resolution
    rows = tuple(
        msgspec.structs.replace(
            row,
            id=swap.get(row.id, row.id),
            members={swap.get(key, key): member for key, member in row.members.items()},
        )
        for row in file.vendors
    )
    targets = ("organisations", "channel_names", "shared_hosts", "forms")
    named = {
        key: {name: swap.get(who, who) for name, who in getattr(reading, key).items()}
        for key in targets
    }
    # A row's own id is also a name for it, in ids and in settings.
    named["channel_names"] = {first: second, second: first} | named["channel_names"]
    families = {swap.get(who, who): pattern for who, pattern in reading.families.items()}
    alone = frozenset(swap.get(who, who) for who in reading.channels_only)
    return Table(
        File(
            rows,
            msgspec.structs.replace(reading, families=families, channels_only=alone, **named),
        )
    )


def test_thirty_developers_have_ids_of_their_own() -> None:
    assert len(DEVELOPERS) >= 30
    assert set(DEVELOPERS) <= set(developer_ids())


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_what_a_developers_pattern_matches_is_never_anothers(data: st.DataObject) -> None:
    """Neutrality: an id of any developer is that developer's, or opaque and names it."""
    developer, _, pattern = data.draw(st.sampled_from(OWN))
    text = data.draw(
        st.from_regex(re.compile(pattern, re.IGNORECASE), fullmatch=True, alphabet=ASCII)
    )
    found = resolve(text[:MAX_LENGTH])
    # `runtime/…` is a channel's form whatever follows.
    named = msgspec.convert(source(), File).resolution.channel_names.get(
        text.partition("/")[0].lower()
    )
    if len(text) <= MAX_LENGTH and named != developer:
        assert developer in {found.developer, *found.candidates}


IDS = [
    line.split()[0]
    for line in re.findall(
        r'KNOWN = """\n(.*?)"""',
        Path(__file__).with_name("test_resolve.py").read_text(encoding="utf-8"),
        re.DOTALL,
    )[0].splitlines()
]


@pytest.mark.parametrize("seed", range(6))
def test_swapping_two_vendors_swaps_the_answers_and_nothing_else(seed: int) -> None:
    """Neutrality: for pairs of vendors, swapped in the table, over every id of the tests."""
    chosen = random.Random(seed)
    first, second = chosen.sample(DEVELOPERS, 2)
    other = swapped(first, second)
    swap = {first: second, second: first}
    for text in IDS:
        before, after = resolve(text), read_id(other, text, "", "")
        expected = msgspec.structs.replace(
            before,
            developer=swap.get(before.developer, before.developer),
            channel=swap.get(before.channel, before.channel),
            candidates=tuple(sorted(swap.get(who, who) for who in before.candidates)),
        )
        assert after == expected, text


def test_no_module_names_a_vendor() -> None:
    """The code of the room holds no id of a row, in any text."""
    folder = Path(gardefou.vendors.__file__).parent
    ids = {vendor.id for vendor in vendors()} - {"lambda", "replicate"}  # also Python's words
    for module in folder.glob("*.py"):
        words = set(re.findall(r'"([a-z0-9_]+)"', module.read_text(encoding="utf-8")))
        assert not words & ids, module


def test_each_host_has_one_channel() -> None:
    """A host that two rows name is settled in the table."""
    seen: dict[str, str] = {}
    shared = msgspec.convert(source(), File).resolution.shared_hosts
    for vendor in vendors():
        for host in vendor.hosts:
            assert host not in seen or host in shared, host
            seen[host] = vendor.id


@pytest.mark.parametrize(
    ("host", "channel"),
    [
        ("api.anthropic.com", "anthropic"),
        ("API.OpenAI.com.", "openai"),
        ("https://user@api.openai.com:443/v1?x=/y", "openai"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "aws"),
        ("bedrock-runtime..amazonaws.com", ""),
        ("bedrock-runtime.amazonaws.com", ""),
        ("acme.openai.azure.com", "microsoft"),
        (".openai.azure.com", ""),
        ("openai.azure.com.evil.example", ""),
        ("evil-api.openai.com", ""),
        ("dbc-1.cloud.databricks.com", "databricks"),
        ("localhost:11434", "ollama"),
        ("localhost:8000", ""),
        ("", ""),
        ("https://", ""),
        ("[::1]:11434", ""),
        ("inference.generativeai.eu-frankfurt-1.oci.oraclecloud.com", "oracle"),
    ],
)
def test_hosts_name_their_channel(host: str, channel: str) -> None:
    assert channel_of_host(host) == channel


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80), st.text(max_size=30), st.text(max_size=30))
def test_any_text_resolves_to_something(model: str, channel: str, host: str) -> None:
    """Law 2: never an exception, and never `known` without a developer of the table."""
    found = resolve(model, channel=channel, host=host)
    assert (found.state == "known") == (found.developer in developer_ids())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(IDS), st.data())
def test_a_look_alike_is_never_known(text: str, data: st.DataObject) -> None:
    """A character outside ASCII anywhere in an id: opaque or unknown."""
    at = data.draw(st.integers(0, len(text)))
    odd = data.draw(st.characters(min_codepoint=128))
    cut = data.draw(st.integers(0, 1))
    found = resolve(text[:at] + odd + text[at + cut :])
    assert found.state != "known"
