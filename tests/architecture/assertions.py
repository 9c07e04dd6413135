"""Whether a test can fail: it says something of what it sees, and nothing that is so whatever it sees.

A test says it itself, or in a function of its own file or of `tests/support` that it calls by its name. Waiting until
something is so is not saying it: what the wait was for is said behind it.
"""

import ast
from collections.abc import Iterator

from tests.architecture.checker import Module, Tree

Function = ast.FunctionDef | ast.AsyncFunctionDef
SAYING = ("pytest.raises", "pytest.warns", "pytest.fail")
# Every mistake there can be is one of these, a misspelt name among them.
ANYTHING = ("Exception", "BaseException")


def check_assertions(tree: Tree) -> list[str]:
    """Tests that assert nothing, and assertions that nothing can break."""
    modules = [module for module in tree.modules if module.name.startswith("tests.")]
    shared = {
        f"{module.name}.{node.name}"
        for module in modules
        if module.name.startswith("tests.support.")
        for node in _functions(module)
        if any(_says(node))
    }
    complaints = []
    for module in modules:
        functions = {node.name: node for node in _functions(module)}
        for name, node in functions.items():
            if name.startswith("test_") and not _asserts(module, node, functions, shared, set()):
                complaints.append(f"{module.path}:{node.lineno}: {name} asserts nothing")
        complaints += [f"{module.path}:{line}: {why}" for line, why in _idle(module.tree)]
    return complaints


def _functions(module: Module) -> Iterator[Function]:
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            yield node


def _says(node: ast.AST) -> Iterator[ast.AST]:
    for one in ast.walk(node):
        if isinstance(one, ast.Assert) or (isinstance(one, ast.Call) and ast.unparse(one.func) in SAYING):
            yield one


def _asserts(
    module: Module, node: Function, functions: dict[str, Function], shared: set[str], seen: set[str]
) -> bool:
    if any(_says(node)):
        return True
    seen.add(node.name)
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and one.id not in seen:
            if module.aliases.get(one.id) in shared:
                return True
            called = functions.get(one.id)
            if called is not None and _asserts(module, called, functions, shared, seen):
                return True
    return False


def _idle(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            test = node.test
            if isinstance(test, ast.Constant) and test.value:
                yield node.lineno, "what is asserted is a constant"
            elif _holds_anyway(test):
                yield node.lineno, "what is asserted is so whatever it sees"
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "pytest.raises"
            and node.args
            and ast.unparse(node.args[0]) in ANYTHING
            and not node.keywords
        ):
            yield node.lineno, "any mistake at all would do: name the one that is meant"


def _holds_anyway(test: ast.expr) -> bool:
    """Compared with itself and nothing called, or a length that is not below nought."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    left, op, right = test.left, test.ops[0], test.comparators[0]
    if isinstance(op, ast.GtE) and ast.unparse(right) == "0":
        return isinstance(left, ast.Call) and ast.unparse(left.func) == "len"
    calls = any(isinstance(one, ast.Call | ast.Await) for one in ast.walk(left))
    return isinstance(op, ast.Eq) and not calls and ast.unparse(left) == ast.unparse(right)
