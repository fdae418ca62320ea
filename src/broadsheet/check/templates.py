"""What can be wrong with a site's own templates, without a page that is made with them."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from jinja2 import meta, nodes
from markupsafe import Markup

from broadsheet.check.finding import Finding
from broadsheet.check.rules import RULES
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.render import views
from broadsheet.render.theme import Theme

# What Jinja gives to every template, or to parts of one.
_JINJA = {"_", "gettext", "ngettext", "caller", "varargs", "kwargs", "super", "self", "loop"}
# What the parts of pages are given, as `docs/templates.md` tells.
_PARTS = {"site", "page", "item", "story", "is_here", "is_lead", "current", "feed"}
_LOOP = set("index index0 revindex revindex0 first last length cycle depth depth0 previtem nextitem changed".split())


def template_findings(theme: Theme, own: Iterable[str]) -> Iterator[Finding]:
    """Yield what is wrong with the site's `own` templates, by their names."""
    own = sorted(name for name in own if name.endswith(".html"))
    trees: dict[str, nodes.Template] = {}
    for name in (*theme.default_names(), *own):
        try:
            trees[name] = theme.parsed(name)
        except SiteError as error:
            yield from map(Finding, error.problems)
    known = _names(theme, trees.values())
    fields = _fields(trees.values())
    for name in own:
        if name in trees:
            place = theme.file(name)
            yield from _unknown(trees[name], place, known)
            yield from _unknown_fields(trees[name], place, fields)
            yield from _unknown_blocks(trees[name], place, theme)
    yield from _unused(theme, own, trees)


def _names(theme: Theme, trees: Iterable[nodes.Template]) -> set[str]:
    """Return the names that some template may use: given by a page, by Jinja, or by another template."""
    known = {*views.MEANINGS, *(name for names in views.NAMES.values() for name in names), *_PARTS, *_JINJA}
    known.update(theme.global_names())
    for tree in trees:
        known.update(node.name for node in tree.find_all(nodes.Name) if node.ctx != "load")
        known.update(node.name for node in tree.find_all(nodes.Macro))
        known.update(node.target for node in tree.find_all(nodes.Import))
        for imports in tree.find_all(nodes.FromImport):
            known.update(name if isinstance(name, str) else name[1] for name in imports.names)
    return known


def _fields(trees: Iterable[nodes.Template]) -> set[str]:
    """Return the attributes that some value of a template may have."""
    kinds = [kind for kind in vars(views).values() if isinstance(kind, type)]
    known = {name for kind in (*kinds, str, Markup, dict, list, tuple, int, float) for name in dir(kind)} | _LOOP
    for tree in trees:
        # What a template keeps in a namespace, or makes a macro of and gives away.
        known.update(node.attr for node in tree.find_all(nodes.NSRef))
        known.update(pair.key for call in tree.find_all(nodes.Call) for pair in call.kwargs)
        known.update(node.name for node in tree.find_all(nodes.Macro))
    return known


def _unknown(tree: nodes.Template, file: str, known: set[str]) -> Iterator[Finding]:
    for name in sorted(meta.find_undeclared_variables(tree) - known):
        line = next((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), 1)
        message = f"no page gives a template the name `{name}`; where it is used the build ends"
        yield _finding("template-name", Place(file, line, 1), message, _meant(name, known))


def _unknown_fields(tree: nodes.Template, file: str, known: set[str]) -> Iterator[Finding]:
    for node in tree.find_all(nodes.Getattr):
        if node.attr not in known:
            message = f"nothing that a template is given has `{node.attr}`; where it is used the build ends"
            yield _finding("template-name", Place(file, node.lineno, 1), message, _meant(node.attr, known))


def _unknown_blocks(tree: nodes.Template, file: str, theme: Theme) -> Iterator[Finding]:
    """Yield the blocks that the template which is extended has not, nor what that extends: nothing shows them."""
    known: set[str] = set()
    above, seen = _extended(tree), set[str]()
    while above and above not in seen:
        seen.add(above)
        try:
            parent = theme.parsed(above)
        except SiteError:
            # It has a finding of its own, and may have any block.
            return
        known.update(block.name for block in parent.find_all(nodes.Block))
        above = _extended(parent)
    if not seen or above is None:
        return
    for block in _outer_blocks(tree):
        if block.name not in known:
            message = f"what it extends has no block `{block.name}`: it is not shown"
            near = get_close_matches(block.name, sorted(known), n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(sorted(known))}"
            yield _finding("template-name", Place(file, block.lineno, 1), message, hint)


def _extended(tree: nodes.Template) -> str | None:
    """Return the name of the template that one extends, empty for none, None where it is not known in advance."""
    extends = tree.find(nodes.Extends)
    if extends is None:
        return ""
    name = extends.template
    return name.value if isinstance(name, nodes.Const) and isinstance(name.value, str) else None


def _outer_blocks(node: nodes.Node) -> Iterator[nodes.Block]:
    """Yield the blocks that stand in no other one."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block):
            yield child
        else:
            yield from _outer_blocks(child)


def _unused(theme: Theme, own: Iterable[str], trees: dict[str, nodes.Template]) -> Iterator[Finding]:
    referred = {name for tree in trees.values() for name in meta.find_referenced_templates(tree)}
    if None in referred:
        # A name that is put together while a page is made may be any.
        return
    defaults = set(theme.default_names())
    for name in own:
        if name not in defaults and name not in referred:
            message = f"the template takes the place of none, and none includes it: {name}"
            near = get_close_matches(name, sorted(defaults), n=1)
            hint = (
                f"did you mean {near[0]}?" if near else "call it as the one that it is meant to replace, or remove it"
            )
            yield _finding("unused-template", Place(theme.file(name)), message, hint)


def _meant(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"did you mean `{near[0]}`?" if near else "docs/templates.md lists what there is"


def _finding(rule: str, place: Place, message: str, hint: str) -> Finding:
    return Finding(Problem(place, message, hint, RULES[rule].severity, rule))
