"""`python -m tests.words.unmarked` lists words of pages that are not marked, file and line.

Words are string literals of `app.py`, `pages` and `aecore` that a person may read. They count as
marked in `_`, `ngettext`, `mark`, `say`, `Sentence` and `plural`, and as a plain literal in a
deliberate error or in what `aecore` describes itself by: their values stand beside the literal.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.words.allowed import ALLOWED, FILES

ROOT = Path(__file__).resolve().parents[2]
DESCRIBES = {
    *("AboutTerm", "Field", "Filter", "MemoryNeed", "Method", "MetricInfo", "PhotoMethod"),
    *("Progress", "Recipe", "Source", "UnitPictures", "Work", "_method", "aside", "waiting"),
}
"""What `aecore` describes itself by; plain text among its arguments is shown by pages."""
MARKS = ("_", "ngettext", "mark", "say", "Sentence", "plural")
SINKS = {
    *("badge", "button", "caption", "checkbox", "download_button", "error", "expander"),
    *("file_uploader", "header", "info", "link_button", "markdown", "multiselect"),
    *("number_input", "page_link", "pills", "popover", "radio", "segmented_control"),
    *("select_slider", "selectbox", "slider", "spinner", "subheader", "success", "tabs"),
    *("text", "text_area", "text_input", "title", "toggle", "warning", "metric"),
    *("choice", "choices", "Score"),
}
"""What shows its first argument; a literal there is words, even one word in small letters."""
_LOOKED_UP = {
    *("get", "startswith", "endswith", "removeprefix", "removesuffix", "partition"),
    *("split", "compile", "sub", "match", "fullmatch", "search", "TypeVar", "Literal"),
    *("cast", "read", "write", "component"),
}
"""What compares or looks up its arguments, and shows none."""
_NO_WORDS_IN = ("key", "icon", "extra")
"""Arguments of any call that are ids."""
_NO_WORDS = re.compile(
    r":[a-z-]+(?=\[)|:material/[\w⟨⟩]+:|&\w+;|<[^>]*>|https?://\S+|⟨⟩|^[A-Z][a-z]+(-[A-Z][a-z]+)+$"
)


@dataclass(frozen=True)
class Words:
    """A literal that a person may read."""

    path: str
    line: int
    column: int
    text: str
    node: ast.expr

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text!r}"


def text_of(node: ast.AST) -> str | None:
    """The text of a literal, with ⟨⟩ for each value of an f-string; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "⟨⟩" for part in node.values
        )
    return None


def is_words(text: str, *, is_shown: bool = False) -> bool:
    """Whether a person would read it: several words, a capitalised one, or one that is shown."""
    bare = _NO_WORDS.sub(" ", text)
    if not re.search(r"[a-z]{2}", bare):  # PCA and dB are the same in all languages
        return False
    has_space = re.search(r"\s", text.strip()) or (text != text.strip() and "⟨⟩" in text)
    is_capitalised = re.match(r"\W*[A-Z][a-z]+\b", bare.strip())
    return bool(has_space or is_capitalised or is_shown or re.search(r":[a-z-]+\[\w", text))


def unmarked(path: Path, root: Path = ROOT) -> list[Words]:
    """Words of a file that are not marked."""
    name = path.relative_to(root).as_posix()
    if name in FILES:
        return []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    allowed = ALLOWED.get(name, {})
    found = _words(tree, is_page=not name.startswith("aecore/"))
    return [
        Words(name, node.lineno, node.col_offset, text, node)
        for node in found
        if (text := text_of(node)) is not None and text not in allowed
    ]


def _words(tree: ast.Module, *, is_page: bool) -> Iterator[ast.expr]:
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        text = text_of(node)
        if not isinstance(node, ast.expr) or text is None or _is_code(node, parents):
            continue
        if is_marked(node, parents) or (not is_page and _is_described(node, parents)):
            continue
        if is_words(text, is_shown=_is_shown(node, parents)):
            yield node


def _is_described(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether it is a plain text of an error or a description, or of a `__repr__`."""
    is_plain, above = isinstance(node, ast.Constant), parents.get(node)
    while above is not None:
        if isinstance(above, ast.Call) and (is_error(above) or name_of(above) in DESCRIBES):
            return is_plain
        if isinstance(above, ast.Call | ast.stmt | ast.JoinedStr):
            break
        above = parents.get(above)
    while above is not None and not isinstance(above, ast.FunctionDef):
        above = parents.get(above)
    return isinstance(above, ast.FunctionDef) and above.name == "__repr__"


def alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """What an expression may come to: both sides of a condition, all terms of a sum."""
    if isinstance(node, ast.IfExp):
        yield from (*alternatives(node.body), *alternatives(node.orelse))
    elif isinstance(node, ast.BinOp):
        yield from (*alternatives(node.left), *alternatives(node.right))
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from alternatives(value)
    else:
        yield node


def name_of(call: ast.Call) -> str:
    """The last part of what is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def is_error(call: ast.Call) -> bool:
    """Whether it makes a deliberate error."""
    name = name_of(call)
    return name.endswith("Error") and not hasattr(builtins, name)


def is_marked(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether it is the text of `_`, `ngettext` or `mark`, or a plain text of an error."""
    call = parents.get(node)
    if not isinstance(call, ast.Call) or node not in call.args:
        return False
    at = call.args.index(node)
    if isinstance(node, ast.Constant) and is_error(call):
        return at < 2
    n_texts = 2 if name_of(call) in ("ngettext", "plural") else 1
    return name_of(call) in MARKS and isinstance(node, ast.Constant) and at < n_texts


def _is_shown(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether it is the first argument of what shows text, alone or as one of two alternatives."""
    above = parents.get(node)
    while isinstance(above, ast.IfExp):
        node, above = above, parents.get(above)
    if isinstance(above, ast.keyword):
        return above.arg in ("help", "placeholder")
    return (
        isinstance(above, ast.Call)
        and name_of(above) in SINKS
        and bool(above.args)
        and above.args[0] is node
    )


def _is_code(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether it is a docstring, an id, a type, part of an f-string, or for programmers."""
    above = parents.get(node)
    if isinstance(above, ast.keyword):
        return above.arg in _NO_WORDS_IN
    if isinstance(above, ast.AnnAssign | ast.arg):
        return above.annotation is node
    if isinstance(above, ast.Tuple | ast.Set):
        return isinstance(parents.get(above), ast.Compare)
    if isinstance(above, ast.Call) and node in above.args:
        name = name_of(above)
        is_default = name == "get" and above.args.index(node) > 0
        is_looked_up = name in _LOOKED_UP and not is_default
        return is_looked_up or (name.endswith("Error") and hasattr(builtins, name))
    return isinstance(
        above,
        ast.Expr | ast.JoinedStr | ast.Compare | ast.Slice | ast.Subscript | ast.MatchValue,
    )


def files(root: Path = ROOT) -> list[Path]:
    """What is looked at."""
    folders = (root / "pages").rglob("*.py"), (root / "aecore").rglob("*.py")
    found = [root / "app.py", *sorted(folders[0]), *sorted(folders[1])]
    return [path for path in found if "bench" not in path.parts and "cli" not in path.parts]


def main() -> int:
    """Print what is unmarked; 1 where anything is."""
    found = [words for path in files() for words in unmarked(path)]
    for words in found:
        print(words)  # noqa: T201 - it is a command
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
