"""Fingerprints of code: which modules a computation reaches by import, and which of them have changed.

What counts is the syntax tree: comments, docstrings and the order of imports do not, nor do imports for type
checkers. A name that a package's `__init__` passes on is followed to the module that defines it, so that its
neighbours do not count. Only the module's own top-level package and this one are followed; versions of others
are noted beside (`version.versions`). What is imported by a name made at run time is not seen.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

OURS = "rl_landscapes"


class Target(NamedTuple):
    """What an import binds a name to: a module, or a name that a module defines."""

    module: str
    name: str | None = None


class Code(NamedTuple):
    """A parsed module: what it does, by hash, the names it imports, and those imported for types alone."""

    digest: str
    imports: frozenset[tuple[str, Target]]
    typing_only: frozenset[tuple[str, Target]]


def reached(modules: Iterable[str], *, without: str | None = None, text: str = "") -> dict[str, str]:
    """Return the modules that `modules` reach by import, themselves too, with a hash of each one's code.

    `without` names a function of `modules` that does not count; what the source `text` imports counts, too.

    Raises
    ------
    ModuleNotFoundError
        If one of `modules` cannot be found.
    """
    first = list(modules)
    followed = {OURS, *(name.partition(".")[0] for name in first)}
    found: dict[str, str] = {}
    waiting = first + _ends(_parsed("", False, text.encode(), None), followed)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        path = _file(name)
        if path is None:
            raise ModuleNotFoundError(f"no file found for module {name!r}", name=name)
        code = _read(name, path, without if name in first else None)
        targets = {(local, _defined_at(target, followed)) for local, target in code.imports}
        places = sorted(targets, key=str)
        bound = "".join(f"{local}={target.module}:{target.name};" for local, target in places)
        found[name] = sha256((code.digest + bound).encode()).hexdigest()
        waiting += _ends(code, followed)
    return dict(sorted(found.items()))


def differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return the names whose values differ between two mappings, or that only one of them has."""
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _ends(code: Code, followed: set[str]) -> list[str]:
    ends = (_defined_at(target, followed).module for _, target in code.imports)
    return [module for module in ends if _is_followed(module, followed)]


def _defined_at(target: Target, followed: set[str]) -> Target:
    """Follow a name through packages that only pass it on, each from one place."""
    module, name = target
    if name is None or not _is_followed(module, followed):
        return target
    if _file(f"{module}.{name}") is not None:
        return Target(f"{module}.{name}")
    path = _file(module)
    if path is None or path.name != "__init__.py":
        return target
    code = _read(module, path, None)
    passed_on = [found for local, found in code.imports | code.typing_only if local == name]
    return _defined_at(passed_on[0], followed) if len(passed_on) == 1 else target


def _is_followed(module: str, followed: set[str]) -> bool:
    return module.partition(".")[0] in followed and _file(module) is not None


def _file(module: str) -> Path | None:
    top, *rest = module.split(".")
    for folder in _folders(top):
        place = folder.joinpath(*rest)
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file() and (rest or path.name == "__init__.py"):
                return path
    loaded = getattr(sys.modules.get(module), "__file__", None) if not rest else None
    return Path(loaded) if loaded and loaded.endswith(".py") else None


def _folders(top: str) -> list[Path]:
    try:
        spec = find_spec(top)
    except ValueError:  # a module without a specification, as a script is
        return []
    return [Path(place) for place in (spec and spec.submodule_search_locations) or ()]


def _read(module: str, path: Path, without: str | None) -> Code:
    return _parsed(module, path.name == "__init__.py", path.read_bytes(), without)


@lru_cache(maxsize=1024)
def _parsed(module: str, is_package: bool, text: bytes, without: str | None) -> Code:
    tree = ast.parse(text)
    package = module if is_package else module.rpartition(".")[0]
    imports: set[tuple[str, Target]] = set()
    typing_only: set[tuple[str, Target]] = set()
    for statement in tree.body:
        kept = typing_only if _is_for_types(statement) else imports
        for node in ast.walk(statement):
            kept.update(_bindings(node, package))
    statements = [s for s in tree.body if not (without is not None and getattr(s, "name", None) == without)]
    written = "".join(_written(ast.Module(statements, [])))
    return Code(sha256(written.encode()).hexdigest(), frozenset(imports), frozenset(typing_only))


def _bindings(node: ast.AST, package: str) -> Iterator[tuple[str, Target]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name, Target(alias.name)
    if isinstance(node, ast.ImportFrom):
        above = package.rsplit(".", node.level - 1)[0] if node.level else ""
        module = ".".join(filter(None, [above, node.module]))
        for alias in node.names:
            name = None if alias.name == "*" else alias.name
            yield alias.asname or f"{alias.name}" if name else f"*{module}", Target(module, name)


def _is_for_types(node: ast.AST) -> bool:
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Name | ast.Attribute):
        return False
    return not node.orelse and ast.unparse(node.test).endswith("TYPE_CHECKING")


def _does_nothing(node: ast.AST) -> bool:
    """Tell whether a statement is a docstring, an import, a list of names to export, or for types alone."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["__all__"]
    return isinstance(node, ast.Import | ast.ImportFrom) or _is_for_types(node)


def _written(node: object) -> Iterator[str]:
    """Write a syntax tree down, the same for every version of Python: without empty fields and places."""
    if isinstance(node, list):
        for item in node:
            if not (isinstance(item, ast.AST) and _does_nothing(item)):
                yield from _written(item)
    elif isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for field, value in ast.iter_fields(node):
            if isinstance(node, ast.JoinedStr):  # Python 3.12.0 and 3.12.1 put empty texts between fields
                value = [v for v in value if not (isinstance(v, ast.Constant) and v.value == "")]
            if value not in (None, []) and field not in ("ctx", "kind", "type_comment"):
                yield f" {field}="
                yield from _written(value)
        yield ")"
    else:
        yield f"{type(node).__name__} {node!r};"
