"""Kernels of regular expressions, in RE2's syntax, on Python's `re`."""

from __future__ import annotations

import functools
import re
from typing import Any

from tfshim.ops.kernels.strings import each
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import invalid, same_shape

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7F",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": r"0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
# What the two syntaxes write differently: a piece of RE2's, and Python's for it.
_TOKENS = re.compile(
    r"""(?P<quoted>\\Q.*?(?:\\E|$))|(?P<end>\\z)|(?P<any>\\C)|(?P<code>\\x\{[0-9A-Fa-f]+\})|(?P<escape>\\.)
    |\[:(?P<posix>\^?[a-z]+):\]|(?P<dollar>\$)|(?P<dot>\.)|(?P<open>\[\^?\]?)|(?P<close>\])|(?P<named>\(\?<(?=[A-Za-z_]))
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


# What bytes that are no UTF-8 become: RE2 matches them by nothing but \\C.
_INVALID = "\udc80-\udcff"


def _translated(pattern: str) -> str:
    """A pattern of RE2 as one of `re`."""
    pieces = []
    in_class = False
    for token in _TOKENS.finditer(pattern):
        kind, text = token.lastgroup, token.group()
        if kind == "quoted":
            text = re.escape(text[2:].removesuffix("\\E"))
        elif kind == "end":
            text = r"\Z"
        elif kind == "any":
            text = r"[\s\S]"
        elif kind == "code":
            text = re.escape(chr(int(text[3:-1], 16)))
        elif kind == "posix" and in_class and token["posix"] in _POSIX:
            text = _POSIX[token["posix"]]
        elif kind == "dollar" and not in_class:
            # Python's $ also matches before a last newline.
            text = r"(?!\n)\Z" if "(?m" not in pattern else "$"
        elif kind == "open":
            text = r"\[" if in_class else text.replace("^", f"^{_INVALID}")
            in_class = True
        elif not in_class and (kind == "dot" or text in ("\\D", "\\S", "\\W")):
            text = f"(?:(?![{_INVALID}]){text})"
        elif kind == "close":
            in_class = False
        elif kind == "named":
            text = "(?P<"
        pieces.append(text)
    return "".join(pieces)


@functools.lru_cache(maxsize=256)
def compiled(pattern: bytes) -> re.Pattern[str]:
    """The compiled pattern; it matches whole characters of UTF-8, and its classes (digits, words) are ASCII."""
    text = _text(pattern)
    try:
        return re.compile(_translated(text), re.ASCII)
    except (re.error, OverflowError) as error:
        raise invalid(f"Invalid pattern: {text}, error: {error}") from None


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _rewriter(pattern: re.Pattern[str], rewrite: str) -> Any:
    """The function from a match to its replacement: `\\0` to `\\9` are groups."""
    parts = re.split(r"\\(.)", rewrite, flags=re.DOTALL)
    for mark in parts[1::2]:
        if mark != "\\" and not mark.isdigit():
            raise invalid(f"invalid rewrite pattern: {rewrite}")
        if mark.isdigit() and int(mark) > pattern.groups:
            return None

    def replacement(match: re.Match[str]) -> str:
        texts = [(match[int(p)] or "") if i % 2 and p.isdigit() else p for i, p in enumerate(parts)]
        return "".join(texts)

    return replacement


def _replace(x: Any, pattern: bytes, rewrite: bytes, everywhere: bool) -> Any:
    regex = compiled(pattern)
    replacement = _rewriter(regex, _text(rewrite))
    if replacement is None:  # a group that does not exist: nothing is replaced
        return x

    def run(data: bytes) -> bytes:
        text = _text(data)
        pieces, end, last = [], 0, -1
        for match in regex.finditer(text):
            if match.start() == match.end() == last:
                continue  # RE2 takes no empty match right after another one
            pieces += [text[end : match.start()], replacement(match)]
            end = last = match.end()
            if not everywhere:
                break
        return _bytes("".join([*pieces, text[end:]]))

    return each(run, x)


def _full_match(x: Any, pattern: bytes) -> Any:
    regex = compiled(pattern)
    return each(lambda s: regex.fullmatch(_text(s)) is not None, x).astype(bool)


def _scalar(array: Any, what: str) -> bytes:
    if array.ndim:
        raise invalid(f"{what} must be scalar, but received {list(array.shape)}")
    return array[()]


@kernel("RegexReplace", host=True)
def regex_replace(x, pattern, rewrite, *, replace_global):
    return _replace(x, _scalar(pattern, "Pattern"), _scalar(rewrite, "Rewrite"), replace_global)


@kernel("StaticRegexReplace", host=True)
def static_regex_replace(x, *, pattern, rewrite, replace_global):
    return _replace(x, _attr(pattern), _attr(rewrite), replace_global)


@kernel("RegexFullMatch", host=True)
def regex_full_match(x, pattern):
    return _full_match(x, _scalar(pattern, "Pattern"))


@kernel("StaticRegexFullMatch", host=True)
def static_regex_full_match(x, *, pattern):
    return _full_match(x, _attr(pattern))


def _attr(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value


same_shape("RegexReplace", "StaticRegexReplace", "RegexFullMatch", "StaticRegexFullMatch")
