"""What an object is made of, by name: its attributes, what it holds, and what its methods close over."""

import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cached_property, partial
from types import BuiltinFunctionType, FunctionType, MethodType, SimpleNamespace
from typing import Any

Parts = dict[str, Any]
SCALARS = (int, float, complex, str, bytes)
TRUSTED = {*sys.stdlib_module_names, "numpy", "scipy", "rl_landscapes"}
CONTAINERS = (Mapping, tuple, list, deque, set, frozenset, SimpleNamespace, Iterator)
HELD = (*CONTAINERS, Enum, partial, MethodType, BuiltinFunctionType)
FROM_A_CLASS = 1 << 9  # of `type.__flags__`: not laid out by C code
HOOKS = ("_abc_impl", "_is_protocol", "_is_runtime_protocol")
WRITTEN_FOR_DATACLASSES = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")


def parts(value: Any) -> Parts | None:
    """Return what `value` is made of by name; None if that cannot be seen."""
    if isinstance(value, FunctionType):
        return enclosed(value)
    if isinstance(value, MethodType):
        return {"self": value.__self__} | enclosed(value.__func__)
    if isinstance(value, BuiltinFunctionType):
        return {"self": value.__self__}
    if isinstance(value, Enum):
        return {"name": value.name, "value": value.value}
    held = _held(value)
    if held is not None:
        return held | _carried(value)
    return _attributes(value) if _can_be_seen(type(value)) else None


def says_how_it_is_made(value: Any) -> bool:
    """Tell whether its `repr` says all of it: it is not the user's own, and holds nothing of the user's."""
    kind = type(value)
    own = all(_static(kind, name) is not vars(object)[name] for name in ("__repr__", "__reduce__"))
    return own and _root(kind) in TRUSTED and not is_dataclass(value) and not isinstance(value, HELD)


def enclosed(function: Any) -> Parts:
    """Return what a function closes over and carries along; of one made inside another, its defaults too."""
    if not isinstance(function, FunctionType):
        return {}
    code, found = function.__code__, _carried(function)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        if name != "__class__" and not _is_empty(cell):
            found[name] = cell.cell_contents
    if "<locals>" in function.__qualname__:
        defaults = function.__defaults__ or ()
        names = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
        found |= dict(zip(names, defaults, strict=True)) | (function.__kwdefaults__ or {})
    return found


def _carried(value: Any) -> Parts:
    """Return the attributes of what is told by more than them, under one name."""
    attributes = getattr(value, "__dict__", None)
    return {"__dict__": dict(attributes)} if attributes else {}


def _held(value: Any) -> Parts | None:
    """Return the items of a container, or the number or text under a class of the user's."""
    if isinstance(value, Mapping):
        if not all(type(key) in (bool, *SCALARS) for key in value):
            return None
        return {key if type(key) is str else repr(key): item for key, item in value.items()}
    if isinstance(value, tuple | list | deque):
        return {str(i): item for i, item in enumerate(value)}
    if isinstance(value, partial):
        return {"func": value.func, "args": value.args, "keywords": value.keywords}
    if isinstance(value, SimpleNamespace):
        return {}
    scalar = next((kind for kind in SCALARS if isinstance(value, kind)), None)
    return None if scalar is None else {"value": scalar.__repr__(value)}


def _can_be_seen(kind: type) -> bool:
    """Tell whether nothing of it lies in C structures."""
    bases = kind.__mro__
    seen = any("__dict__" in vars(base) or "__slots__" in vars(base) for base in bases)
    return seen and all(base.__flags__ & FROM_A_CLASS or base is object for base in bases)


def _attributes(value: Any) -> Parts:
    kind = type(value)
    given = fields(value) if is_dataclass(value) else ()
    derived = {f.name for f in given if not f.compare} | {
        name for name in dir(kind) if isinstance(_static(kind, name), cached_property)
    }
    own = {name: getattr(value, name) for name in _slots(kind) if hasattr(value, name)}
    own = {f.name: getattr(value, f.name) for f in given if hasattr(value, f.name)} | own
    own |= getattr(value, "__dict__", {})
    found = _of_class(kind) | own
    return {name: part for name, part in found.items() if name not in derived}


def _of_class(kind: type) -> Parts:
    """Return the constants of a class, and what its methods close over, by `method.name`."""
    found: Parts = {}
    for name, member in _members(kind):
        functions = _functions(member)
        if functions is None:
            found[name] = member
        elif not (is_dataclass(kind) and name in WRITTEN_FOR_DATACLASSES):
            inside = [item for function in functions for item in enclosed(function).items()]
            found |= {f"{name}.{key}": item for key, item in inside if item is not kind}
    return found


def _functions(member: Any) -> tuple[Any, ...] | None:
    """Return the functions behind a member of a class; None if it is a constant."""
    if isinstance(member, staticmethod | classmethod):
        return (member.__func__,)
    if isinstance(member, property):
        return (member.fget, member.fset, member.fdel)
    if isinstance(member, cached_property):
        return (member.func,)
    if isinstance(member, FunctionType):
        return (member,)
    native = type(member).__module__ == "builtins" and hasattr(type(member), "__get__")
    return () if native or isinstance(member, type) else None


def _members(kind: type) -> list[tuple[str, Any]]:
    """Return the members of a class and of those it is derived from, less code that is not the user's."""
    found = {name: (base, member) for base in reversed(kind.__mro__) for name, member in vars(base).items()}
    return [(name, member) for name, (base, member) in found.items() if _is_told(base, name, member)]


def _is_told(base: type, name: str, member: Any) -> bool:
    constant = _functions(member) is None
    if _root(base) in TRUSTED and (callable(member) or not constant):
        return False
    hidden = name.startswith("__") and name.endswith("__")
    return name not in HOOKS and not (hidden and (constant or name == "__subclasshook__"))


def _slots(kind: type) -> list[str]:
    """Return the names under which the slots of a class, and of those it is derived from, are found."""
    names = []
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            private = name.startswith("__") and not name.endswith("__")
            names.append(f"_{base.__name__.lstrip('_')}{name}" if private else name)
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _static(kind: type, name: str) -> Any:
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def _root(kind: type) -> str:
    return str(kind.__module__).partition(".")[0]


def _is_empty(cell: Any) -> bool:
    try:
        return cell.cell_contents is cell
    except ValueError:
        return True
