"""Measures the texts that the cells of a workbook share. Pure.

The library copies a shared text into each of its cells: 3,000 cells that share one text of a megabyte take 3 GB. `SharedTexts.shown_in`
adds up the copies.
"""

import re
from array import array
from collections.abc import Iterable
from itertools import zip_longest
from xml.parsers.expat import ExpatError, ParserCreate

from frontdesk.domain.imports.options import BadFile

# The end of the list of texts. The library reads a list only up to it.
_END = re.compile(rb"</(?:\w{1,20}:)?sst\b")
# The beginning of a cell, or the value of one.
_CELL = re.compile(rb"<(?:\w{1,20}:)?(?:(c)(?=[\s/>])([^<>]*+)|v(?:\s[^<>]*+)?>([^<]*+))")
_SHARED = re.compile(rb"\bt\s*=\s*[\"']s[\"']")
_LONGEST_TAG = 400


class Part:
    """Measures the texts in one part of a workbook, in bytes."""

    def __init__(self) -> None:
        self.sizes = array("Q")
        self.has_texts = self.is_broken = False
        self._tail = b""
        self._parser = ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.CharacterDataHandler = self._add

    def look(self, block: bytes, *, is_sheet: bool) -> None:
        """Looks for a list of shared texts in the next block of the part, and measures the texts.

        If the part is a sheet, the texts are not measured. `SharedTexts.add` refuses a sheet that contains shared texts.
        """
        self.has_texts = self.has_texts or _END.search(self._tail + block) is not None
        self._tail = block[-30:]
        if not is_sheet and not self.is_broken:
            try:
                self._parser.Parse(block, False)
            except ExpatError:
                self.is_broken = True

    def _begin(self, name: str, _: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "si":
            self.sizes.append(0)

    def _add(self, text: str) -> None:
        if self.sizes:
            self.sizes[-1] += len(text.encode())


class SharedTexts:
    """The size of each shared text in bytes, by the text's index in the list of shared texts.

    If the list is not well-formed XML, every text is assumed to be as long as the list.
    """

    def __init__(self) -> None:
        self.longest = 0
        self._sizes = array("Q")
        self._are_known = True

    def add(self, part: Part, size: int, *, is_sheet: bool) -> None:
        """Adds the sizes of the shared texts in `part`. The part itself has `size` bytes.

        Raises BadFile if the part is a sheet that contains shared texts.
        """
        if not part.has_texts:
            return
        if is_sheet:
            raise BadFile("workbook_broken")
        self._are_known = self._are_known and not part.is_broken
        self._sizes = array("Q", map(max, zip_longest(self._sizes, part.sizes, fillvalue=0)))
        self.longest = max(self.longest, size if part.is_broken else max(part.sizes, default=0))

    def shown_in(self, blocks: Iterable[bytes], most: int) -> int:
        """Returns how many bytes of shared text the library would copy into the cells of a part.

        `blocks` are the part's content. Stops counting once the number exceeds `most`.
        """
        shown, is_shared, tail = 0, False, b""
        for block in blocks:
            text = tail + block
            cut = max(0, text.rfind(b"<"))
            tail = text[cut:]
            # The value behind the last tag may be incomplete. If it is very long, it is not a number.
            done = cut if len(tail) <= _LONGEST_TAG else len(text)
            for cell, attributes, number in _CELL.findall(text[:done]):
                if cell:
                    is_shared = _SHARED.search(attributes) is not None
                elif is_shared:
                    shown += self._size(number)
            tail = text[done:]
            if shown > most:
                break
        return shown

    def _size(self, number: bytes) -> int:
        is_known = (
            self._are_known and number.isdigit() and len(number) < 10 and int(number) < len(self._sizes)
        )
        return self._sizes[int(number)] if is_known else self.longest
