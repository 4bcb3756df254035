"""Marks of generation that a file carries in its own words: evidence, never proof, and their absence says nothing.

Anybody can write or remove them. Read are IPTC's Digital Source Type (IPTC Photo Metadata 2023.1) in XMP, text
chunks of PNG, EXIF 3.0, and the tags of film containers, through Pillow and PyAV alone; what counts as a mark is
the table marks.yaml. A C2PA manifest's own claims are not read here.
"""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import av
import av.error
import yaml
from PIL import ExifTags, Image

from detectors.content import signature_at
from detectors.errors import UnreadableMedia
from detectors.image import DECODER_ERRORS, MAX_PIXELS, decoders
from detectors.production import production_still
from detectors.signatures import Signature

MarkKind = Literal["source type", "generation record", "software", "credit"]

LONGEST_VALUE = 200
_LONGEST_TEXT = 1 << 20  # of one field; generators' graphs take some hundred kilobytes
_LONGEST_FREE_TEXT = 10_000
_SOURCE_TYPE = re.compile(r"cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]{1,64})")
# Elements and attributes of XMP that name a program (XMP Specification Part 1, 8.2).
_XMP_PROGRAM = re.compile(r"(?:CreatorTool|softwareAgent)(?:\s*=\s*[\"']|>)([^\"'<]{1,200})")
_PROGRAM_FIELDS = frozenset(
    ["software", "processingsoftware", "hostcomputer", "encoder", "encoded_by", "com.apple.quicktime.software",
     "writing_application", "generator", "creator_tool", "creator", "writer"]
)  # fmt: skip
# In free text a generator's name alone says nothing: "runway" and "sora" are words.
_FREE_FIELDS = frozenset(["comment", "description", "title", "synopsis", "imagedescription", "usercomment"])
_MADE_WITH = r"(?:made|generated|created|produced)\s+(?:by|with|using|in|on)\s+(?:\w+\s+){0,2}"
_XMP_KEYS = ("xmp", "XML:com.adobe.xmp", "Raw profile type xmp")
_EXIF_TEXT = (0x000B, 0x010D, 0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x013C, 0x9286)
_EXIF_IFD = 0x8769
_TIFF_XMP = 700


@dataclass(frozen=True, slots=True)
class Mark:
    """One statement in a file that speaks of how the file was made."""

    kind: MarkKind
    where: str
    """The field that holds it: "XMP", "PNG text: parameters", "EXIF: Software", "MP4 tag: comment"."""
    value: str
    """At most 200 printable characters of it."""
    says: str
    """What it amounts to, in words."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One metadata field of a file."""

    holder: str
    key: str
    text: str

    @property
    def where(self) -> str:
        """The field in words."""
        return f"{self.holder}: {_shown(self.key)}" if self.key else self.holder


def marks_of(path: Path) -> tuple[Mark, ...]:
    """Return the marks of generation in the file at path, in the order of its fields; none for unreadable metadata.

    Raises UnreadableMedia or MislabelledMedia where the file is no medium that is read here.
    """
    signature = signature_at(path)
    fields: list[_Field] = []
    # Metadata that breaks off half-way still gives what came before.
    with suppress(*DECODER_ERRORS, av.error.FFmpegError, UnreadableMedia), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A list that is extended keeps what came before an error.
        fields.extend(_reader_of(signature)(path, signature))
    found = [mark for field in fields for mark in _marks_in(field)]
    return tuple(dict.fromkeys(found))


def _reader_of(signature: Signature) -> Callable[[Path, Signature], Iterator[_Field]]:
    """Return what yields the text fields of a format."""
    if signature.is_production:
        return _production_fields
    return _still_fields if signature.kind == "image" else _film_fields


def _production_fields(path: Path, signature: Signature) -> Iterator[_Field]:
    """Yield the attributes of an OpenEXR or DPX file that FFmpeg hands on."""
    for key, value in production_still(path, signature).raw.metadata.items():
        yield _Field(f"{signature.name} attribute", key, value[:_LONGEST_TEXT])


def _still_fields(path: Path, signature: Signature) -> Iterator[_Field]:
    """Yield the text fields of a still."""
    with Image.open(path, formats=decoders(signature)) as picture:
        for key, value in _text_items(picture):
            if key in _XMP_KEYS:
                yield _Field("XMP", "", value)
            elif key != "exif":
                yield _Field(f"{signature.name} text", key, value)
        exif = picture.getexif()
        for tags in (exif, exif.get_ifd(_EXIF_IFD)):
            for tag in _EXIF_TEXT:
                if text := _text_of(tags.get(tag)):
                    yield _Field("EXIF", ExifTags.TAGS.get(tag, hex(tag)), text)
        if text := _text_of(exif.get(_TIFF_XMP)):
            yield _Field("XMP", "", text)


