"""Loading constitutions: one document or the layers issuer, operator, tenant.

1. All mistakes of all documents are reported at once; with one mistake nothing is loaded.
2. Layers come in the order issuer, operator, tenant; a later one adds and tightens.
3. A later layer may write a `default` article anew under the same anchor; the old one stays
   visible. It cannot touch another kind, nor any set, definition, fact or role of an earlier one.
4. `unlisted` only tightens.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TypeVar

from gardefou.constitution._articles import LAYERS, Article, ArticleKind, Layer, Rule, Selector
from gardefou.constitution._compiler import Compiler
from gardefou.constitution._constitution import Constitution, Document, sealed
from gardefou.constitution._declarations import (
    FactReader,
    check_definitions,
    declare_definitions,
    declare_sets,
)
from gardefou.constitution._front import LANGUAGE, Front, declare_front, read_front
from gardefou.constitution._markdown import Block, Page, Section, split
from gardefou.constitution._problems import Place, Problems, did_you_mean, shown
from gardefou.constitution._properties import PropertyReader
from gardefou.constitution._quorum import persons_short
from gardefou.constitution._rules import BlockReader, Quorum
from gardefou.constitution._scope import Declared, Scope, is_later
from gardefou.constitution._selectors import Selectors
from gardefou.constitution._text import check_rules, decode
from gardefou.constitution._yaml import Table, read
from gardefou.constitution.catalogue import Catalogue
from gardefou.errors import Problem
from gardefou.verdict import Verdict

Source = str | bytes | Path
T = TypeVar("T")


def load(source: Source, *, file: str = "", catalogue: Catalogue | None = None) -> Constitution:
    """The constitution in one document; with the catalogue, tools and their parameters are checked.

    ``source`` is the text, its bytes, or the path of a file; ``file`` names it in messages.

    Raises:
        LoadError: with every mistake of the document.
    """
    return load_layers([source], files=[file], catalogue=catalogue)


def load_layers(
    sources: Sequence[Source], *, files: Sequence[str] = (), catalogue: Catalogue | None = None
) -> Constitution:
    """The constitution that the layers make together, from the issuer's to the tenant's.

    Raises:
        LoadError: with every mistake of every document.
    """
    problems = Problems()
    loader = _Loader(catalogue, problems)
    for index, source in enumerate(sources):
        name = files[index] if index < len(files) else ""
        if not name and not isinstance(source, Path) and len(sources) > 1:
            name = f"document {index + 1}"
        text, name = _text(source, name, problems)
        if text is not None:
            loader.add(decode(text, name, problems), name)
    if not sources:
        problems.error(
            "layer.none",
            Place(),
            "there is no document to load",
            expected="at least one document",
            help="name the file of a constitution, or load the standard one",
        )
    return loader.finish()


def standard_text() -> str:
    """The text of the standard constitution, the issuer's layer for whoever has written none."""
    folder = resources.files("gardefou.constitution") / "standard"
    return (folder / "standard.md").read_text(encoding="utf-8")


def standard(*, catalogue: Catalogue | None = None) -> Constitution:
    """The standard constitution alone.

    Raises:
        LoadError: when the catalogue does not fit it.
    """
    return load(standard_text(), file="standard.md", catalogue=catalogue)


def _text(source: Source, name: str, problems: Problems) -> tuple[str | bytes | None, str]:
    if not isinstance(source, Path):
        return source, name
    try:
        return source.read_bytes(), name or source.name
    except OSError as error:
        problems.error(
            "text.file",
            Place(name or source.name),
            f"the file cannot be read: {(error.strerror or 'unknown reason').lower()}",
            expected="a file that can be read",
            help="check the path and the permissions",
        )
        return None, name


