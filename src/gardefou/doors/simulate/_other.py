"""What a vendor answers beside conversations: models, embeddings."""

from __future__ import annotations

import base64
import hashlib
import math
import struct
from datetime import UTC, datetime
from typing import Any

from gardefou.doors.simulate._conversation import BadRequest, count

MODELS = ("simulated",)
_DIMENSIONS = 1536
_MOST_DIMENSIONS = 4096


def model(name: str, *, at_s: int, anthropic: bool) -> dict[str, Any]:
    """One model, in the form of either vendor."""
    if anthropic:
        return {
            "type": "model",
            "id": name,
            "display_name": f"{name} (simulation)",
            "created_at": datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycle": "active",
            "simulation": True,
        }
    return {"id": name, "object": "model", "created": at_s, "owned_by": "simulation"}


def models(names: tuple[str, ...], *, at_s: int, anthropic: bool) -> dict[str, Any]:
    """The list of models, in the form of either vendor."""
    found = [model(name, at_s=at_s, anthropic=anthropic) for name in names]
    if anthropic:
        ends = {"first_id": names[0], "last_id": names[-1], "has_more": False}
        return {"data": found, **ends, "simulation": True}
    return {"object": "list", "data": found, "simulation": True}


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """A vector of length 1 for each text, made from nothing but its digest.

    Raises:
        BadRequest: as the vendor refuses it.
    """
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts:
        raise BadRequest("'input' must be text, or a list that is not empty", param="input")
    size = body.get("dimensions", _DIMENSIONS)
    if type(size) is not int or not 1 <= size <= _MOST_DIMENSIONS:
        raise BadRequest(f"'dimensions' must be 1 to {_MOST_DIMENSIONS}", param="dimensions")
    as_text = body.get("encoding_format") == "base64"
    data = []
    for index, text in enumerate(texts):
        vector = _vector(str(text), size)
        value = base64.b64encode(struct.pack(f"<{size}f", *vector)).decode() if as_text else vector
        data.append({"object": "embedding", "index": index, "embedding": value})
    tokens = sum(count(str(text)) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {
        "object": "list",
        "data": data,
        "model": body["model"],
        "usage": usage,
        "simulation": True,
    }


def _vector(text: str, size: int) -> list[float]:
    digest = hashlib.shake_256(text.encode("utf-8", "surrogatepass")).digest(2 * size)
    numbers = struct.unpack(f"<{size}h", digest)
    length = math.sqrt(sum(number * number for number in numbers)) or 1.0
    return [number / length for number in numbers]
