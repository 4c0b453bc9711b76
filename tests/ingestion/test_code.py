"""Source code: functions and classes with their comments, in every language that is read."""

import importlib.util
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers import code_grammar
from ingestion.parsers.code import _LANGUAGES, CodeParser
from ingestion.parsers.code_grammar import GRAMMARS

has_grammars = pytest.mark.skipif(
    importlib.util.find_spec("tree_sitter") is None, reason="needs the code extra: pip install 'ragline[code]'"
)

FILLER = "\n".join(f"    x{number} = {number}" for number in range(90))
PYTHON = f'''"""Pumps."""

import os

LIMIT = 3


# Runs it.
# Twice.
@cached
def run(a):
    """Runs."""
    return a


class Pump(Base):
    """A pump."""

{FILLER}

    @property
    def name(self):
        return "x"

    async def stop(self):
        pass


if os:
    def late():
        pass

print(run(1))
'''


def parse(text: str, name: str = "src/pumps.py") -> ParsedDocument:
    return CodeParser().parse(RawSource(name, text.encode()))


def pieces(parsed: ParsedDocument) -> dict[tuple[str, ...], str]:
    """The text of each section path, without the file's name; parts of one path are joined."""
    found: dict[tuple[str, ...], str] = {}
    for element in parsed.elements:
        path = element.section_path[1:]
        found[path] = "\n".join(filter(None, (found.get(path, ""), parsed.text[element.start : element.end])))
    return found


def check_cover(parsed: ParsedDocument) -> None:
    at = 0
    for element in parsed.elements:
        assert parsed.text[at : element.start].strip() == ""
        assert at <= element.start < element.end
        assert element.kind == "code"
        at = element.end
    assert parsed.text[at:].strip() == ""


def test_python_by_function_and_method() -> None:
    parsed = parse(PYTHON)
    found = pieces(parsed)
    assert list(found) == [(), ("run",), ("Pump",), ("Pump", "name"), ("Pump", "stop"), ("late",)]
    assert found["run",] == '# Runs it.\n# Twice.\n@cached\ndef run(a):\n    """Runs."""\n    return a'
    assert found["Pump", "name"] == '    @property\n    def name(self):\n        return "x"'
    assert found["Pump",].startswith('class Pump(Base):\n    """A pump."""')
    assert parsed.title == "pumps.py"
    assert {element.section_path[0] for element in parsed.elements} == {"pumps.py"}
    assert {element.language for element in parsed.elements} == {"python"}
    assert parsed.text == PYTHON
    check_cover(parsed)


def test_a_small_class_stays_whole() -> None:
    found = pieces(parse("class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"))
    assert list(found) == [("A",)]


@pytest.mark.parametrize("text", ["def broken(:\n    pass\n\nx = 1\n", "print 'old'\n\nprint 'python'\n", "(" * 500 + "\n\nx"])
def test_what_is_no_python_is_split_at_blank_lines(text: str) -> None:
    parsed = parse(text)
    assert len(parsed.elements) == 2
    assert {element.section_path for element in parsed.elements} == {("pumps.py",)}
    check_cover(parsed)


CODE = {
    "a.js": (
        "import x from 'y';\n\n/** Adds. */\nexport function add(a) {\n  return a;\n}\n\n"
        "const go = async (x) => {\n  return x;\n};\n"
        "exports.stop = function () { return 2; };\n",
        {"add": "/** Adds. */\nexport function add(a) {\n  return a;\n}", "go": "const go", "exports.stop": "exports.stop ="},
    ),
    "a.jsx": ("export default function App() {\n  return <b>x</b>;\n}\n", {"App": "export default function App"}),
    "a.ts": (
        "export interface P { a: string }\nexport type T = string;\ndeclare function ext(a: string): void;\n"
        "@Injectable()\nexport class S { f() {} }\n",
        {"P": "export interface P", "T": "export type T", "ext": "declare function", "S": "@Injectable()\nexport class S"},
    ),
    "a.tsx": ("export const App = () => <b>x</b>;\n\nenum E { A }\n", {"App": "export const App", "E": "enum E"}),
    "a.go": (
        "package main\n\n// Pump pumps.\ntype Pump struct {\n\tA int\n}\n\n"
        "// Run runs.\nfunc (p *Pump) Run() error {\n\treturn nil\n}\n",
        {"Pump": "// Pump pumps.\ntype Pump", "Pump.Run": "// Run runs.\nfunc (p *Pump) Run"},
    ),
    "a.rs": (
        "/// A pump.\n#[derive(Debug)]\npub struct Pump { a: i32 }\n\nimpl Show for Pump {\n    fn show(&self) {}\n}\n\n"
        "macro_rules! m { () => {} }\n",
        {"Pump": "/// A pump.\n#[derive(Debug)]\npub struct Pump", "m": "macro_rules! m"},
    ),
    "A.java": (
        "package a;\n\n/** Doc. */\n@Entity\npublic class A {\n  void run() { }\n}\n",
        {"A": "/** Doc. */\n@Entity\npublic class A"},
    ),
    "a.c": (
        "#ifndef A\n#define A\n/* A point. */\nstruct point { int x; };\nstruct point p;\n"
        "/* Adds. */\nstatic int *add(int a)\n{\n"
        "  return 0;\n}\n#endif\n",
        {"point": "/* A point. */\nstruct point", "add": "/* Adds. */\nstatic int *add(int a)\n{"},
    ),
    "a.cpp": (
        "namespace n {\ntemplate <typename T>\nclass Pump {\npublic:\n  T run() { return 1; }\n};\n}\n"
        "int n::go() { return 1; }\n",
        {"n": "namespace n {\ntemplate <typename T>\nclass Pump", "go": "int n::go()"},
    ),
    "a.cs": (
        "using System;\n/// <summary>Doc</summary>\n[Old]\npublic class A {\n  public void Run() { }\n}\n",
        {"A": "/// <summary>Doc"},
    ),
    "a.rb": ("# A pump.\nclass Pump\n  # Runs.\n  def run\n    1\n  end\nend\n", {"Pump": "# A pump.\nclass Pump"}),
    "a.php": (
        "<html>\n<?php\n/** Doc */\nclass A {\n  function run() { }\n}\nfunction f() {}\n",
        {"A": "/** Doc */\nclass A", "f": "function f()"},
    ),
    "a.sh": ("#!/bin/sh\n\n# Runs.\nrun() {\n  echo hi\n}\nrun\n", {"run": "# Runs.\nrun() {\n  echo hi\n}"}),
}


