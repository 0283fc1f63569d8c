"""Reading two versions of a constitution, each with its catalogue, for the commands that compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gardefou.cli._documents import catalogue_of, constitution_of
from gardefou.constitution.catalogue import Catalogue
from gardefou.decide import Guard
from gardefou.errors import FileError

Version = Annotated[
    Path,
    typer.Argument(
        help="A constitution: a file, or a folder whose .md files are its layers by name.",
        readable=False,
        show_default=False,
    ),
]
OldCatalogue = Annotated[
    str, typer.Option(help="The catalogue of tools; auto: tools are not known.", metavar="FILE")
]
NewCatalogue = Annotated[
    str,
    typer.Option(
        help="The catalogue under the new version.  [default: the same]",
        metavar="FILE",
        show_default=False,
    ),
]


def guard_from(path: Path, catalogue: str) -> Guard:
    """The guard of one version.

    Raises:
        LoadError: with every mistake of its documents.
        FileError: ``cli.file``, ``cli.no_layers`` for a folder without documents.
    """
    known = catalogue_of(catalogue)
    return Guard(constitution_of(_layers(path), known), known or Catalogue())


def _layers(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    layers = sorted(path.glob("*.md"))
    if not layers:
        raise FileError(
            f"the folder `{path}` holds no .md file",
            code="cli.no_layers",
            help="put the layers there, named in their order, such as 1-issuer.md and 2-operator.md",
        )
    return layers
