"""How a conversation ends, on every wire."""

from __future__ import annotations

from gardefou.wires.translation._core import Request
from gardefou.wires.translation._reading import unsupported


def check_end(request: Request) -> None:
    """Refuse a conversation that ends with the assistant's words, or that is empty.

    One vendor continues those words, the other answers them.

    Raises:
        InputError: ``translate.unsupported``.
    """
    spoken = [turn for turn in request.turns if turn.parts and turn.role != "system"]
    if not spoken:
        raise unsupported(request.paths["turns"], "nothing is said in it")
    if spoken[-1].role == "assistant":
        raise unsupported(
            spoken[-1].path,
            "it is the last and the assistant's: one vendor continues it, the other answers it",
            "end the conversation with the user's words or a tool's result",
        )
