"""Prompt templates: text files with an id and one section for each role.

A file begins with ``id: <its name>``; each line ``role: system``, ``role: user`` or ``role: assistant`` opens a section.
``{{name}}`` marks where a value goes. Values are inserted once and never read again, so that nothing inside a value can be
taken for a mark, a section or a role.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ragline.errors import InputError

_ROLE = re.compile(r"^role: (system|user|assistant)$", re.MULTILINE)
_MARK = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Message:
    """One message for a chat model."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt with its ``id`` (which goes into ``Answer.prompt_id``) and its sections in order."""

    id: str
    sections: tuple[Message, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names that :meth:`render` must be given."""
        return frozenset(name for section in self.sections for name in _MARK.findall(section.content))

    def render(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages with ``values`` in place. Raises :class:`InputError` unless exactly :attr:`names` are given."""
        if values.keys() != self.names:
            raise InputError(
                f"prompt {self.id!r} takes the values {sorted(self.names)}, got {sorted(values)}. Pass exactly those it takes."
            )
        return tuple(
            Message(section.role, _MARK.sub(lambda mark: values[mark[1]], section.content)) for section in self.sections
        )


@cache
def load_prompt(prompt_id: str) -> PromptTemplate:
    """The template in ``retrieval/prompts/<prompt_id>.txt``. Raises :class:`InputError` where there is none."""
    resource = files("retrieval.prompts").joinpath(f"{prompt_id}.txt")
    if not re.fullmatch(r"[\w.-]+", prompt_id) or not resource.is_file():
        raise InputError(f"there is no prompt {prompt_id!r}. Use one of the files in retrieval/prompts, without its suffix.")
    template = parse_prompt(resource.read_text(encoding="utf-8"))
    if template.id != prompt_id:
        raise InputError(f"the file {prompt_id}.txt says id: {template.id}. Make the two equal.")
    return template


def parse_prompt(text: str) -> PromptTemplate:
    """The template in ``text``. Raises :class:`InputError` where the id or a section is missing."""
    head, *parts = _ROLE.split(text)
    found = re.fullmatch(r"\s*id: (\S+)\s*", head)
    if not found or not parts:
        raise InputError("a prompt file needs a first line 'id: name' and at least one line 'role: user'. Add what is missing.")
    sections = zip(parts[::2], parts[1::2], strict=True)
    return PromptTemplate(found[1], tuple(Message(role, content.strip()) for role, content in sections))
