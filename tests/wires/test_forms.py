"""The model in the body of an opaque endpoint is read strictly, or the body is refused."""

from __future__ import annotations

import json

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.errors import InputError
from gardefou.wires import model_in

FORM = "multipart/form-data; boundary=b"


def part(name: str, value: str = "x", disposition: str = "form-data") -> str:
    return f"--b\r\nContent-Disposition: {disposition}; {name}\r\n\r\n{value}\r\n"


def form(*parts: str) -> bytes:
    return ("".join(parts) + "--b--\r\n").encode()


@pytest.mark.parametrize(
    ("body", "content_type", "model"),
    [
        (b"", "", ""),
        (b'{"model":"m-1"}', "application/json", "m-1"),
        (b' \n{"input":"x","model":"m-1"}', "application/json; charset=utf-8", "m-1"),
        (b'{"model":"m-1"}', "text/plain", "m-1"),
        (b'{"input":"x"}', "application/json", ""),
        (b'{"model":null}', "application/json", ""),
        (b"[1]", "application/json", ""),
        (b"\x89PNG", "application/octet-stream", ""),
        (form(part('name="model"', "m-1"), part('name="file"; filename="a.wav"')), FORM, "m-1"),
        (form(part("name=model", "m-1")), FORM, "m-1"),
        (form(part('name="file"; filename="model"', "m-1")), FORM, ""),
        (form(part('name="prompt"', "x --b\r\nname=model")), FORM, ""),
    ],
)
def test_the_model_is_found(body: bytes, content_type: str, model: str) -> None:
    assert model_in(body, content_type) == model


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b'{"model":"a","model":"b"}', "application/json", "wire.duplicate_key"),
        (b'{"Model":"a"}', "application/json", "wire.key_case"),
        (b'\xef\xbb\xbf{"model":"a"}', "application/json", "wire.syntax"),
        (b'{"model":7}', "application/json", "wire.type"),
        (b"nonsense", "application/json", "wire.syntax"),
        (b"{", "text/plain", "wire.syntax"),
        (form(part('name="model"', "a"), part('name="model"', "b")), FORM, "wire.form"),
        (form(part('name="Model"', "a")), FORM, "wire.form"),
        (form(part('name="x"; name="model"', "a")), FORM, "wire.form"),
        (form(part("name*=utf-8''model", "a")), FORM, "wire.form"),
        (form(part('name="mod\\el"', "a")), FORM, "wire.form"),
        (form(part('nom="model"', "a")), FORM, "wire.form"),
        (form(part('name="model"', "a\nb")), FORM, "wire.form"),
        (b"preamble\r\n" + form(part('name="model"', "a")), FORM, "wire.form"),
        (form(part('name="x"', "1\r\n--bmore")), FORM, "wire.form"),
        (b"--b\r\nno head", FORM, "wire.form"),
        (b"--b\r\n" + b"x" * 9999 + b"\r\n\r\n\r\n--b--", FORM, "wire.form"),
        (form(part('name="model"', "a")), "multipart/form-data", "wire.form"),
        (form(part('name="model"', "a")), FORM + "; boundary=c", "wire.form"),
        (form(part('name="model"')).replace(b"\r\n\r\nx", b"\r\n\r\n\xff"), FORM, "wire.form"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(body: bytes, content_type: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        model_in(body, content_type)
    assert caught.value.code == code


MODELS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40
)  # fmt: skip


@given(MODELS, st.binary(max_size=200), st.text(max_size=20))
def test_what_a_client_library_sends_is_read(model: str, content: bytes, prompt: str) -> None:
    request = httpx2.Request(
        "POST",
        "http://gateway.example/v1/audio/transcriptions",
        files={"file": ("a.wav", content, "audio/wav")},
        data={"model": model, "prompt": prompt},
    )
    assert model_in(request.read(), request.headers["content-type"]) == model
    body = json.dumps({"prompt": prompt, "model": model}).encode()
    assert model_in(body, "application/json") == model


@given(st.binary(max_size=120), st.sampled_from(["", FORM, "application/json"]))
def test_any_bytes_end_in_a_name_or_one_of_our_errors(data: bytes, content_type: str) -> None:
    for body in (data, form(part('name="model"', "m")).replace(b"m\r\n", data + b"\r\n")):
        try:
            model = model_in(body, content_type)
        except InputError:
            continue
        assert isinstance(model, str)
