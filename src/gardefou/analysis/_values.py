"""The solver's values by the keys that one version reads them under."""

from __future__ import annotations

from typing import Any

from gardefou.analysis._pool import Pool
from gardefou.analysis._raw import Wanted
from gardefou.analysis._solve import Found
from gardefou.analysis._world import NEW_DOMAINS, OF_DOMAINS, World

_MOST_ITEMS = 3_000


class Values:
    """The solver's values by the keys of one world."""

    def __init__(
        self, pool: Pool, found: Found, world: World, other_domains: tuple[str, ...] = ()
    ) -> None:
        """Read ``found`` through ``pool``; the other version may have other domains of its own."""
        self._other_domains = other_domains
        self._pool = pool
        self._found = found
        self._world = world
        self.mentioned = {key for key, _ in pool.keys.values()}
        self.mentioned |= set(pool.properties)

    def text(self, key: str) -> str | None:
        """A text, or None when nothing was said about it."""
        return self._found.texts.get(self._world.key(key))

    def flag(self, key: str) -> bool | None:
        """A truth, or None."""
        symbol = self._pool.symbols.get((self._world.key(key), "Bool"))
        return None if symbol is None else self._found.truths.get(symbol)

    def is_there(self, key: str) -> bool | None:
        """Whether a field is there, or None."""
        symbol = self._pool.symbols.get((self._world.key(key) + " ?", "Bool"))
        return None if symbol is None else self._found.truths.get(symbol)

    def number(self, key: str, sort: str = "Int") -> Any:
        """A number, or None."""
        symbol = self._pool.symbols.get((self._world.key(key), sort))
        return None if symbol is None else self._found.numbers.get(symbol)

    def items(self, key: str) -> tuple[list[str], int]:
        """The keys of a list's items, and its size."""
        name = self._world.key(key)
        present = self._pool.slots.get(name, ())
        keys = [f"{key}[{i}]" for i, s in enumerate(present) if self._found.truths.get(s)]
        size = self._found.numbers.get(self._pool.sizes.get(name, ""), len(keys))
        return keys, max(len(keys), min(int(size), _MOST_ITEMS))

    def mentions(self, key: str) -> bool:
        """Whether anything is said about a key or what is below it."""
        name = self._world.key(key)
        return any(
            k == name or k.startswith((f"{name}.", f"{name}[", f"{name} ")) for k in self.mentioned
        )

    def wanted(self, key: str) -> Wanted:
        """Everything that is said about the value at a key."""
        name = self._world.key(key)
        texts: dict[str, list[tuple[Any, bool]]] = {}
        for other, known in self._pool.properties.items():
            if other == name or other.startswith(f"{name}."):
                field = other[len(name) + 1 :]
                said = [
                    (prop, self._found.truths[symbol])
                    for prop, symbol in known.items()
                    if symbol in self._found.truths
                ]
                texts[field] = said
        numbers: dict[str, Any] = {}
        flags: dict[str, bool] = {}
        others: dict[str, bool] = {}
        for symbol, (other, sort) in self._pool.keys.items():
            if (not other.startswith(f"{name}.") and other != name) or " " in other:
                continue
            field = other[len(name) + 1 :]
            if sort == "Bool" and symbol in self._found.truths:
                is_own = field.endswith(NEW_DOMAINS) == self._world.own_domains
                is_own = is_own or field.removesuffix(NEW_DOMAINS) not in OF_DOMAINS
                plain = field.removesuffix(NEW_DOMAINS)
                (flags if is_own else others)[plain] = self._found.truths[symbol]
            elif symbol in self._found.numbers:
                numbers[field] = self._found.numbers[symbol]
        witnesses = {
            f: self._found.texts[n]
            for f in texts
            if (n := f"{name}.{f}" if f else name) in self._found.texts
        }
        lists = {}
        for other in self._pool.slots:
            if other.startswith(f"{name}."):
                keys, _ = self.items(f"{key}{other[len(name) :]}")
                lists[other[len(name) + 1 :]] = [t for k in keys if (t := self.text(k)) is not None]
        return Wanted(
            texts=texts,
            witnesses=witnesses,
            numbers=numbers,
            flags=flags,
            others=others,
            other_domains=self._other_domains,
            lists=lists,
        )
