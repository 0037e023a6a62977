"""What is easily made into an attack is nowhere in the code: shells, eval, pickles, XML, MD5."""

import ast
from collections.abc import Iterator

from tests.architecture import arrows

MODULES = {
    "pickle": "runs what it reads",
    "marshal": "runs what it reads",
    "shelve": "runs what it reads",
    "xml": "reads entities; say here how they are refused before it is used",
    "lxml": "reads entities; say here how they are refused before it is used",
    "random": "can be guessed: secrets makes what must not be",
}
CALLS = {
    *("eval", "exec", "compile", "__import__"),
    *("os.system", "os.popen", "hashlib.md5", "hashlib.sha1", "mark_safe"),
}
# Where a seeded row of numbers is wanted, so that the same seed gives the same world.
SEEDED = (
    "ipaportal.home.demo",
    "ipaportal.home.simulator",
    "ipaportal.home.bench_directory",
    "ipaportal.home.benches.award",
    "ipaportal.home.benches.credentialing",
    "ipaportal.home.benches.meters",
    "ipaportal.home.benches.screening",
    "ipaportal.home.benches.sharing",
)
# Parts and pictures of pages: templates of ours escape what these are given, as tests of them say.
SAFE = ("ipaportal.home.templatetags",)
# Document types, in which entities stand, are looked for before a sheet is read, and no document
# is read but by a parser of defusedxml that forbids them.
REFUSES_ENTITIES = ("ipaportal.core.tables", "compliance.formats.care_documents")


def dangers(source: str) -> Iterator[str]:
    """The dangerous things of a source, by name."""
    for node in arrows.nodes_of(source):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        yield from (name for name in names if name.partition(".")[0] in MODULES)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in CALLS:
                yield called
            for word in node.keywords:
                if word.arg == "shell" and not is_false(word.value):
                    yield "shell"


def is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def is_meant(module: str, name: str) -> bool:
    """Whether a module may have it."""
    if name == "random":
        return module.startswith(SEEDED)
    if name in ("xml.etree.ElementTree", "xml.parsers"):
        return module in REFUSES_ENTITIES
    return name == "mark_safe" and module.startswith(SAFE)


def methods_told_apart(source: str) -> set[str]:
    """With what a source compares the method of a request."""
    return {
        ast.unparse(node.comparators[0])
        for node in arrows.nodes_of(source)
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == "request.method"
    }


def test_no_page_tells_a_head_from_a_look():
    """So tests that look need not ask for heads too; SAFE holds both."""
    others = {
        module: told
        for module, source in arrows.sources().items()
        if ".web." in module and (told := methods_told_apart(source) - {"'POST'", "SAFE"})
    }
    # Whether an address can be come back to; a head is not come back to.
    assert others == {"ipaportal.identity.web.access": {"'GET'"}}


def test_has_nothing_that_is_easily_made_into_an_attack():
    found = {
        module: names
        for module, source in arrows.sources().items()
        if (names := [name for name in dangers(source) if not is_meant(module, name)])
    }
    assert found == {}


def test_finds_what_is_dangerous():
    source = "import pickle\nfrom xml.etree import ElementTree\nimport random\n"
    source += "eval('1')\nrun('ls', shell=True)\nhashlib.md5(b'')\nrun('ls', shell=False)\n"
    assert sorted(dangers(source)) == [
        *("eval", "hashlib.md5", "pickle", "random", "shell", "xml.etree")
    ]
