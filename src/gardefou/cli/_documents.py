"""Reading what the commands are given: constitutions and catalogues."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gardefou.cli._output import ContentError, named, read, read_json, read_text
from gardefou.constitution import Constitution, load_layers, standard
from gardefou.constitution.catalogue import Catalogue, import_tools, load_catalogue

Layers = Annotated[
    list[Path] | None,
    typer.Option(
        help="The constitution; again for each further layer.  [default: the standard one]",
        metavar="FILE",
        readable=False,
        show_default=False,
    ),
]
Labels = Annotated[
    str,
    typer.Option(help="The catalogue of tools, or auto: labels are proposed.", metavar="FILE"),
]


def constitution_of(paths: Sequence[Path], catalogue: Catalogue | None = None) -> Constitution:
    """The constitution in these layers, or the standard one when there is none.

    Raises:
        LoadError: with every mistake of every layer.
        FileError: ``cli.file`` when one cannot be read.
    """
    if not paths:
        return standard(catalogue=catalogue)
    texts = [read(path) for path in paths]
    return load_layers(texts, files=[str(path) for path in paths], catalogue=catalogue)


def catalogue_of(path: str) -> Catalogue | None:
    """The catalogue in a file, or None for ``auto``.

    Raises:
        LoadError: with every mistake of the file.
        FileError: ``cli.file`` when it cannot be read.
    """
    if path == "auto":
        return None
    return load_catalogue(read_text(Path(path)), file=path)


def imported(path: Path) -> Catalogue:
    """The tools in a file of tool definitions, as they are, without labels.

    Raises:
        FileError: ``cli.file`` when it cannot be read.
        ContentError: when it is no list of tools, ``cli.no_tools`` when the list is empty.
    """
    value = read_json(path)
    with named(path):
        found = import_tools(value)
    if not found.tools:
        raise ContentError(
            f"`{path}` holds no tools",
            code="cli.no_tools",
            help="give an MCP tools/list result, OpenAI or Anthropic tool definitions, or a list of schemas",
        )
    return found
