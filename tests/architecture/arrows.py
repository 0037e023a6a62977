"""Who may know whom: the arrow rule of the house as pure functions over names and source text."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
FLOORS = {
    "ipaportal.core": 0,
    "ipaportal.audit": 1,
    "ipaportal.identity": 2,
    "ipaportal.ledger": 3,
    "credentialing": 4,
    "capitation": 5,
    "purchasing": 5,
    "compliance": 6,
}
TOP = 7  # home, settings, urls, celery, wsgi, asgi
DOMAIN_APPS = ("credentialing", "capitation", "purchasing", "compliance")
OPEN_SHELVES = {"models", "rules", "queries", "actions"}
MAY_IMPORT = {
    "rules": {"rules"},
    "formats": {"formats", "rules"},
    "permissions": set(),
    "models": {"models", "rules"},
    "queries": {"queries", "rules", "models", "permissions"},
    "actions": {"actions", "rules", "formats", "models", "permissions", "queries"},
    "tasks": {"tasks", "queries", "actions"},
    "web": {"web", "queries", "actions", "rules", "models", "formats"},
    "management": {"management", "queries", "actions", "rules", "models"},
    "admin": {"admin", "queries", "actions"},
}
IMPURE = {
    *("django", "celery", "kombu", "redis", "psycopg", "allauth", "pghistory", "pgtrigger"),
    *("django_htmx", "subprocess", "socket", "requests", "urllib3"),
}
CLOCK = re.compile(r"\b(?:datetime\.now|datetime\.utcnow|date\.today|time\.time|timezone\.now)\(")
LABELS = {name.rpartition(".")[2]: floor for name, floor in FLOORS.items() if floor}
TABLE = re.compile(rf"(?<![\w.'])({'|'.join(LABELS)})_[a-z0-9_]+")
SPEAKS_SQL = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|TRUNCATE|CREATE|ALTER|FROM|JOIN)\b")
RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}


@cache
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """Every node of a source: many tests read the whole tree, so each source is parsed once."""
    return tuple(ast.walk(ast.parse(source)))


def app_of(module: str) -> str:
    """The room a module lies in: `ipaportal.core`, `capitation`, … or "top" for floor 7."""
    parts = module.split(".")
    room = ".".join(parts[:2]) if parts[0] == "ipaportal" else parts[0]
    return room if room in FLOORS else "top"


def shelf_of(module: str) -> str:
    """The shelf within the room: `rules`, `web`, …"""
    room = app_of(module)
    rest = module.removeprefix(room).lstrip(".") if room != "top" else module
    return rest.split(".")[0]


def is_ours(module: str) -> bool:
    return module.split(".")[0] in {"ipaportal", *DOMAIN_APPS}


def floor_of(module: str) -> int:
    return FLOORS.get(app_of(module), TOP)


def fault(importer: str, imported: str) -> str | None:
    """Why one module must not import another of ours, or None."""
    mine, theirs = app_of(importer), app_of(imported)
    if mine == theirs:
        return _fault_inside(importer, imported)
    if floor_of(imported) >= floor_of(importer):
        return f"{importer} (floor {floor_of(importer)}) imports {imported}, not below it"
    shelf = shelf_of(imported)
    if theirs in DOMAIN_APPS and shelf not in OPEN_SHELVES:
        if floor_of(importer) == TOP and (shelf == "formats" or importer == "ipaportal.urls"):
            return None
        return f"{importer} imports {imported}: {shelf} is not open to other apps"
    return None


def _fault_inside(importer: str, imported: str) -> str | None:
    if app_of(importer) not in DOMAIN_APPS:
        return None
    mine, theirs = shelf_of(importer), shelf_of(imported)
    if mine in MAY_IMPORT and theirs not in MAY_IMPORT[mine]:
        return f"{importer} imports {imported}: {mine} must not know {theirs}"
    return None


def imports_of(source: str, modules: frozenset[str] = frozenset()) -> set[str]:
    """Modules a source imports; `from a import b` is a.b where that is a module."""
    found = set()
    for node in nodes_of(source):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in modules else node.module for name in whole}
    return found


def inner_imports(source: str) -> list[int]:
    """Lines of imports inside functions."""
    return [
        inner.lineno
        for node in nodes_of(source)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def relative_imports(source: str) -> list[int]:
    """Lines of relative imports, which would hide an arrow."""
    return [
        node.lineno for node in nodes_of(source) if isinstance(node, ast.ImportFrom) and node.level
    ]


def long_functions(source: str, most: int = 70) -> list[str]:
    """Functions of more lines than allowed."""
    return [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in nodes_of(source)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > most
    ]


def tables_in(sql: str) -> set[str]:
    """Tables and functions of ours that an SQL text names, outside its comments."""
    text = re.sub(r"--[^\n]*|/\*.*?\*/", "", sql, flags=re.DOTALL)
    return {match.group(0) for match in TABLE.finditer(text)}


def table_faults(module: str, text: str) -> list[str]:
    """Tables in a text that lie above the module, or in a room of the same floor."""
    label = app_of(module).rpartition(".")[2]
    return [
        f"{module} names {table}"
        for table in sorted(tables_in(text))
        for owner in [table.split("_")[0]]
        if owner != label and LABELS[owner] >= floor_of(module)
    ]


def sql_of(source: str) -> str:
    """The strings of a Python source, docstrings left out, that are SQL."""
    prose = {
        id(node.value)
        for node in nodes_of(source)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return "\n".join(
        node.value
        for node in nodes_of(source)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in prose
        and SPEAKS_SQL.search(node.value)
    )


def relation_faults(module: str, source: str) -> list[str]:
    """Foreign keys, given as strings, that point up or sideways."""
    own = app_of(module).rpartition(".")[2]
    faults = []
    for node in nodes_of(source):
        if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") not in RELATIONS:
            continue
        targets = [*node.args[:1], *[word.value for word in node.keywords if word.arg == "to"]]
        for target in targets:
            label = str(getattr(target, "value", "")).split(".")[0]
            if label in LABELS and label != own and LABELS[label] >= floor_of(module):
                faults.append(f"{module}:{node.lineno} points to {target.value}")
    return faults


def impurities(source: str, impure_modules: set[str], modules: frozenset[str]) -> set[str]:
    """What makes a source impure: an impure package or module of ours, or reading the clock."""
    found = set()
    for name in imports_of(source, modules):
        if name.split(".")[0] in IMPURE or name in impure_modules:
            found.add(name)
    return found | set(CLOCK.findall(source))


# ---- the tree ------------------------------------------------------------------------------


def module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def sources() -> dict[str, str]:
    """Every Python module of ours, migrations too: name → text."""
    return {
        module_name(path): path.read_text()
        for root in ("ipaportal", *DOMAIN_APPS)
        for path in sorted((PROJECT / root).rglob("*.py"))
    }


def sql_files() -> Iterator[tuple[str, str]]:
    """Every SQL file: the module-like name of its place, and its text."""
    for root in ("ipaportal", *DOMAIN_APPS):
        for path in sorted((PROJECT / root).rglob("*.sql")):
            yield module_name(path), path.read_text()


def impure_core() -> set[str]:
    """Modules of core that reach an impure package, directly or through another."""
    core = {name: text for name, text in sources().items() if app_of(name) == "ipaportal.core"}
    modules = frozenset(core)
    impure: set[str] = set()
    while True:
        more = {name for name, text in core.items() if impurities(text, impure, modules)}
        if more <= impure:
            return impure
        impure |= more
