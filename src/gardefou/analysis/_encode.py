"""Conditions as the evaluator means them, for the solver.

The rules are those of `gardefou.decide._evaluate`, number for number:

1. ``&& || exists all`` are Kleene's: `Truth` has one term for true and one for false; where neither
   holds, the result is unknown.
2. Everything else with an unknown part is unknown: a value has a term that says when it is known.
3. Of an opaque command or statement only what was found counts, and only where it helps to fire.
4. Integers are unbounded, times are integers of microseconds.
5. A condition outside the subset (`not_analysed`) is a free truth: it can do anything.
6. The bound on steps is not modelled: what it makes unknown tightens in both versions.

It has over 400 lines because every operator of the language stands in it once, beside its rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gardefou.analysis import _calendar as calendar
from gardefou.analysis import _texts as texts
from gardefou.analysis._meaning import (
    Bound,
    Flag,
    Item,
    Items,
    Number,
    Things,
    Truth,
    Wish,
    Words,
)
from gardefou.analysis._pool import Pool
from gardefou.analysis._slots import SHAPES
from gardefou.analysis._terms import (
    Term,
    choice,
    choose,
    compare,
    conj,
    disj,
    implies,
    integer,
    negation,
    real,
    total,
)
from gardefou.analysis._world import NEW_DOMAINS, World
from gardefou.constitution.catalogue import EFFECTS
from gardefou.constitution.conditions import DOMAINS, PARTIAL_WHEN_OPAQUE, STRUCTS, Node, Type


class _NotAnalysedError(Exception):
    """What lies outside the subset is never guessed."""


_SORTS = {"bool": "Bool", "int": "Int", "timestamp": "Int", "duration": "Int", "double": "Real"}


class Encoder:
    """Encodes the conditions of one version about the actions of one slice."""

    def __init__(self, pool: Pool, world: World) -> None:
        """Write into ``pool`` what holds of the world's variables."""
        self._pool = pool
        self._world = world
        self._touched: set[str] = set()

    def condition(self, node: Node | None) -> Truth:
        """When a rule's condition holds; a rule without one always applies."""
        if node is None:
            return Truth(yes=True, no=False)
        try:
            found = self._truth(node, {}, wanted=True)
        except _NotAnalysedError:
            return self._anything(node)
        return Truth(self._pool.define(found.yes), self._pool.define(found.no))

    def _anything(self, node: Node) -> Truth:
        """A condition outside the subset is true, false or unknown, whatever the action is.

        It is one and the same in both versions only where both read everything alike.
        """
        world = self._world
        mark = world.mark if world.is_apart or world.own or world.own_domains else ""
        name = f"{mark}condition {SHAPES.number(node)}"
        truth = Truth(self._pool.free(f"{name} is true"), self._pool.free(f"{name} is false"))
        self._pool.hold(negation(conj(truth)))
        return truth

    # Truths

    def _truth(self, node: Node, bound: Bound, *, wanted: Wish) -> Truth:
        special = _TRUTHS.get(node.op)
        if special is not None:
            return special(self, node, bound, wanted)
        if node.op in ("field", "bound", "root"):
            value = self._read_flag(node, bound)
            return Truth(
                conj([value.known, value.value]), conj([value.known, negation(value.value)])
            )
        raise _NotAnalysedError

    def _literal(self, node: Node, _bound: Bound, _wanted: Wish) -> Truth:
        return Truth(bool(node.value), not node.value)

    def _chain(self, node: Node, bound: Bound, wanted: Wish) -> Truth:
        parts = [self._truth(arg, bound, wanted=wanted) for arg in node.args]
        yes, no = [part.yes for part in parts], [part.no for part in parts]
        return Truth(conj(yes), disj(no)) if node.op == "and" else Truth(disj(yes), conj(no))

    def _not(self, node: Node, bound: Bound, wanted: Wish) -> Truth:
        inner = self._truth(node.args[0], bound, wanted=None if wanted is None else not wanted)
        return Truth(inner.no, inner.yes)

    def _cond(self, node: Node, bound: Bound, wanted: Wish) -> Truth:
        test = self._truth(node.args[0], bound, wanted=None)
        then, other = (self._truth(arg, bound, wanted=wanted) for arg in node.args[1:])
        return Truth(
            disj([conj([test.yes, then.yes]), conj([test.no, other.yes])]),
            disj([conj([test.yes, then.no]), conj([test.no, other.no])]),
        )

    def _has(self, node: Node, bound: Bound, _wanted: Wish) -> Truth:
        base = self._things(node.args[0], bound)
        if node.args[0].type.kind != "record":
            return Truth(base.known, no=False)
        there = self._there(node, base)
        if node.op == "surely":
            return Truth(conj([base.known, there]), no=False)
        return Truth(conj([base.known, there]), conj([base.known, negation(there)]))

    def _compare(self, node: Node, bound: Bound, _wanted: Wish) -> Truth:
        left, right = node.args
        if left.type.kind == "bool":
            return self._compare_truths(node, bound)
        if left.type.kind == "string":
            first, second = self._words(left, bound), self._words(right, bound)
            found = texts.relate(self._pool, node.op, first.value, second.value)
            known = conj([first.known, second.known])
        else:
            a, b = self._number(left, bound), self._number(right, bound)
            found, known = compare(node.op, a.value, b.value), conj([a.known, b.known])
        return _when(known, found)

    def _compare_truths(self, node: Node, bound: Bound) -> Truth:
        a, b = (self._truth(arg, bound, wanted=None) for arg in node.args)
        known = conj([disj([a.yes, a.no]), disj([b.yes, b.no])])
        same = disj([conj([a.yes, b.yes]), conj([a.no, b.no])])
        found = {
            "eq": same,
            "ne": negation(same),
            "lt": conj([a.no, b.yes]),
            "gt": conj([a.yes, b.no]),
            "le": disj([a.no, b.yes]),
            "ge": disj([a.yes, b.no]),
        }[node.op]
        return _when(known, found)

    def _text_test(self, node: Node, bound: Bound, _wanted: Wish) -> Truth:
        first, second = (self._words(arg, bound) for arg in node.args)
        if node.op == "matches" and isinstance(second.value, texts.Literal):
            found = texts.ask(self._pool, first.value, "matches", second.value.value)
        else:
            found = texts.relate(self._pool, node.op, first.value, second.value)
        return _when(conj([first.known, second.known]), found)

    def _money(self, node: Node, bound: Bound, _wanted: Wish) -> Truth:
        amount = self._things(node.args[0], bound)
        currency = self._field_words(amount, "currency")
        minor = self._field_number(amount, "minor", "Int")
        same = texts.ask(self._pool, currency, "eq", str(node.args[2].value))
        op = "gt" if node.op == "over" else "ge"
        found = compare(op, minor, integer(int(node.args[1].value)))
        return _when(conj([amount.known, same]), found)

    def _within(self, node: Node, bound: Bound, _wanted: Wish) -> Truth:
        """Exact for paths whose place is known and that are no Windows paths; else left open."""
        path = self._things(node.args[0], bound)
        folder = str(node.args[1].value)
        value = self._field_words(path, "value")
        plain, inside = [], []
        for guard, key in path.options:
            known = self._flag(f"{key}.known")
            windows = self._flag(f"{key}.windows")
            plain.append(conj([guard, known, negation(windows)]))
            inside.append(self._pool.place(self._world.key(key), folder)[0])
        is_plain = disj(plain)
        start = folder if folder.endswith("/") else f"{folder}/"
        below = [texts.ask(self._pool, value, "startsWith", start)]
        below.append(texts.ask(self._pool, value, "eq", start[:-1] or "/"))
        places = [self._pool.place(self._world.key(k), folder)[1] for _, k in path.options]
        told = disj([is_plain, *places])
        return _when(conj([path.known, told]), choose(is_plain, disj(below), disj(inside)))

    def _member(self, node: Node, bound: Bound, wanted: Wish) -> Truth:
        values = self._items(node.args[1], bound)
        kind = node.args[0].type.kind
        if kind == "string":
            item = self._words(node.args[0], bound)
            found = self._text_among(item.value, values)
            known = item.known
        elif kind == "bool":
            truth = self._truth(node.args[0], bound, wanted=None)
            known = disj([truth.yes, truth.no])
            equal = [
                conj([i.present, choose(truth.yes, v := self._item_flag(i), negation(v))])
                for i in values.items
            ]
            found = disj(equal)
        else:
            number = self._number(node.args[0], bound)
            known = number.known
            sort = _SORTS[kind]
            found = disj(
                conj([i.present, compare("eq", number.value, self._item_number(i, sort))])
                for i in values.items
            )
        result = _when(conj([known, values.known]), found)
        return _trusted(result, values.partial, decisive=True, wanted=wanted)

    def _text_among(self, item: texts.Text, values: Items) -> Term:
        literals = tuple(
            sorted(i.literal for i in values.items if i.literal is not None and i.present is True)
        )
        rest = [i for i in values.items if i.literal is None or i.present is not True]
        options = [
            conj([i.present, texts.relate(self._pool, "eq", item, self._item_words(i))])
            for i in rest
        ]
        if len(literals) == 1:
            options.append(texts.ask(self._pool, item, "eq", literals[0]))
        elif literals:
            options.append(texts.ask(self._pool, item, "in", literals))
        return disj(options)

    def _quantifier(self, node: Node, bound: Bound, wanted: Wish) -> Truth:
        values = self._items(node.args[0], bound)
        inner_wanted = None if node.op == "exists_one" else wanted
        found = [
            (
                item.present,
                self._truth(node.args[1], {**bound, str(node.value): item}, wanted=inner_wanted),
            )
            for item in values.items
        ]
        if node.op == "exists_one":
            return self._exactly_one(found, values)
        yes = [conj([present, truth.yes]) for present, truth in found]
        no = [conj([present, truth.no]) for present, truth in found]
        if node.op == "exists":
            all_no = conj(implies(present, truth.no) for present, truth in found)
            result = Truth(conj([values.known, disj(yes)]), conj([values.known, all_no]))
        else:
            all_yes = conj(implies(present, truth.yes) for present, truth in found)
            result = Truth(conj([values.known, all_yes]), conj([values.known, disj(no)]))
        return _trusted(result, values.partial, decisive=node.op == "exists", wanted=wanted)

    def _exactly_one(self, found: Sequence[tuple[Term, Truth]], values: Items) -> Truth:
        clear = conj(implies(present, disj([truth.yes, truth.no])) for present, truth in found)
        known = conj([values.known, negation(values.partial), clear])
        hits = [self._pool.define(conj([present, truth.yes])) for present, truth in found]
        one = disj(
            conj([hit, *(negation(other) for j, other in enumerate(hits) if j != i)])
            for i, hit in enumerate(hits)
        )
        return _when(known, one)

    # Values

    def _number(self, node: Node, bound: Bound) -> Number:
        match node.op:
            case "literal":
                is_real = node.type.kind == "double"
                return Number(real(node.value) if is_real else integer(node.value), known=True)
            case "add" | "sub" | "mul":
                a, b = (self._number(arg, bound) for arg in node.args)
                sign = {"add": "+", "sub": "-", "mul": "*"}[node.op]
                return Number(f"({sign} {a.value} {b.value})", conj([a.known, b.known]))
            case "neg":
                inner = self._number(node.args[0], bound)
                return Number(f"(- {inner.value})", inner.known)
            case "size":
                return self._size(node.args[0], bound)
            case "cond":
                test = self._truth(node.args[0], bound, wanted=None)
                a, b = (self._number(arg, bound) for arg in node.args[1:])
                known = disj([conj([test.yes, a.known]), conj([test.no, b.known])])
                return Number(choice(test.yes, a.value, b.value), known)
            case "field" | "bound" | "root":
                return self._read_number(node, bound)
        inner = self._number(node.args[0], bound)
        part = calendar.part(node.op, str(self._pool.define(inner.value)))
        return Number(part, inner.known)

    def _size(self, node: Node, bound: Bound) -> Number:
        if node.type.kind == "string":
            words = self._words(node, bound)
            return Number(texts.size(self._pool, words.value), words.known)
        values = self._items(node, bound)
        return Number(values.size, conj([values.known, negation(values.partial)]))

    def _words(self, node: Node, bound: Bound) -> Words:
        match node.op:
            case "literal":
                return Words(texts.Literal(str(node.value)), known=True)
            case "concat":
                a, b = (self._words(arg, bound) for arg in node.args)
                if isinstance(a.value, texts.Literal) and isinstance(b.value, texts.Literal):
                    return Words(texts.Literal(a.value.value + b.value.value), known=True)
                return Words(texts.Joined(a.value, b.value), conj([a.known, b.known]))
            case "lowerAscii":
                inner = self._words(node.args[0], bound)
                return Words(texts.lowered(inner.value), inner.known)
            case "cond":
                test = self._truth(node.args[0], bound, wanted=None)
                a, b = (self._words(arg, bound) for arg in node.args[1:])
                known = disj([conj([test.yes, a.known]), conj([test.no, b.known])])
                return Words(texts.Either(test.yes, a.value, b.value), known)
            case "bound":
                return Words(self._item_words(bound[str(node.value)]), known=True)
        base = self._things(node.args[0], bound)
        closed = _closed_list(node.args[0].type, str(node.value))
        return Words(
            self._field_words(base, str(node.value), closed), self._field_known(node, base)
        )

    def _read_flag(self, node: Node, bound: Bound) -> Flag:
        if node.op == "root":
            return Flag(self._flag(str(node.value)), known=True)
        if node.op == "bound":
            return Flag(self._item_flag(bound[str(node.value)]), known=True)
        base = self._things(node.args[0], bound)
        flags = [(guard, self._flag(f"{key}.{node.value}")) for guard, key in base.options]
        value = flags[-1][1]
        for guard, flag in reversed(flags[:-1]):
            value = choose(guard, flag, value)
        return Flag(value, self._field_known(node, base))

    def _read_number(self, node: Node, bound: Bound) -> Number:
        sort = _SORTS[node.type.kind]
        if node.op == "root":
            return Number(self._variable(str(node.value), sort), known=True)
        if node.op == "bound":
            return Number(self._item_number(bound[str(node.value)], sort), known=True)
        base = self._things(node.args[0], bound)
        value = self._field_number(base, str(node.value), sort)
        return Number(value, self._field_known(node, base))

    def _things(self, node: Node, bound: Bound) -> Things:
        """What a field is read of: by its keys in the pool."""
        match node.op:
            case "root":
                name = "roles" if node.type.name == "roles" else str(node.value)
                return Things(((True, name),), known=True)
            case "bound":
                return Things(((True, bound[str(node.value)].key),), known=True)
            case "cond":
                test = self._truth(node.args[0], bound, wanted=None)
                a, b = (self._things(arg, bound) for arg in node.args[1:])
                either = [(conj([test.yes, guard]), key) for guard, key in a.options]
                either += [(conj([test.no, guard]), key) for guard, key in b.options]
                known = disj([conj([test.yes, a.known]), conj([test.no, b.known])])
                return Things(tuple(either), known)
        base = self._things(node.args[0], bound)
        options = tuple((guard, f"{key}.{node.value}") for guard, key in base.options)
        return Things(options, self._field_known(node, base))

    def _field_known(self, node: Node, base: Things) -> Term:
        """When a field can be read: it is there, and its record is whole."""
        of = node.args[0].type
        known = [base.known]
        if of.kind == "record" and node.type.kind != "list":
            known.append(self._there(node, base))
        if of.kind == "domain":
            for guard, key in base.options:
                if (
                    key.startswith("args.")
                    and ".".join(key.split(".")[:2]) not in self._world.alike
                ):
                    # An argument that holds several receivers, or that the label did not fit.
                    known.append(implies(guard, self._flag(f"{key} single")))
            if str(node.value) in PARTIAL_WHEN_OPAQUE.get(of.name, ()) and node.type.kind != "list":
                known += [implies(g, negation(self._flag(f"{k}.opaque"))) for g, k in base.options]
        return conj(known)

    def _there(self, node: Node, base: Things) -> Term:
        name = str(node.value)
        return conj(implies(guard, self._is_there(key, name)) for guard, key in base.options)

    def _is_there(self, key: str, name: str) -> Term:
        if key in ("origin", "tool"):
            return True
        if key in ("roles", "args") and not self._world.is_call:
            return False
        if key == "roles" and name not in self._world.fillable:
            return False
        return self._pool.variable(self._world.key(f"{key}.{name}") + " ?", "Bool")

    def _field_number(self, base: Things, name: str, sort: str) -> str:
        values = [(guard, self._variable(f"{key}.{name}", sort)) for guard, key in base.options]
        result = values[-1][1]
        for guard, value in reversed(values[:-1]):
            result = choice(guard, value, result)
        return result

    def _field_words(self, base: Things, name: str, closed: tuple[str, ...] = ()) -> texts.Text:
        values = [(guard, self._text(f"{key}.{name}", closed)) for guard, key in base.options]
        result = values[-1][1]
        for guard, value in reversed(values[:-1]):
            result = texts.Either(guard, value, result)
        return result

    def _flag(self, key: str) -> Term:
        constant = self._world.constant(key)
        if constant is not None:
            return bool(constant)
        if key == "tool.labelled":
            return disj(self._world.effects.values())
        name = self._world.key(key)
        symbol = self._pool.variable(name, "Bool")
        if self._world.domains_change and name.endswith("inside" + NEW_DOMAINS):
            # What is inside fewer domains is inside more of them too.
            old = self._pool.variable(name.removesuffix(NEW_DOMAINS), "Bool")
            few, many = (symbol, old) if self._world.domains_change < 0 else (old, symbol)
            self._pool.hold(implies(few, many))
        return symbol

    def _text(self, key: str, values: tuple[str, ...] = ()) -> texts.Text:
        constant = self._world.constant(key)
        if constant is not None:
            return texts.Literal(str(constant))
        name = self._world.key("action.tool" if key == "tool.name" else key)
        if name not in self._touched:
            self._touched.add(name)
            self._pool.restrict(name, self._world.enumerations.get(key) or values)
        return texts.Variable(name)

    def _variable(self, key: str, sort: str) -> str:
        symbol = self._pool.variable(self._world.key(key), sort)
        if symbol not in self._touched:
            self._touched.add(symbol)
            if key.rpartition(".")[2] in ("minor", "port", "statements"):
                self._pool.hold(compare("ge", symbol, "0"))
            if key.endswith("query.limit"):
                self._pool.hold(compare("ge", symbol, "(- 1)"))  # -1: the statement has no limit
            if key.startswith("facts."):
                # Counts, sums and times since then are never below zero.
                self._pool.hold(compare("ge", symbol, "0"))
        return symbol

    # Lists

    def _items(self, node: Node, bound: Bound) -> Items:
        match node.op:
            case "set":
                items = tuple(Item(present=True, literal=arg.value) for arg in node.args)
                return Items(items, integer(len(items)), known=True, partial=False)
            case "list":
                return self._written(node, bound)
            case "cond":
                test = self._truth(node.args[0], bound, wanted=None)
                a, b = (self._items(arg, bound) for arg in node.args[1:])
                known = disj([conj([test.yes, a.known]), conj([test.no, b.known])])
                found = [i._replace(present=conj([test.yes, i.present])) for i in a.items]
                found += [i._replace(present=conj([test.no, i.present])) for i in b.items]
                partial = choose(test.yes, a.partial, b.partial)
                return Items(tuple(found), choice(test.yes, a.size, b.size), known, partial)
            case "bound":
                return self._listed(bound[str(node.value)].key, known=True, partial=False)
        base = self._things(node.args[0], bound)
        of, name = node.args[0].type, str(node.value)
        guard, key = base.options[0]
        known = self._field_known(node, base)
        if len(base.options) > 1 or guard is not True:
            raise _NotAnalysedError  # a list of a value that is chosen by `? :`
        if key == "tool" and name == "effects":
            return self._effects()
        is_partial = of.kind == "domain" and name in PARTIAL_WHEN_OPAQUE.get(of.name, ())
        partial = self._flag(f"{key}.opaque") if is_partial else False
        if key in ("roles", "args") and not self._world.is_call:
            return Items((), "0", known, partial=False)
        if key == "roles" and name not in self._world.fillable:
            return Items((), "0", known, partial=False)
        return self._listed(f"{key}.{name}", known=known, partial=partial)

    def _listed(self, key: str, *, known: Term, partial: Term) -> Items:
        present, size = self._pool.list_of(self._world.key(key))
        items = tuple(Item(present=slot, key=f"{key}[{i}]") for i, slot in enumerate(present))
        return Items(items, size, known, partial)

    def _written(self, node: Node, bound: Bound) -> Items:
        """A list that the condition writes out."""
        known: list[Term] = []
        items = []
        for arg in node.args:
            if arg.op == "literal":
                items.append(Item(present=True, literal=arg.value))
                continue
            if arg.type.kind == "string":
                words = self._words(arg, bound)
                known.append(words.known)
                items.append(Item(present=True, literal=words.value))
            elif arg.type.kind == "bool":
                truth = self._truth(arg, bound, wanted=None)
                known.append(disj([truth.yes, truth.no]))
                items.append(Item(present=True, literal=Flag(truth.yes, known=True)))
            else:
                number = self._number(arg, bound)
                known.append(number.known)
                items.append(Item(present=True, literal=number))
        return Items(tuple(items), integer(len(items)), conj(known), partial=False)

    def _effects(self) -> Items:
        known = [(name, self._world.effects.get(name, False)) for name in EFFECTS]
        items = tuple(Item(present=term, literal=name) for name, term in known if term is not False)
        size = total([choice(item.present, "1", "0") for item in items])
        return Items(items, size, known=True, partial=False)

    def _item_words(self, item: Item) -> texts.Text:
        if item.literal is None:
            return self._text(item.key)
        return item.literal if not isinstance(item.literal, str) else texts.Literal(item.literal)

    def _item_number(self, item: Item, sort: str) -> str:
        if item.literal is None:
            return self._variable(item.key, sort)
        if isinstance(item.literal, Number):
            return item.literal.value
        return real(item.literal) if sort == "Real" else integer(item.literal)

    def _item_flag(self, item: Item) -> Term:
        if item.literal is None:
            return self._flag(item.key)
        return item.literal.value if isinstance(item.literal, Flag) else bool(item.literal)


