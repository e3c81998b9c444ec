"""Writes config/default.yaml and config/env.example from the settings; with --check only compares."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr

from endgame.config import Settings, bounds_text, variable_name

FOLDER = Path(__file__).resolve().parents[1] / "config"
HEAD = (
    "# {what}",
    "# Generated from src/endgame/config.py by `make config`; a test keeps it true.",
)


def plain(value: Any) -> Any:
    """A default as data; the secret ones hold nothing secret as long as they are defaults."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def comment(info: Any) -> str:
    """What a setting means, its unit and what it may be."""
    choices = get_args(info.annotation)
    kind = {bool: "true or false"}.get(info.annotation, "")
    allowed = " | ".join(map(str, choices)) if choices else kind
    return f"{info.description}{bounds_text(info)}" + (f" ({allowed})" if allowed else "")


def yaml_lines(model: type[BaseModel], defaults: BaseModel, depth: int = 0) -> Iterator[str]:
    """The settings of one level, each below its comment; JSON scalars are YAML."""
    indent = "  " * depth
    for name, info in model.model_fields.items():
        value = getattr(defaults, name)
        if isinstance(value, BaseModel):
            if depth == 0:
                yield ""
            yield f"{indent}# {(type(value).__doc__ or '').strip()}"
            yield f"{indent}{name}:"
            yield from yaml_lines(type(value), value, depth + 1)
        else:
            yield f"{indent}# {comment(info)}"
            yield f"{indent}{name}: {json.dumps(plain(value))}"


def env_lines(model: type[BaseModel], defaults: BaseModel, prefix: str = "") -> Iterator[str]:
    """Every variable with its default, commented out."""
    for name, info in model.model_fields.items():
        value = getattr(defaults, name)
        if isinstance(value, BaseModel):
            if not prefix:
                yield ""
            yield from env_lines(type(value), value, f"{prefix}{name}.")
        else:
            shown = plain(value)
            shown = json.dumps(shown) if not isinstance(shown, str) else shown
            yield f"# {comment(info)}"
            yield f"#{variable_name(prefix + name)}={shown}"


def rendered() -> dict[str, str]:
    """File name to its text."""
    defaults = Settings.model_construct()
    yaml = [
        HEAD[0].format(what="Every setting with its default. Use a copy: endgame run --config my.yaml"),
        HEAD[1],
        *yaml_lines(Settings, defaults),
    ]
    env = [
        HEAD[0].format(what="Every setting as an environment variable, with its default. They win over the YAML file."),
        HEAD[1],
        "",
        "# a YAML file of settings",
        "#ENDGAME_CONFIG=my.yaml",
        *env_lines(Settings, defaults),
    ]
    return {"default.yaml": "\n".join(yaml) + "\n", "env.example": "\n".join(env) + "\n"}


def main(arguments: list[str]) -> int:
    stale = []
    for name, text in rendered().items():
        path = FOLDER / name
        if arguments == ["--check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"config/{name} does not match config.py: run `make config`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
