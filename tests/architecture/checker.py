"""Reads source files (never imports them) and says what in them breaks the tables of `table.py`.

Every `check_*` function takes a `Tree` and returns a list of complaints, each one line that begins with
`path:line:`. An empty list is a pass. A tree without some of the rooms is fine: there is nothing to complain of.
"""

import ast
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from tests.architecture import table


class Import(NamedTuple):
    """`target` is dotted and as long as the source says; `typing_only` is one under `if TYPE_CHECKING:`."""

    target: str
    line: int
    typing_only: bool


class Module:
    """One parsed file: its dotted name, what it imports, and every dotted name it reaches."""

    def __init__(self, root: Path, path: Path) -> None:
        self.path = path.relative_to(root).as_posix()
        parts = list(path.relative_to(root).with_suffix("").parts)
        self.is_package = parts[-1] == "__init__"
        if self.is_package:
            parts.pop()
        self.name = ".".join(parts)
        source = path.read_text(encoding="utf-8")
        self.lines = source.splitlines()
        self.tree = ast.parse(source, filename=self.path)
        self.aliases: dict[str, str] = {}
        self.imports = list(self._imports(self.tree, typing_only=False))

    def _imports(self, node: ast.AST, typing_only: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for name in child.names:
                    bound = name.asname or name.name.split(".")[0]
                    self.aliases[bound] = name.name if name.asname else bound
                    yield Import(name.name, child.lineno, typing_only)
            elif isinstance(child, ast.ImportFrom):
                base = self._absolute(child)
                for name in child.names:
                    target = base if name.name == "*" else f"{base}.{name.name}"
                    self.aliases[name.asname or name.name] = target
                    yield Import(target, child.lineno, typing_only)
            elif isinstance(child, ast.If) and _is_type_checking(child.test):
                for part in child.body:
                    yield from self._imports(ast.Module([part], []), True)
                for part in child.orelse:
                    yield from self._imports(ast.Module([part], []), typing_only)
            else:
                if isinstance(child, ast.Call) and (named := _imported_by_call(child)):
                    yield Import(named, child.lineno, typing_only)
                yield from self._imports(child, typing_only)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        up = node.level - 1 if self.is_package else node.level
        parts = parts[: len(parts) - up]
        return ".".join([*parts, node.module] if node.module else parts)

    def reached(self) -> Iterator[tuple[str, int]]:
        """Every imported name and every attribute chain that starts at one, as (dotted origin, line)."""
        for imported in self.imports:
            yield imported.target, imported.line
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and (dotted := self._origin(node)):
                yield dotted, node.lineno

    def _origin(self, node: ast.expr) -> str | None:
        tail: list[str] = []
        while isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.aliases:
            return None
        return ".".join([self.aliases[node.id], *reversed(tail)])


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _imported_by_call(call: ast.Call) -> str | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in ("import_module", "__import__") or not call.args:
        return None
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


class Tree:
    """Every Python file of the first-party packages under `root`."""

    def __init__(self, root: Path) -> None:
        self.modules = [
            Module(root, path)
            for package in table.FIRST_PARTY
            for path in sorted((root / package).rglob("*.py"))
            if "__pycache__" not in path.parts
        ]
        self.by_name = {module.name: module for module in self.modules}

    def resolve(self, target: str) -> str | None:
        """The first-party module that `target` names or lies in; None if there is no such file."""
        while target and target not in self.by_name:
            target = target.rpartition(".")[0]
        return target or None

    def product(self) -> list[Module]:
        return [module for module in self.modules if not covers("tests", module.name)]


def covers(prefix: str, name: str) -> bool:
    """True if `name` is `prefix` or lies under it; a `*` in `prefix` stands for one part."""
    wanted, given = prefix.split("."), name.split(".")
    return len(given) >= len(wanted) and all(w in ("*", g) for w, g in zip(wanted, given, strict=False))


def room_of(name: str) -> tuple[table.Room, str] | None:
    """The row for a module and the room it is in: `actors.domains.*` gives a room to each domain."""
    fitting = [room for room in table.ROOMS if covers(room.name, name)]
    if not fitting:
        return None
    room = max(fitting, key=lambda r: r.name.count("."))
    return room, ".".join(name.split(".")[: room.name.count(".") + 1])


def _is_first_party(target: str) -> bool:
    return target.split(".")[0] in table.FIRST_PARTY


def check_rooms(tree: Tree) -> list[str]:
    """Arrows between rooms, those under TYPE_CHECKING too: a type is knowledge as well."""
    complaints = []
    for module in tree.modules:
        found = room_of(module.name)
        if found is None:
            complaints.append(f"{module.path}:1: is in no room of the table")
            continue
        room, here = found
        for imported in module.imports:
            if not _is_first_party(imported.target):
                complaints += _foreign(module, room, here, imported)
                continue
            there = room_of(imported.target)
            if there is not None and there[1] == here:
                continue
            if not any(covers(allowed, imported.target) for allowed in room.may_import):
                may = ", ".join(room.may_import) or "nothing of ours"
                complaints.append(
                    f"{module.path}:{imported.line}: {here} imports {imported.target}; it may import {may}"
                )
    return complaints


def _foreign(module: Module, room: table.Room, here: str, imported: Import) -> list[str]:
    top = imported.target.split(".")[0]
    if room.third_party is None or top in sys.stdlib_module_names or top in room.third_party:
        return []
    only = " and ".join(("the standard library", *room.third_party))
    return [f"{module.path}:{imported.line}: {here} imports {imported.target}; it may import only {only}"]


def check_models(tree: Tree) -> list[str]:
    """A domain's `model.py`, and whatever of its own room it stands on, knows contracts and nothing else."""
    complaints: dict[str, None] = {}
    for start in tree.modules:
        if not (covers("actors.domains.*", start.name) and start.path.endswith("model.py")):
            continue
        seen, todo = {start.name}, [start]
        while todo:
            module = todo.pop()
            for imported in module.imports:
                if not _is_first_party(imported.target) or covers("contracts", imported.target):
                    continue
                own = room_of(imported.target) == room_of(start.name)
                target = tree.resolve(imported.target)
                if not own or any(part.endswith("actor") for part in imported.target.split(".")[3:]):
                    complaints[
                        f"{module.path}:{imported.line}: {start.path} stands on {imported.target}; "
                        "a model stands on contracts and its own room's rules"
                    ] = None
                elif target is not None and target not in seen:
                    seen.add(target)
                    todo.append(tree.by_name[target])
    return list(complaints)


def check_pure(tree: Tree) -> list[str]:
    """Nothing that decides may wait: no `async def`, no `await`."""
    return [
        f"{module.path}:{node.lineno}: waits; {room} only decides"
        for module in tree.modules
        for room in table.PURE_ROOMS
        if covers(room, module.name)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]


def check_circles(tree: Tree) -> list[str]:
    """Circles of imports, those inside functions too; types alone (TYPE_CHECKING) make no circle."""
    arrows: dict[str, list[str]] = {}
    for module in tree.modules:
        targets = (tree.resolve(i.target) for i in module.imports if not i.typing_only)
        arrows[module.name] = sorted({t for t in targets if t is not None and t != module.name})
    complaints, done, path = [], set[str](), list[str]()

    def visit(name: str) -> None:
        if name in path:
            circle = path[path.index(name) :]
            complaints.append(f"{tree.by_name[name].path}:1: import circle {' -> '.join([*circle, name])}")
            return
        if name in done:
            return
        path.append(name)
        for target in arrows[name]:
            visit(target)
        path.pop()
        done.add(name)

    for name in sorted(arrows):
        visit(name)
    return complaints


def check_power(tree: Tree, power: str) -> list[str]:
    """Uses of the clock, of randomness or of threads outside their owners and the table of exceptions."""
    allowed = [*table.OWNERS[power], *(path for path, what, _ in table.EXCEPTIONS if what == power)]
    complaints: dict[str, None] = {}
    for module in tree.product():
        if any(fnmatch(module.path, pattern) for pattern in allowed):
            continue
        for dotted, line in module.reached():
            for name in table.POWERS[power]:
                if covers(name, dotted):
                    complaints[
                        f"{module.path}:{line}: uses {name} ({power}); "
                        f"the owners are {', '.join(table.OWNERS[power])}: take it as a port or an argument"
                    ] = None
    return list(complaints)


def check_private_trio(tree: Tree) -> list[str]:
    """Underscored names of trio outside the one file that knows them."""
    complaints: dict[str, None] = {}
    owner = table.PRIVATE_TRIO_OWNERS[0]
    for module in tree.modules:
        if module.path in table.PRIVATE_TRIO_OWNERS:
            continue
        for dotted, line in module.reached():
            found = re.match(r"trio\.(?:[a-z]\w*\.)*_(?!_)\w+", dotted)
            if found:
                complaints[f"{module.path}:{line}: uses {found[0]}; only {owner} may"] = None
    return list(complaints)


def check_lengths(tree: Tree) -> list[str]:
    """Files and functions that are too long and do not say why. A docstring does not make a function long."""
    complaints = []
    for module in tree.modules:
        if len(module.lines) > table.FILE_LINES_AT_MOST and not _says_why(module.lines[:40]):
            complaints.append(
                f"{module.path}:1: {len(module.lines)} lines, over {table.FILE_LINES_AT_MOST}; "
                f"split it, or say '{table.REASON} ...' near its top"
            )
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            docstring = node.body[0] if ast.get_docstring(node, clean=False) is not None else None
            length = _span(node) - (_span(docstring) if docstring else 0)
            near = (docstring.end_lineno or node.lineno) if docstring else node.lineno
            above = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 4
            if length > table.FUNCTION_LINES_AT_MOST and not _says_why(
                module.lines[max(0, above) : near + 5]
            ):
                complaints.append(
                    f"{module.path}:{node.lineno}: {node.name} has {length} lines, over "
                    f"{table.FUNCTION_LINES_AT_MOST}; split it, or say '{table.REASON} ...' beside its def"
                )
    return complaints


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _says_why(lines: list[str]) -> bool:
    return table.REASON in " ".join(line.strip(" #\t") for line in lines).lower()
