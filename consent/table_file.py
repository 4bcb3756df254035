"""Files of rows that come and go: CSV (RFC 4180) and JSON lines, read as if nobody had checked them.

A row is a mapping from columns to values; in CSV every value is text and an empty cell is left out. Text is
UTF-8, with or without a byte order mark, and lines end either way. A cell that a spreadsheet would take for a
formula gets an apostrophe in front when it is written, and loses it when it is read (OWASP, CSV injection).
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, TypeAlias

Form: TypeAlias = Literal["csv", "jsonl"]

LINE_LIMIT: Final = 2**20
ROW_LIMIT: Final = 1_000_000
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_NEUTRALISED: Final = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """One fault of a file: its line, the column ("" for the whole line) and what is wrong."""

    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a file, and the line it begins on."""

    line: int
    values: Mapping[str, Any]


class _Unusable(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.problem = LineProblem(line, "", message)


def form_of(path: Path) -> Form:
    """Return the form that a file's name states: JSON lines for .jsonl, .ndjson and .json, else CSV."""
    return "jsonl" if path.suffix.lower() in (".jsonl", ".ndjson", ".json") else "csv"


def rows_of(file: BinaryIO, form: Form) -> Iterator[FileRow | LineProblem]:
    """Yield the rows of a file and the problems of those that are none, in their order. Raises OSError."""
    try:
        yield from _csv_rows(file) if form == "csv" else _json_rows(file)
    except _Unusable as error:
        yield error.problem


def csv_lines(columns: Sequence[str], rows: Iterator[Mapping[str, str]]) -> Iterator[str]:
    """Yield the lines of a CSV file, its heading first."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: f"'{value}" if _FORMULA.match(value) else value for name, value in row.items()})
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def json_line(row: Mapping[str, Any]) -> str:
    """Return the line of a row."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def _lines(file: BinaryIO) -> Iterator[str]:
    number = 0
    while raw := file.readline(LINE_LIMIT + 1):
        number += 1
        if len(raw) > LINE_LIMIT:
            raise _Unusable(number, f"is longer than {LINE_LIMIT >> 20} MB; see that this is the right file")
        if number > ROW_LIMIT:
            raise _Unusable(number, f"comes after {ROW_LIMIT:,} lines; import the file in parts")
        if b"\0" in raw:
            raise _Unusable(number, "holds a zero byte, as UTF-16 does; save the file as UTF-8")
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise _Unusable(number, f"is not UTF-8 (byte {error.start + 1}); save the file as UTF-8") from error


def _csv_rows(file: BinaryIO) -> Iterator[FileRow | LineProblem]:
    reader = csv.reader(_lines(file), strict=True)
    header = [cell.strip() for cell in _csv_row(reader) or []]
    if not header:
        raise _Unusable(1, "has no heading; name the columns in the first line")
    for name in sorted({name for name in header if header.count(name) > 1}):
        raise _Unusable(1, f"names the column {name!r} twice; keep one of them")
    while True:
        line = reader.line_num + 1
        cells = _csv_row(reader)
        if cells is None:
            return
        values = [cell[1:] if _NEUTRALISED.match(cell) else cell for cell in cells]
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(header):
            message = f"has {len(values)} cells and the heading {len(header)}; see its commas and quotes"
            yield LineProblem(line, "", message)
            continue
        yield FileRow(line, {name: value for name, value in zip(header, values, strict=True) if value})


def _csv_row(reader: Any) -> list[str] | None:
    try:
        row: list[str] | None = next(reader, None)
    except csv.Error as error:
        raise _Unusable(reader.line_num, f"is no CSV ({error}); see its quotes") from error
    return row


def _json_rows(file: BinaryIO) -> Iterator[FileRow | LineProblem]:
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            document = json.loads(line, object_pairs_hook=_once_each, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            yield LineProblem(number, "", f"is no JSON document ({type(error).__name__}: {_short(error)}); correct it")
            continue
        if isinstance(document, dict):
            yield FileRow(number, document)
        else:
            yield LineProblem(number, "", 'is no JSON object; write {"column": value, ...} on each line')


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _short(error: BaseException) -> str:
    # The decoder's own sentence has the place and none of the content.
    return error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply or ambiguous"
