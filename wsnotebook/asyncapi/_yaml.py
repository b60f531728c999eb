"""YAML, where PyYAML is installed: what JSON has, written as YAML 1.2 writes it.

PyYAML reads YAML 1.1, where ``on`` is true, ``12:30`` is 750, and a key may be a number.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ..errors import SetupError

__all__ = ["parse_yaml"]

# A few aliases of aliases can stand for more than any memory holds.
_MOST = 1_000_000
_TAG = "tag:yaml.org,2002:"
# What a plain word is, by what it may begin with; everything else is text (YAML 1.2.2, 10.3.2).
_WORDS = (
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", "true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", list("-+.")),
    ("merge", "<<", ["<"]),
)
_MADE = ("null", "bool", "float", "str", "seq", "map")
_BASES = {"0o": 8, "0x": 16}


def parse_yaml(text: str, where: str) -> Any:
    """Return the value that ``text`` holds.

    Raises:
        ValueError: It holds none, or one that has no end.
        SetupError: PyYAML is not installed.
    """
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise SetupError(
            f"{where} is not JSON, and PyYAML, which reads YAML, is not installed; "
            "run: pip install pyyaml"
        ) from None
    try:
        value = yaml.load(text, _loader(yaml))  # noqa: S506  # a SafeLoader that makes less
    except yaml.YAMLError as exc:
        raise ValueError(f"{where} is neither JSON nor YAML: {exc}") from None
    if _size(value, where, {}) > _MOST:
        raise ValueError(f"{where} has aliases that stand for more than {_MOST} values in all")
    return value


def _loader(yaml: Any) -> Any:
    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
        yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
        yaml_constructors: ClassVar[dict[str | None, Any]] = {
            tag: make
            for tag, make in yaml.SafeLoader.yaml_constructors.items()
            if tag is None or tag.removeprefix(_TAG) in _MADE
        }

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != f"{_TAG}merge":
                    key.tag = f"{_TAG}str"
            return super().construct_mapping(node, deep)

    for tag, words, first in _WORDS:
        Loader.add_implicit_resolver(_TAG + tag, re.compile(rf"(?:{words})\Z"), first)
    Loader.add_constructor(f"{_TAG}int", _whole_number)
    return Loader


def _whole_number(loader: Any, node: Any) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, _BASES.get(text[:2], 10))


def _size(value: Any, where: str, known: dict[int, int | None]) -> int:
    """Return how many values it takes to write ``value`` without aliases."""
    if not isinstance(value, list | dict):
        return 1
    if id(value) not in known:
        known[id(value)] = None
        parts = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum([_size(part, where, known) for part in parts])
    if (size := known[id(value)]) is None:
        raise ValueError(f"{where} has an alias that stands within itself")
    return size
