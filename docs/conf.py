"""Sphinx settings. The lessons are copied from notebooks/, shown with the outputs they store."""
# ruff: noqa: INP001  # not a package

import shutil
from pathlib import Path

import wsnotebook

HERE = Path(__file__).parent


def copy_lessons() -> None:
    """Copy the notebooks to where Sphinx can see them; the copy is invisible to git."""
    lessons = HERE / "lessons"
    shutil.rmtree(lessons, ignore_errors=True)
    shutil.copytree(
        HERE.parent / "notebooks", lessons, ignore=shutil.ignore_patterns(".*", "*.cfg")
    )
    (lessons / ".gitignore").write_text("*\n")


copy_lessons()

project = "wsnotebook"
release = version = wsnotebook.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "pydata_sphinx_theme"
html_title = "wsnotebook"
html_show_sourcelink = False
html_sidebars = {page: [] for page in ("reference", "architecture", "contributing", "changelog")}
maximum_signature_line_length = 90
html_theme_options = {"show_prev_next": False}
