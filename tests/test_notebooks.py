"""Notebooks: what is read of them, where things are in them, and what is written back."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import coroscope
import pytest
from checking import QuickProject
from commandline import run
from coroscope import engine
from coroscope.cells import Cell, cells_of, joined
from coroscope.magics import plain
from coroscope.notebooks import put_back, text_of
from coroscope.source import Source, SourceError
from coroscope.syntax import parse

pytestmark = pytest.mark.usefixtures("folder")

NOTEBOOK = """\
{
 "cells": [
  {"cell_type": "markdown", "metadata": {}, "source": ["# Caf\\u00e9\\n"]},
  {
   "cell_type": "code",
   "execution_count": 1,
   "metadata": {},
   "outputs": [],
   "source": [
    "%matplotlib inline\\n",
    "async def save():\\n",
    "    return '\\u00e9'"
   ]
  },
  {"cell_type": "code", "source": "save()\\nprint('caf\\u00e9')", "metadata": {"x" :1.50}, "outputs": []}
 ],
 "metadata": {"kernelspec": {"language": "python"}},
 "nbformat": 4, "nbformat_minor": 5
}
"""


def code(*texts: str) -> str:
    """The text of a notebook with these cells."""
    return joined(Cell(number, text) for number, text in enumerate(texts, 1))


def test_the_code_cells_are_one_text() -> None:
    cells = list(cells_of(text_of(NOTEBOOK, "x.ipynb")))
    assert [cell.number for cell in cells] == [2, 3]
    assert cells[1].text == "save()\nprint('café')"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ('{"cells": [', "it is not valid JSON (Expecting value, line 1, column 12)."),
        ("[1]", "it is JSON, but not a notebook, which has a list of cells."),
        ('{"cells": 1}', "it is JSON, but not a notebook, which has a list of cells."),
        ("[" * 100_000, "its JSON is nested too deeply."),
    ],
)
def test_what_is_no_notebook_is_told_in_a_sentence(document: str, words: str) -> None:
    with pytest.raises(SourceError) as refused:
        text_of(document, "x.ipynb")
    assert str(refused.value) == f"cannot read x.ipynb: {words}"


@pytest.mark.parametrize(
    "document",
    [
        "",
        '{"cells": [1, {}, {"cell_type": "code"}, {"cell_type": "code", "source": 1}]}',
        '{"cells": [{"cell_type": "code", "source": "1"}], "metadata": {"kernelspec": {"language": "R"}}}',
        '{"cells": [{"cell_type": "code", "source": "1", "metadata": {"vscode": {"languageId": "sql"}}}]}',
    ],
)
def test_what_is_no_python_is_passed_over(document: str) -> None:
    assert text_of(document, "x.ipynb") == ""


def test_notebooks_of_version_3() -> None:
    cell = {"cell_type": "code", "language": "python", "input": ["a\n", "b"]}
    document = json.dumps({"worksheets": [{"cells": [cell]}, {"cells": [cell]}], "nbformat": 3})
    text = text_of(document, "x.ipynb")
    assert list(cells_of(text)) == [Cell(1, "a\nb"), Cell(2, "a\nb")]
    changed = json.loads(put_back(document, code("a\nb", "a\nc"), "x.ipynb"))
    assert [sheet["cells"][0]["input"] for sheet in changed["worksheets"]] == [["a\n", "b"], ["a\n", "c"]]


def test_only_what_changed_is_written() -> None:
    text = text_of(NOTEBOOK, "x.ipynb")
    assert put_back(NOTEBOOK, text, "x.ipynb") == NOTEBOOK
    changed = text.replace("    return", "    x = 1\n    return").replace("save()\n", "await save()\n")
    assert put_back(NOTEBOOK, changed, "x.ipynb") == NOTEBOOK.replace(
        '    "    return', '    "    x = 1\\n",\n    "    return'
    ).replace('"save()\\n', '"await save()\\n')


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%matplotlib inline\nx = 1", "0                 \nx = 1"),
        ("!pip install \\\n  x\ny = 1", "0             \n   \ny = 1"),
        ("rows = !ls\nrows, b = %who", "rows = __ \nrows, b = __  "),
        ("if x:\n    !ls\n    y", "if x:\n    0  \n    y"),
        ("load?\n?load\nload.x??\n", "0    \n0    \n0       \n"),
        ("%time x = await f()\n%timeit -n 10 -r2 f()", "0;    x = await f()\n0;                f()"),
        ("%%time\nawait f()", "#%time\nawait f()"),
        ("\n%%bash\nif [ x ]; then", "\n#%bash\n              "),
        ("x = [\n  a\n  % b]\ns = '''\n%time\n!x?\n'''\n", "x = [\n  a\n  % b]\ns = '''\n%time\n!x?\n'''\n"),
        ("x = 1 \\\n % 2\nx %= 3\ny = '(' # [\n%time", "x = 1 \\\n % 2\nx %= 3\ny = '(' # [\n0    "),
        ("print('what?')  # why?\nx = 'a' != 'b'", "print('what?')  # why?\nx = 'a' != 'b'"),
    ],
)
def test_what_ipython_adds_is_made_plain(cell: str, expected: str) -> None:
    made = plain(code(cell))
    assert made == code(expected)
    ast.parse(made)


def test_check_tells_the_cell_and_the_line_in_it() -> None:
    Path("x.ipynb").write_text(NOTEBOOK)
    done = run("check", "--output-format", "concise")
    assert done.out == (
        "x.ipynb:cell 3:1:1: error[coroutine-never-awaited] `save()` builds a coroutine that nothing awaits\n"
    )
    assert run("check").out.splitlines()[:6] == [
        "error[coroutine-never-awaited]: `save()` builds a coroutine that nothing awaits",
        " --> x.ipynb:cell 3:1:1",
        "  |",
        "1 | save()",
        "  | ^^^^^^",
        "  = x.ipynb:cell 2:2:11: `save` is an `async def`",
    ]
    (found,) = json.loads(run("check", "--output-format", "json").out)
    assert (found["path"], found["cell"], found["range"]["start"]) == ("x.ipynb", 3, {"line": 1, "column": 1})
    assert found["related"][0]["cell"] == 2
    assert found["fixes"][0]["edits"][0]["cell"] == 3


def test_a_damaged_notebook_is_bad_input() -> None:
    Path("x.ipynb").write_text('{"cells": ')
    done = run("check")
    assert done.status == 2
    assert done.err == "coroscope: cannot read x.ipynb: it is not valid JSON (Expecting value, line 1, column 11).\n"


def test_fix_writes_the_cells_back() -> None:
    Path("x.ipynb").write_bytes(NOTEBOOK.encode())
    diff = run("fix", "--diff").out
    assert diff.splitlines() == [
        "--- a/x.ipynb:cell 3",
        "+++ b/x.ipynb:cell 3",
        "@@ -1,2 +1,2 @@",
        "-save()",
        "+await save()",
        " print('café')",
    ]
    done = run("fix")
    assert done.out.splitlines()[0] == "Fixed 1 finding, changed 1 file:"
    assert Path("x.ipynb").read_bytes().decode() == NOTEBOOK.replace('"save()', '"await save()')


def test_an_import_goes_into_a_cell(folder: Path) -> None:
    cells = ["%%bash\nls", "%%time\nasync def save():\n    pass\n\nasync def main():\n    save()\n    print()"]
    document = json.dumps({"cells": [{"cell_type": "code", "source": text} for text in cells]})
    (finding,) = coroscope.check(document, "x.ipynb")
    edits = [fix.edits() for fix in coroscope.fixes_for(document, finding) if "task" in fix.title]
    assert [(edit.cell, edit.range.start, edit.text) for edit in edits[0]] == [
        (2, (2, 1), "import asyncio\n\n\n"),
        (2, (6, 5), "task = asyncio.create_task("),
        (2, (6, 11), ")"),
        (2, (7, 12), "\n    await task"),
    ]


def test_the_library_takes_the_json() -> None:
    (finding,) = coroscope.check(NOTEBOOK, "x.ipynb")
    assert (finding.cell, finding.range.start) == (3, (1, 1))
    assert finding.story == "- cell 2, line 2: `save` is an `async def`"
    (edit,) = coroscope.fixes_for(NOTEBOOK, finding)[0].edits()
    assert (edit.cell, edit.range.start, edit.text) == (3, (1, 1), "await ")
    with pytest.raises(ValueError, match="not valid JSON"):
        coroscope.check("{", "x.ipynb")


def test_cells_that_do_not_parse_leave_the_others() -> None:
    text = [
        "async def save():\n    pass",
        "x = (",
        "save()",
        "x = '''a\nb'''\nsave()",
        "pip install x\n",
        "def f(:\n",
        "save()",
    ]
    document = json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in text]})
    found = coroscope.check(document, "x.ipynb")
    assert [(finding.cell, finding.range.start.line) for finding in found] == [(3, 1), (4, 3), (7, 1)]
    tree = parse(Source(code(*text)))
    assert [error.line for error in tree.errors] == [5, 13, 16]


def test_what_looks_like_a_mark_is_none() -> None:
    assert list(cells_of(joined([Cell(1, "# %%\x1f7\nx"), Cell(2, "y")]))) == [Cell(1, "# %% 7\nx"), Cell(2, "y")]


def test_what_goes_behind_the_end_of_a_cell_stays_in_it() -> None:
    cells = ["import abc", "async def save():\n    pass\n\nasync def main():\n    save()\n    print()"]
    document = json.dumps({"cells": [{"cell_type": "code", "source": text} for text in cells]})
    (finding,) = coroscope.check(document, "x.ipynb")
    edits = [fix.edits() for fix in coroscope.fixes_for(document, finding) if "task" in fix.title]
    first = edits[0][0]
    assert (first.cell, first.range.start, first.text) == (1, (1, 11), "\nimport asyncio")


def test_reveal_tells_the_cell() -> None:
    Path("x.ipynb").write_text(NOTEBOOK)
    assert run("reveal", "x.ipynb").out.splitlines()[0] == (
        "x.ipynb:cell 3:1:1: save() -> CoroutineType[Any, Any, str]"
    )


def test_an_edited_notebook_answers_as_a_new_one(folder: Path) -> None:
    path = folder / "x.ipynb"
    versions = [
        ("async def save():\n    pass", "save()", "def f():\n    save()\n!ls"),
        ("async def save():\n    pass", "save()", "def f():\n    x = 1\n    save()\n!ls"),
        ("async def save():\n    !ls\n    pass", "save()", "def f():\n    x = 1\n    save()\n!ls"),
        ("async def save():\n    !ls\n    pass", "await save()", "def f():\n    x = 1\n    save()\n!ls"),
        ("import asyncio\nasync def save():\n    !ls\n    pass", "await save()", "%%time\ndef f():\n    save()\n!ls"),
    ]
    edited = QuickProject(folder)
    edited.open(path, code(*versions[0]))
    for cells in versions:
        edited.change(path, code(*cells))
        new = QuickProject(folder)
        new.open(path, code(*cells))
        found = engine.check(edited.module(path), edited.settings)
        assert found == engine.check(new.module(path), new.settings)
        assert found


def test_a_repaired_cell_has_as_many_lines_as_before() -> None:
    """Also where it ends with a `\\r`, which makes one line end with the one that is put behind it."""
    tree = parse(Source(joined([Cell(1, "    broken\n\r"), Cell(2, "found = 1")])))
    (node,) = tree.walk(ast.Assign)
    assert tree.errors
    assert tree.text(node) == "found = 1"