class _Loader:
    """Reads the layers one after another into one scope."""

    def __init__(self, catalogue: Catalogue | None, problems: Problems) -> None:
        self._catalogue = catalogue
        self._problems = problems
        self._scope = Scope()
        self._articles: dict[str, Article] = {}
        self._replaced: list[Article] = []
        self._documents: list[Document] = []
        self._quorums: list[Quorum] = []
        selectors = Selectors(catalogue, problems)
        self._properties = PropertyReader(self._scope, selectors, problems)

    def add(self, text: str, file: str) -> None:
        """Read one document."""
        if not text:
            if not self._problems.errors:
                self._empty(file)
            return
        page = split(text, file, self._problems)
        table = None if page.front is None else self._block(page.front)
        if table is None:
            return
        front = read_front(table, self._problems)
        self._order(front, file)
        declare_front(front, self._scope, self._problems)
        reader = self._declare(page, front)
        if not page.sections:
            self._empty(file)
        numbers: dict[str, int] = {}
        anchors: dict[str, int] = {}
        for section in page.sections:
            self._unique(section, "number", section.number, numbers)
            if self._unique(section, "anchor", section.id, anchors):
                self._article(section, front.layer, reader)
        stated = [(block.place, self._block(block)) for block in page.blocks("property")]
        compiler = Compiler(self._scope, self._catalogue, self._problems)
        self._properties.read(stated, front.layer, compiler)
        self._quorums += reader.quorums
        self._documents.append(
            Document(
                name=front.name,
                version=front.version,
                layer=front.layer,
                preamble=page.preamble,
                file=file,
            )
        )

    def finish(self) -> Constitution:
        """Check what needs all layers, and make the constitution."""
        self._check_quorums()
        self._check_role_lists()
        self._warn_unused()
        self._problems.check()
        scope = self._scope
        last = self._documents[-1]
        return sealed(
            Constitution(
                name=last.name,
                version=last.version,
                language=LANGUAGE,
                unlisted=scope.unlisted.value if scope.unlisted else Verdict.HOLD,
                currency=scope.currency.value if scope.currency else "",
                organisation_domains=scope.domains.value if scope.domains else (),
                roles=_values(scope.roles),
                terminal_roles=self._role_list("terminal_roles"),
                break_glass_roles=self._role_list("break_glass_roles"),
                sets=_values(scope.sets),
                definitions=_values(scope.definitions),
                facts=tuple(_values(scope.facts).values()),
                articles=tuple(self._articles.values()),
                replaced=tuple(self._replaced),
                properties=tuple(self._properties.found),
                documents=tuple(self._documents),
                emergency_review_s=scope.emergency_review_s,
                warnings=tuple(sorted(self._problems.warnings, key=_place)),
            )
        )

    def _empty(self, file: str) -> None:
        self._problems.error(
            "article.none",
            Place(file, 1, 1),
            "the document has no article",
            expected="`## Article 1. Title {#anchor}`",
            help="write at least one article",
        )

    def _block(self, block: Block) -> Table | None:
        if not check_rules(block.text, block.place.file, block.first_line, self._problems):
            return None
        return read(block.text, block.place.file, block.first_line, self._problems)

    def _order(self, front: Front, file: str) -> None:
        if self._documents and is_later(self._documents[-1].layer, front.layer):
            before = self._documents[-1].layer
            self._problems.error(
                "layer.order",
                front.fields.place("layer"),
                f"the layer {front.layer} comes after the layer {before}",
                found=f"`{front.layer}`",
                expected=f"the order {', '.join(LAYERS)}",
                help=f"name the document {shown(file)} earlier, or correct its `layer`",
            )

    def _declare(self, page: Page, front: Front) -> BlockReader:
        """Declare everything before any condition is compiled, wherever it stands."""
        scope, problems = self._scope, self._problems
        tables: dict[str, list[Table]] = {"sets": [], "definitions": [], "facts": []}
        for kind, found in tables.items():
            if (table := front.fields.table_of(kind)) is not None:
                found.append(table)
        for block in page.blocks(*tables):
            if (read_table := self._block(block)) is not None:
                tables[block.kind].append(read_table)
        for table in tables["sets"]:
            declare_sets(table, front.layer, scope, problems)
        for table in tables["definitions"]:
            declare_definitions(table, front.layer, scope, problems)
        check_definitions(scope, problems)
        selectors = Selectors(self._catalogue, problems)
        facts = FactReader(Compiler(scope, self._catalogue, problems), selectors, problems)
        for table in tables["facts"]:
            facts.declare(table, front.layer, scope)
        return BlockReader(scope, Compiler(scope, self._catalogue, problems), selectors, problems)

    def _unique(self, section: Section, what: str, value: str, seen: dict[str, int]) -> bool:
        if value in seen:
            self._problems.error(
                "article.number" if what == "number" else "article.anchor",
                section.place,
                f"the {what} {shown(value)} stands twice, first on line {seen[value]}",
                found=shown(value),
                expected="each once in a document",
                help=f"give one of the articles another {what}",
            )
            return False
        seen[value] = section.place.line
        return True

    def _article(self, section: Section, layer: Layer, reader: BlockReader) -> None:
        blocks = [block for block in section.blocks if block.kind == "article"]
        if not section.prose:
            self._problems.error(
                "article.no_prose",
                section.place,
                f"the article {shown(section.id)} has no prose",
                expected="a text that says what the rules mean",
                help="write what the model is told and what a supervisor reads beside a held action",
            )
        if not blocks:
            self._problems.error(
                "article.no_block",
                section.place,
                f"the article {shown(section.id)} has no `article` block",
                expected="a block ```article",
                help="add one; `kind: guideline` is for advice that decides nothing",
            )
            return
        kinds: list[ArticleKind | None] = []
        on: list[Selector] = []
        rules: list[Rule] = []
        complete = True
        for block in blocks:
            table = self._block(block)
            if table is None:
                complete = False
                continue
            kind, selectors, found = reader.read(table, len(rules) + 1)
            kinds.append(kind)
            on += [selector for selector in selectors if selector not in on]
            rules += found
            if kind != kinds[0] and kind is not None and kinds[0] is not None:
                self._problems.error(
                    "article.kinds",
                    block.place,
                    f"one block of the article is a `{kinds[0]}`, another a `{kind}`",
                    found=f"`{kind}`",
                    expected=f"`kind: {kinds[0]}`",
                    help="an article has one kind: write two articles",
                )
        if not complete or not kinds or kinds[0] is None:
            return
        self._place(
            Article(
                number=section.number,
                id=section.id,
                title=section.title,
                kind=kinds[0],
                layer=layer,
                prose=section.prose,
                on=tuple(on),
                rules=tuple(rules),
                file=section.place.file,
                line=section.place.line,
            )
        )

    def _place(self, new: Article) -> None:
        """Add an article, or put it in the place of an earlier layer's default."""
        old = self._articles.get(new.id)
        if old is not None:
            if (
                old.kind != "default"
                or new.kind == "guideline"
                or not is_later(new.layer, old.layer)
            ):
                self._problems.error(
                    "layer.replaced",
                    Place(new.file, new.line, 1),
                    f"the article {shown(new.id)} of the layer {old.layer} is a `{old.kind}` and cannot be written anew by a `{new.kind}` of the layer {new.layer}",
                    found=f"`#{new.id}`",
                    expected="an anchor that no earlier layer uses",
                    help="give the article another anchor; only a `default` of an earlier layer can be written anew",
                )
                return
            self._replaced.append(old)
        self._articles[new.id] = new

    def _check_quorums(self) -> None:
        roles = _values(self._scope.roles)
        for needed in self._quorums:
            empty = [role for role in needed.quorum if not roles.get(role)]
            if empty:
                self._problems.warning(
                    "quorum.open",
                    needed.place,
                    f"nobody can release this hold yet: the role `{empty[0]}` has no members",
                    help=f"name the members of `{empty[0]}` in a later layer; until then the hold ends in a refusal",
                )
            elif short := persons_short(needed.quorum, roles):
                count = sum(needed.quorum.values())
                self._problems.error(
                    "quorum.impossible",
                    needed.place,
                    f"the quorum asks for {count} persons and lacks {short}",
                    found=", ".join(f"`{role}` has {len(roles[role])}" for role in needed.quorum),
                    expected="enough different persons: one person counts once",
                    help="name more members, or ask for fewer",
                )

    def _check_role_lists(self) -> None:
        for key, declared in self._scope.role_lists.items():
            for role in declared.value:
                if role not in self._scope.roles:
                    self._problems.error(
                        "role.unknown",
                        declared.place,
                        f"`{key}` names {shown(role)}, and there is no such role",
                        found=shown(role),
                        expected="a role of the front matter",
                        help=did_you_mean(role, self._scope.roles, kind="role"),
                    )

    def _role_list(self, key: str) -> tuple[str, ...]:
        declared = self._scope.role_lists.get(key)
        return declared.value if declared else ()

    def _warn_unused(self) -> None:
        groups: dict[str, tuple[str, str, dict[str, Place]]] = {
            "fact": ("fact.unused", "facts", _places(self._scope.facts)),
            "set": ("set.unused", "sets", _places(self._scope.sets)),
            "definition": ("definition.unused", "defs", _places(self._scope.definitions)),
        }
        for what, (code, root, declared) in groups.items():
            for name, place in declared.items():
                if f"{root}.{name}" not in self._scope.used:
                    self._problems.warning(
                        code,
                        place,
                        f"no rule reads the {what} `{name}`",
                        help=f"delete it, or read it as `{root}.{name}`",
                    )


def _values(declared: dict[str, Declared[T]]) -> dict[str, T]:
    return {name: d.value for name, d in declared.items()}


def _places(declared: dict[str, Declared[T]]) -> dict[str, Place]:
    return {name: d.place for name, d in declared.items()}


def _place(problem: Problem) -> tuple[str, int, int]:
    return problem.file, problem.line, problem.column