def _text_items(picture: Image.Image) -> Iterator[tuple[str, str]]:
    """Yield what Pillow holds as text, also what a PNG carries after its pixels."""
    if picture.format == "PNG" and picture.width * picture.height <= MAX_PIXELS:
        with suppress(*DECODER_ERRORS):  # broken pixels leave the chunks before them
            picture.load()
    for key, value in picture.info.items():
        if isinstance(key, str) and (text := _text_of(value)):
            yield key, text


def _film_fields(path: Path, signature: Signature) -> Iterator[_Field]:
    """Yield the tags of a film's container and streams."""
    if not signature.decoder:
        return
    options = {"protocol_whitelist": "file"} | ({"export_xmp": "1"} if signature.decoder == "mov" else {})
    with av.open(str(path), format=signature.decoder, options=options, metadata_errors="ignore") as container:
        tags: list[Mapping[str, str]] = [container.metadata, *(stream.metadata for stream in container.streams)]
        for key, value in (item for each in tags for item in each.items()):
            if key.lower() == "xmp":
                yield _Field("XMP", "", value[:_LONGEST_TEXT])
            else:
                yield _Field(f"{signature.name} tag", key, value[:_LONGEST_TEXT])


def _text_of(value: Any) -> str:
    """Return a field as text, empty for anything but text; EXIF's UserComment begins with its character code."""
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if not isinstance(value, bytes):
        return ""
    value = value[:_LONGEST_TEXT]
    if value.startswith(b"UNICODE\0"):
        # EXIF 3.0, 4.6.6: the byte order is that of the file, which writers do not keep to.
        rest = value[8:]
        return str(rest, "utf-16-be" if rest[:1] == b"\0" else "utf-16-le", "ignore")
    return str(value.removeprefix(b"ASCII\0\0\0"), "utf-8", "ignore")


def _marks_in(field: _Field) -> Iterator[Mark]:
    """Yield the marks that one field holds."""
    table = _table()
    for term in dict.fromkeys(_SOURCE_TYPE.findall(field.text)):
        says = table.source_types.get(term, "the file declares a source type that is not known here")
        yield Mark("source type", field.where, term, says)
    if field.holder == "XMP":
        for program in _XMP_PROGRAM.findall(field.text):
            yield from _software(field, program, table.software)
        for phrase in table.credits:
            if phrase.lower() in field.text.lower():
                yield Mark("credit", field.where, phrase, "the file credits a generator")
        return
    for record in table.records:
        if record.matches(field):
            yield Mark("generation record", field.where, _shown(field.text), f"the file holds {record.says}")
            break
    if field.key.lower() in _PROGRAM_FIELDS:
        yield from _software(field, field.text, table.software)
    elif field.key.lower() in _FREE_FIELDS:
        yield from _software(field, field.text[:_LONGEST_FREE_TEXT], table.made_with)


def _software(field: _Field, text: str, names: re.Pattern[str]) -> Iterator[Mark]:
    """Yield a mark for the first generator that a program's field names."""
    if named := names.search(text):
        yield Mark("software", field.where, _shown(text), f"the file names {named[1]} as a program that made it")


def _shown(text: str) -> str:
    """Return the beginning of a text, printable."""
    line = " ".join(text[: 4 * LONGEST_VALUE].split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line[:LONGEST_VALUE])


@dataclass(frozen=True, slots=True)
class _Record:
    """One row of the table's text_keys."""

    key: str
    says: str
    begins: str = ""
    holds: str = ""

    def matches(self, field: _Field) -> bool:
        """Return whether a field is of this kind."""
        return field.key.lower() == self.key and field.text.startswith(self.begins) and self.holds in field.text


@dataclass(frozen=True, slots=True)
class _Table:
    """marks.yaml."""

    source_types: Mapping[str, str]
    records: tuple[_Record, ...]
    software: re.Pattern[str]
    """The names of generators, as the first group."""
    made_with: re.Pattern[str]
    """The same in a sentence that says "generated by"."""
    credits: tuple[str, ...]


@cache
def _table() -> _Table:
    """Return the table of marks, read once."""
    read: dict[str, Any] = yaml.safe_load((Path(__file__).with_name("marks.yaml")).read_text(encoding="utf-8"))
    names = "|".join(re.escape(name) for name in sorted(read["software"], key=len, reverse=True))
    return _Table(
        source_types=read["source_types"],
        records=tuple(_Record(**row) for row in read["text_keys"]),
        software=re.compile(rf"(?<!\w)({names})(?!\w)", re.IGNORECASE),
        made_with=re.compile(rf"(?<!\w){_MADE_WITH}({names})(?!\w)", re.IGNORECASE),
        credits=tuple(read["credits"]),
    )