@has_grammars
@pytest.mark.parametrize("name", CODE)
def test_every_language_by_its_functions(name: str) -> None:
    text, wanted = CODE[name]
    parsed = parse(text, name)
    found = pieces(parsed)
    for unit, beginning in wanted.items():
        assert found[unit,].startswith(beginning)
    assert parsed.warnings == ()
    check_cover(parsed)


@has_grammars
def test_methods_of_a_large_class_have_its_name_in_their_path() -> None:
    methods = "".join(f"  /** Number {n}. */\n  m{n}() {{\n    return {n};\n  }}\n" for n in range(30))
    parsed = parse(f"class Pump {{\n{methods}}}\n", "a.js")
    found = pieces(parsed)
    assert found["Pump", "m7"] == "  /** Number 7. */\n  m7() {\n    return 7;\n  }"
    assert found["Pump", "m29"].endswith("}\n}")  # what only closes the class is no element
    ruby = "".join(f"    # Number {n}.\n    def m{n}\n      {n}\n    end\n" for n in range(30))
    found = pieces(parse(f"module M\n  class Pump\n{ruby}  end\nend\n", "a.rb"))
    assert found["M", "Pump", "m0"] == "    # Number 0.\n    def m0\n      0\n    end"


@has_grammars
def test_headers_of_cpp_have_the_suffix_of_c() -> None:
    assert parse("class A {\npublic:\n  int x;\n};\n", "a.h").elements[0].language == "cpp"
    assert parse("struct a { int x; };\n", "a.h").elements[0].language == "c"


def test_without_grammars_code_is_split_at_blank_lines_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    # The cache may hold the parser of another test.
    monkeypatch.setattr(code_grammar, "_parser", code_grammar._parser.__wrapped__)
    parsed = parse("func a() {}\n\nfunc b() {}\n", "a.go")
    assert len(parsed.elements) == 2
    assert "pip install 'ragline[code]'" in parsed.warnings[0]


def test_sql_by_statement() -> None:
    parsed = parse(
        "-- Users; all of them\nCREATE TABLE IF NOT EXISTS users (id int, name text DEFAULT 'a;b');\n"
        "INSERT INTO users VALUES (1);\nINSERT INTO users VALUES (2);\n\n"
        "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$\nBEGIN\n  SELECT 1; RETURN 2;\nEND;\n"
        "$$ LANGUAGE plpgsql;\n"
        "create trigger t AFTER INSERT ON users BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; SELECT 1; END;\n"
        "GO\nSELECT * FROM users;\n",
        "schema.sql",
    )
    found = pieces(parsed)
    assert found["table users",].startswith("-- Users")
    assert found["table users",].endswith("'a;b');")
    assert found["function f",].endswith("LANGUAGE plpgsql;")
    assert found["trigger t",].endswith("SELECT 1; END;")
    assert found[()].startswith("INSERT INTO users VALUES (1);\nINSERT")
    check_cover(parsed)


def test_encodings_of_code() -> None:
    parsed = CodeParser().parse(RawSource("a.py", b"# coding: latin-1\r\n# ros\xe9\r\nx = 1\r\n"))
    assert parsed.text == "# coding: latin-1\n# rosé\nx = 1\n"
    assert parsed.metadata == {"encoding": "cp1252"}
    assert parsed.source_map is not None


@pytest.mark.parametrize("suffix", sorted({f".{name.split('.')[-1]}" for name in CODE} | {".py", ".sql"}))
@pytest.mark.parametrize("part", ["(", "{", "class A {", "def f():\n", "'", "/*", "BEGIN ", "#if x\n", "namespace n {\n"])
def test_hostile_code_takes_time_in_proportion(suffix: str, part: str) -> None:
    started = time.perf_counter()
    check_cover(parse(part * 2_000, f"a{suffix}"))
    assert time.perf_counter() - started < 20


@has_grammars
@given(st.sampled_from(sorted(CODE)), st.integers(0, 400), st.integers(0, 40), st.text(max_size=20))
def test_any_edit_of_code_is_covered(name: str, at: int, cut: int, added: str) -> None:
    text = CODE[name][0]
    edited = (text[:at] + added + text[at + cut :]).replace("\0", "").replace("\r", "")
    try:
        parsed = parse(edited.encode("utf-8", "ignore").decode(), name)
    except Exception as error:
        if "binary content" in str(error):
            return
        raise
    check_cover(parsed)


def test_every_grammar_has_a_suffix() -> None:
    assert set(GRAMMARS) <= set(_LANGUAGES.values())
