"""Command lines and SQL: what runs, or that nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest

from gardefou.constitution.catalogue.types import parse_shell, parse_sql
from gardefou.errors import InputError

NAMED = [
    ("rm -rf /srv", {"rm"}),
    ("ls -l | sort | uniq -c", {"ls", "sort", "uniq"}),
    ("a && b || c; d & e", {"a", "b", "c", "d", "e"}),
    ("(cd /x; make) > log", {"cd", "make"}),
    ("echo $(whoami) `id` <(date)", {"echo", "whoami", "id", "date"}),
    ('echo "$(whoami)"', {"echo", "whoami"}),
    ("X=$(curl x) true", {"curl", "true"}),
    ("cat <<EOF\n$(rm x)\nEOF", {"cat", "rm"}),
    ("if test -f x; then rm x; else touch x; fi", {"test", "rm", "touch"}),
    ("for f in a b; do shred $f; done", {"shred"}),
    ("while read l; do mail $l; done < list", {"read", "mail"}),
    ("f() { rm x; }; f", {"rm", "f"}),
    ("case $x in a) rm x;; esac", {"rm"}),
    ("[[ -f x ]] && rm x", {"rm"}),
    ("! rm x", {"rm"}),
    ("A=1 B=2 rm x", {"rm"}),
    ("/usr/bin/rm x", {"rm"}),
    ("'rm' x", {"rm"}),
    ('"rm" x', {"rm"}),
    ("r\\m x", {"rm"}),
    ("r''m x", {"rm"}),
    ("rm\\\n x", {"rm"}),
    ("sudo rm x", {"sudo", "rm"}),
    ("sudo -n -u root rm x", {"sudo", "rm"}),
    ("sudo -uroot rm x", {"sudo", "rm"}),
    ("doas rm x", {"doas", "rm"}),
    ("env A=1 rm x", {"env", "rm"}),
    ("env -i A=1 -- rm x", {"env", "rm"}),
    ("nohup rm x &", {"nohup", "rm"}),
    ("timeout -k 5 10s rm x", {"timeout", "rm"}),
    ("nice -n 5 ionice -c 2 rm x", {"nice", "ionice", "rm"}),
    ("time -p rm x", {"time", "rm"}),
    ("exec rm x", {"exec", "rm"}),
    ("command rm x", {"command", "rm"}),
    ("xargs -0 -n 1 rm < list", {"xargs", "rm"}),
    ("xargs -I{} rm {}", {"xargs", "rm"}),
    ("find . -name '*.py' -exec rm {} \\;", {"find", "rm"}),
    ("find . -name '*.py' -delete", {"find", "rm"}),
    ("bash -c 'rm x; curl y'", {"bash", "rm", "curl"}),
    ("bash -lc 'rm x'", {"bash", "rm"}),
    ("sudo env A=1 timeout 5 sh -c \"sh -c 'rm x'\"", {"sudo", "env", "timeout", "sh", "rm"}),
    ("eval 'rm x'", {"eval", "rm"}),
    ("bash script.sh", {"bash"}),
    ("python3 manage.py migrate", {"python3"}),
    ("python -m pytest -c x", {"python"}),
    ("python3 --version", {"python3"}),
    ("python3 -X dev -u job.py -c x", {"python3"}),
    ("node --inspect app.js", {"node"}),
    ("node --max-old-space-size=9 app.js -e", {"node"}),
    ("xargs", {"xargs"}),
    ("sudo LANG=C rm x", {"sudo", "rm"}),
    ("nice -10 rm x", {"nice", "rm"}),
    ("fd x -x rm", {"fd", "rm"}),
    ("find . -fprint log", {"find"}),
    ("unset A", {"unset"}),
    ("git commit -m 'rm; $(x)'", {"git"}),
    ("echo 'a | b && c'", {"echo"}),
    ("echo hi # rm x", {"echo"}),
    ("export A=1", {"export"}),
    ("écho déjà | grep 日本", {"écho", "grep"}),
    ("é=1 rm", {"é=1"}),
    ("echo 'é' $(naïf)", {"echo", "naïf"}),
]

OPAQUE = [
    "$X a",
    "${X} a",
    "$(which rm) x",
    "`echo rm` x",
    "r$Y x",
    "/bin/r? x",
    "/bin/[r]m x",
    "{rm,-rf,x}",
    "$'\\x72m' x",
    "curl x | bash",
    "curl x | sudo bash -s",
    "bash <<EOF\nrm x\nEOF",
    "bash <<< 'rm x'",
    "bash < script",
    "sh",
    'bash -c "$X"',
    'bash -c "rm $X; $(y)"',
    "eval $X",
    'eval "r$X"',
    "source x",
    ". ./x",
    "alias ls=rm; ls",
    "PATH=/tmp ls",
    "export PATH=/tmp; ls",
    "LD_PRELOAD=x ls",
    "env PATH=/tmp ls",
    "env -S 'rm x'",
    "sudo --user root rm x",
    "sudo -i",
    "sudo -Z x rm y",
    "python3 -c 'import os'",
    "python3.12 -Bc 'x'",
    "python3 -W ignore -c 'x'",
    "python3",
    "python3 - < x",
    "perl -e 'x'",
    "perl -lane 'x'",
    "node --eval 'x'",
    "node --require x -e y",
    "sudo --chdir=/x --login rm y",
    "env --split-string='rm x'",
    "xargs --max-args rm x",
    "find . -fprint $X",
    "bash --rcfile x y",
    "bash $X",
    "''",
    "env LD_PRELOAD=x ls",
    "ruby -e 'x'",
    "php -r 'x'",
    "awk 'BEGIN{system(\"rm x\")}'",
    "ssh host rm x",
    "su -c 'rm x'",
    "busybox rm x",
    "pwsh -c x",
    "xargs $X",
    "find . -exec $X {} \\;",
    "coproc rm x",
    "trap 'rm x' EXIT",
    "ls && (",
    "echo 'unclosed",
    "echo a > $X",
    "X=1",
    "# nothing",
    "bash -c " * 10 + "x",
    "sh -c \"sh -c 'x'",
    "true " * 20_000,
    "a|" * 20_000,
    "(" * 30_000,
    "$(" * 20_000,
    "cat <<" + "A" * 5000,
    "cat " + "<<E " * 800,
]


@pytest.mark.parametrize(
    ("text", "programs"), NAMED, ids=lambda v: None if isinstance(v, set) else str(v)[:40]
)
def test_every_program_is_named(text: str, programs: set[str]) -> None:
    shell = parse_shell(text)
    assert set(shell.programs) == programs
    assert not shell.opaque


@pytest.mark.parametrize("text", OPAQUE, ids=lambda v: None if isinstance(v, set) else str(v)[:40])
def test_what_cannot_be_named_is_opaque(text: str) -> None:
    """law 2: a computed program, code from elsewhere, a changed look-up."""
    assert parse_shell(text).opaque


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("git push", {"git push"}),
        ("git push --force origin main", {"git push", "git push origin"}),
        ("git -C repo push", {"git push"}),
        ("gh repo delete x", {"gh repo delete"}),
        ("docker --context y rm z", {"docker rm"}),
        ("sudo systemctl stop guard", {"systemctl stop"}),
        ("kubectl -n prod delete pod x", {"kubectl delete"}),
    ],
)
def test_verbs_are_the_first_words(text: str, verbs: set[str]) -> None:
    assert verbs <= set(parse_shell(text).verbs)


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("echo a > /etc/x", ("/etc/x",)),
        ("echo a >> 'b c' 2>&1", ("b c",)),
        ("echo a >| x", ("x",)),
        ("make &> log", ("log",)),
        ("> x", ("x",)),
        ("ls 2>/dev/null", ()),
        ("cat < x", ()),
        ("cat <<EOF > y\nz\nEOF", ("y",)),
        ("bash -c 'echo a > deep'", ("deep",)),
        ("find . -fprint log -fls all", ("log", "all")),
        ("echo a >&2", ()),
        ("echo a >& both", ("both",)),
    ],
)
def test_redirections_that_write_are_listed(text: str, writes: tuple[str, ...]) -> None:
    assert parse_shell(text).writes == writes


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "shell.empty"),
        (" \n", "shell.empty"),
        ("rm\x00x", "shell.invisible"),
        ("rm x\r\nls", "shell.invisible"),
        ("ls \u202e x", "shell.invisible"),
        (5, "shell.type"),
        ([], "shell.type"),
        (["ls", 5], "shell.type"),
    ],
    ids=ascii,
)
def test_what_is_no_command_line_is_refused(value: Any, code: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_shell(value)
    assert refused.value.code == code


def test_characters_of_higher_planes_do_not_reach_the_scanner() -> None:
    """A crash of a native library is no verdict."""
    for text in ("{\U001069bf?\U000938bc,\U001032cf<", "\U0010ffff a", "cat <<\U0010ffff\nx"):
        for _ in range(50):
            parse_shell(text + " ")
    assert parse_shell("echo \U0001f600 > \U0001f600.txt").writes == ("\U0001f600.txt",)


def test_a_list_of_words_is_not_parsed_again() -> None:
    shell = parse_shell(["echo", "a; rm x", "$(y)"])
    assert (shell.programs, shell.opaque) == (("echo",), False)
    assert parse_shell(["bash", "-c", "rm x"]).programs == ("bash", "rm")


SQL = [
    ("select * from a join b on a.x = b.x", ("select",), {"a", "b"}),
    ("SELECT 1", ("select",), set()),
    ("insert into a values (1)", ("insert",), {"a"}),
    ("update a set x = 1 where y = (select z from b)", ("update",), {"a", "b"}),
    ("delete from s.a", ("delete",), {"s.a"}),
    ("drop table if exists a", ("drop",), {"a"}),
    ("select 1; drop table a", ("select", "drop"), {"a"}),
    ("select 1;\n-- a comment\ndelete from a", ("select", "delete"), {"a"}),
    ("select 1 /* drop table b */", ("select",), set()),
    ("select 'drop table b'", ("select",), set()),
    ("with x as (delete from a returning *) select * from x", ("delete",), {"a"}),
    ("with x as (select 1) insert into a select * from x", ("insert",), {"a"}),
    ("select * into b from a", ("create",), {"a", "b"}),
    ("create table a (x int)", ("create",), {"a"}),
    ("alter table a drop column x", ("alter",), {"a"}),
    ("truncate table a", ("truncate",), {"a"}),
    ("merge into a using b on a.x = b.x when matched then delete", ("merge",), {"a", "b"}),
    ("grant all on a to bob", ("grant",), {"a"}),
    ('select * from "Odd Name"', ("select",), {"odd name"}),
    ("begin; delete from a; commit", ("begin", "delete", "commit"), {"a"}),
    ("select * from a where x = 'it''s'", ("select",), {"a"}),
    ("pragma writable_schema = 1", ("pragma",), set()),
]


@pytest.mark.parametrize(
    ("text", "verbs", "tables"), SQL, ids=lambda v: None if isinstance(v, set) else str(v)[:40]
)
def test_statements_and_tables_are_named(
    text: str, verbs: tuple[str, ...], tables: set[str]
) -> None:
    sql = parse_sql(text)
    assert not sql.opaque
    assert set(verbs) <= set(sql.verbs)
    assert tables <= set(sql.tables)
    assert sql.writes == (set(sql.verbs) != {"select"})


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("call wipe()", "call"),
        ("exec sp_wipe", "exec"),
        ("execute immediate 'drop table a'", "drop"),
        ("do $$ begin delete from a; end $$", "delete"),
        ("prepare x as delete from a", "delete"),
        ("explain analyze delete from a", "delete"),
        ("select 1 /*! ; drop table a */", "drop"),
        ("select 1 --drop\n, 2", "drop"),
        ("select 1 # x\n; drop table a", "drop"),
        ("select '\\'; drop table a; -- '", "drop"),
        ("select /* /* */ 1; drop table a; /* */ */ 2", "drop"),
        ("selec * form a; delete", "delete"),
        ("select (((", "select"),
        ("select 1 from a; {% if x %} drop table a {% endif %}", "drop"),
        ("copy a from program 'rm x'", "copy"),
        ("nonsense", ""),
    ],
)
def test_sql_that_databases_read_differently_is_opaque(text: str, verb: str) -> None:
    """law 2: every word that could be a verb is one."""
    sql = parse_sql(text)
    assert sql.opaque
    assert sql.writes
    assert not verb or verb in sql.verbs


@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 5000,
        "select * from a where " + " and ".join(["x = 1"] * 5000),
        "select " + "1 + " * 10_000 + "1",
        "select " + "not " * 10_000 + "1",
        " union ".join(["select 1"] * 3000),
        "select * from (" * 1500 + "a" + ")" * 1500,
        "select " + "case when " * 2000,
    ],
    ids=lambda v: v[:24],
)
def test_sql_of_any_depth_is_read_or_opaque(text: str) -> None:
    """law 2: nesting is no way to make the reader fail."""
    assert "select" in parse_sql(text).verbs


@pytest.mark.parametrize(
    ("value", "code"),
    [("", "sql.empty"), ("select\x001", "sql.invisible"), (5, "sql.type"), (None, "sql.type")],
)
def test_what_is_no_sql_is_refused(value: Any, code: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_sql(value)
    assert refused.value.code == code
