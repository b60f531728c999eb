"""YAML, where PyYAML is installed."""

from __future__ import annotations

from typing import Any

from ..errors import SetupError

__all__ = ["parse_yaml"]


def parse_yaml(text: str, where: str) -> Any:
    """Return the value that ``text`` holds, dates left as text, as JSON has them.

    Raises:
        ValueError: It holds none.
        SetupError: PyYAML is not installed.
    """
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise SetupError(
            f"{where} is not JSON, and PyYAML, which reads YAML, is not installed; "
            "run: pip install pyyaml"
        ) from None

    loader: Any = type("Loader", (yaml.SafeLoader,), {})
    loader.yaml_implicit_resolvers = {
        first: [one for one in known if one[0] != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, loader)  # noqa: S506  # a SafeLoader that makes less
    except yaml.YAMLError as exc:
        raise ValueError(f"{where} is neither JSON nor YAML: {exc}") from None