def _when(known: Term, found: Term) -> Truth:
    return Truth(conj([known, found]), conj([known, negation(found)]))


def _trusted(result: Truth, partial: Term, *, decisive: bool, wanted: Wish) -> Truth:
    """Rule 3: of a guess, only what was found counts, and only where it helps to fire."""
    if partial is False:
        return result
    whole = negation(partial)
    helps = decisive is wanted
    yes = result.yes if helps and decisive else conj([result.yes, whole])
    no = result.no if helps and not decisive else conj([result.no, whole])
    return Truth(yes, no)


def _closed_list(of: Type, name: str) -> tuple[str, ...]:
    """The values that a field of a struct or of a typed value can have."""
    record = (DOMAINS if of.kind == "domain" else STRUCTS).get(of.name)
    field = record.fields.get(name) if record is not None and of.kind != "record" else None
    return field.values if field is not None else ()


_Encode = Callable[[Encoder, Node, Bound, "bool | None"], Truth]
_TRUTHS: dict[str, _Encode] = {
    "literal": Encoder._literal,  # noqa: SLF001 - this module's own table
    "and": Encoder._chain,  # noqa: SLF001 - as above
    "or": Encoder._chain,  # noqa: SLF001 - as above
    "not": Encoder._not,  # noqa: SLF001 - as above
    "cond": Encoder._cond,  # noqa: SLF001 - as above
    "has": Encoder._has,  # noqa: SLF001 - as above
    "surely": Encoder._has,  # noqa: SLF001 - as above
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), Encoder._compare),  # noqa: SLF001 - as above
    **dict.fromkeys(("startsWith", "endsWith", "contains", "matches"), Encoder._text_test),  # noqa: SLF001 - as above
    **dict.fromkeys(("over", "at_least"), Encoder._money),  # noqa: SLF001 - as above
    "within": Encoder._within,  # noqa: SLF001 - as above
    "in": Encoder._member,  # noqa: SLF001 - as above
    **dict.fromkeys(("exists", "all", "exists_one"), Encoder._quantifier),  # noqa: SLF001 - as above
}
