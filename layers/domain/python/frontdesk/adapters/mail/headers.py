"""Mail headers that every server accepts, whatever names they contain."""

import re
from email.errors import MessageError
from email.header import Header
from email.headerregistry import (
    Address,
    BaseHeader,
    HeaderRegistry,
    UniqueAddressHeader,
    UniqueUnstructuredHeader,
)
from email.policy import SMTP, Policy
from typing import Any, cast

from frontdesk.domain.catalog.addresses import read_address
from frontdesk.domain.texts import one_line
from frontdesk.usecases.ports import MailRefused

# Longer words and lines must be encoded or folded.
_MAX_WORD, _MAX_LINE = 60, 78
# Python drops the quotes around a long name when it folds the header. These characters would then split the name.
_SPECIALS = str.maketrans(dict.fromkeys('()<>[]:;@\\,"', " "))


class _Subject(UniqueUnstructuredHeader):
    """The subject of a mail. Encoded as a whole, unless it is plain ASCII with short words."""

    def fold(self: Any, *, policy: Policy) -> str:
        """Returns the header's lines."""
        text = str(self)
        if text.isascii() and all(len(word) <= _MAX_WORD for word in text.split()):
            # Python's own `fold` may break right after the colon, which mail readers show as a space.
            return f"{_folded(f'{self.name}: {text}', policy)}{policy.linesep}"
        # Python encodes only parts of a text: some releases then lose spaces, and Yahoo refuses the mail.
        return f"{self.name}: {_encoded(text, self.name, policy)}{policy.linesep}"


class _Address(UniqueAddressHeader):
    """One address. If its name is not plain ASCII, or the line is long, all of the name is encoded."""

    def fold(self: Any, *, policy: Policy) -> str:
        """Returns the header's lines."""
        (address,) = self.addresses
        line = f"{self.name}: {address}"
        if line.isascii() and len(line) <= _MAX_LINE:
            return f"{line}{policy.linesep}"
        name = _encoded(address.display_name, self.name, policy)
        return f"{self.name}: {name}{policy.linesep} <{address.addr_spec}>{policy.linesep}"


def _folded(line: str, policy: Policy) -> str:
    """Folds a header line into lines of at most _MAX_LINE characters. Folds only at spaces that are followed by a word."""
    name, *words = re.split(r"(?<=\S)(?= +\S)", line)
    lines = [name + (words[0] if words else "")]
    for word in words[1:]:
        if len(lines[-1]) + len(word) > _MAX_LINE:
            lines.append(word)
        else:
            lines[-1] += word
    return policy.linesep.join(lines)


def _encoded(text: str, name: str, policy: Policy) -> str:
    return Header(text, "utf-8", header_name=name).encode(linesep=policy.linesep)


_REGISTRY = HeaderRegistry()
for _name, _type in {"subject": _Subject, "from": _Address, "to": _Address, "reply-to": _Address}.items():
    _REGISTRY.map_to_type(_name, cast("type[BaseHeader]", _type))

# Bodies are encoded in 7 bits, which every mail server can forward.
POLICY = SMTP.clone(cte_type="7bit", header_factory=_REGISTRY)


def address_of(name: str, email: str) -> Address:
    """Returns an address for a header. Raises MailRefused for an invalid one, so no stored value can add a header or a recipient."""
    try:
        return Address(display_name=one_line(name.translate(_SPECIALS)), addr_spec=read_address(email).ascii)
    except (ValueError, MessageError):
        # `from None`, because the cause quotes the address.
        raise MailRefused("an address that no mail can go to") from None
