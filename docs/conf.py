"""Sphinx settings; and what is made before Sphinx starts: copied lessons, drawn pictures.

Everything that is made here is invisible to git, and made again by every build.
"""
# ruff: noqa: INP001  # not a package

import contextlib
import json
import re
import shutil
from itertools import chain, takewhile
from pathlib import Path
from typing import Any

from sphinx.util.inspect import signature, stringify_signature

import wsnotebook
from wsnotebook import lessons

HERE = Path(__file__).parent
LESSONS = HERE / "lessons"
PICTURES = HERE / "_build" / "pictures"


def copy_lessons() -> None:
    """Copy the notebooks to where Sphinx can see them."""
    shutil.rmtree(LESSONS, ignore_errors=True)
    shutil.copytree(
        HERE.parent / "notebooks", LESSONS, ignore=shutil.ignore_patterns(".*", "*.cfg")
    )
    (LESSONS / ".gitignore").write_text("*\n", encoding="utf-8")


def write_overview() -> None:
    """Collect for lessons.md how each lesson begins: what one learns in it, how long it takes."""
    parts = []
    for notebook in sorted(LESSONS.glob("*.ipynb")):
        first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]
        title, _, rest = "".join(first["source"]).partition("\n")
        parts.append(f"## [{title.lstrip('# ')}](lessons/{notebook.name})\n{rest}\n")
    (LESSONS / "overview.txt").write_text("\n".join(parts), encoding="utf-8")


def write_exercises() -> None:
    """Collect the exercises for reference/lessons.md."""
    rows = ["| exercise | task |", "|---|---|"]
    for lesson in lessons.__all__:
        module = getattr(lessons, lesson)
        rows += [f"| `{lesson}.{name}` | {getattr(module, name).task} |" for name in module.__all__]
    (LESSONS / "exercises.txt").write_text("\n".join(rows), encoding="utf-8")


def draw_pictures() -> None:
    """Run the first program of each page whose pictures are drawn: they stand below it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in ("timeline", "see-the-search"):
        page = (HERE / "howto" / f"{name}.md").read_text(encoding="utf-8")
        program = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[0]
        with contextlib.chdir(PICTURES):
            exec(compile(program, f"{name}.py", "exec"), {})  # noqa: S102  # our own


copy_lessons()
write_overview()
write_exercises()
draw_pictures()

project = "wsnotebook"
author = "the wsnotebook contributors"
release = version = wsnotebook.__version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_ipywidgets_js = {}  # outputs are stored as text and pictures: nothing to fetch

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autosummary_generate = False
toc_object_entries_show_parents = "hide"
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "pydata_sphinx_theme"
html_title = "wsnotebook"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": []}
maximum_signature_line_length = 90
add_module_names = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "header_links_before_dropdown": 6,
    "show_prev_next": False,
    "show_toc_level": 2,
    "footer_start": [],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}


def keep_what_users_need(_: Any, what: str, name: str, *others: Any) -> None:
    """Cut the docstring of a package after its first paragraph: the rest is for maintainers."""
    lines = others[-1]
    if what == "module" and name in {"wsnotebook.lessons", "wsnotebook.widgets"} and "" in lines:
        del lines[lines.index("") :]


def tell_attributes_apart(*given: Any) -> None:
    """Let attributes that share a line have one each: Sphinx knows no list of names."""
    lines = given[-1]
    for start, line in reversed(list(enumerate(lines))):
        if shared := re.fullmatch(r":ivar (\w+(?:, \w+)+): (.*)", line):
            names, text = shared.groups()
            rest = list(takewhile(lambda line: line.startswith(" "), lines[start + 1 :]))
            own = [[f":ivar {name}: {text}", *rest] for name in names.split(", ")]
            lines[start : start + 1 + len(rest)] = chain(*own)


def show_arguments(
    _: Any, what: str, __: str, made: Any, ___: Any, shown: str, returned: str
) -> tuple[str, str]:
    """Return the arguments of a widget, which ipywidgets hides behind ``*args``."""
    if what == "class" and made.__module__.startswith("wsnotebook.widgets"):
        arguments = signature(made.__init__, bound_method=True)
        shown = stringify_signature(arguments, show_return_annotation=False)
    return shown, returned


def setup(app: Any) -> None:
    """Connect the functions above to Sphinx."""
    app.connect("autodoc-process-docstring", keep_what_users_need)
    app.connect("autodoc-process-docstring", tell_attributes_apart, priority=900)  # after napoleon
    app.connect("autodoc-process-signature", show_arguments)
