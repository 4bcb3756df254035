"""The ledger's tree in the database: appended to in constant time, and read for proofs.

Every perfect subtree has a row, so an append writes two on average, and a proof reads a row or a few for each level.
An appender belongs to one writing session: it holds the write lock, so nobody else moves the end of the log.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, insert, select

from consent.merkle import Node, Span, folded, leaf_hash, node_hash, number_of, path_of, perfect
from consent.tables import EventRow, LedgerNodeRow


class LogEnd:
    """The end of the log inside one writing session: where the next event goes, and what hangs open there."""

    def __init__(self, session: Session) -> None:
        query = select(EventRow.position, EventRow.sequence, EventRow.committed_under)
        last = session.exec(query.order_by(col(EventRow.position).desc()).limit(1)).first()
        position, sequence, under = (-1, 0, "") if last is None else last
        self.size, self.sequence = position + 1, sequence or 0
        # Events from before there was a ledger carry no commitment; what they wrote is bound before anything else.
        self.unbound = under is None
        self._open = nodes(session, perfect((0, self.size)))

    def add(self, leaf: bytes) -> list[dict[str, Any]]:
        """Return the rows of the nodes that one more leaf completes, and move on."""
        position, level, found = self.size, 0, leaf_hash(leaf)
        made = [{"number": number_of((0, position)), "hash": found}]
        while position >> level & 1:
            found, level = node_hash(self._open.pop(), found), level + 1
            made.append({"number": number_of((level, position >> level)), "hash": found})
        self._open.append(found)
        self.size, self.sequence = self.size + 1, self.sequence + 1
        return made


def write(session: Session, events: Sequence[dict[str, Any]], made: Sequence[dict[str, Any]]) -> None:
    """Write rows of events and nodes, each kind in one statement."""
    session.connection().execute(insert(EventRow), events)
    session.connection().execute(insert(LedgerNodeRow), made)


def size_of(session: Session) -> int:
    """Return how many events the log holds."""
    last = session.exec(select(EventRow.position).order_by(col(EventRow.position).desc()).limit(1)).first()
    return 0 if last is None else last + 1


def root_at(session: Session, size: int) -> bytes:
    """Return the root of the first so many events."""
    return folded(nodes(session, perfect((0, size))))


def path(session: Session, spans: Sequence[Span]) -> tuple[bytes, ...]:
    """Return the hashes of the spans of a proof."""
    wanted = [node for span in spans for node in perfect(span)]
    found = dict(zip(wanted, nodes(session, wanted), strict=True))
    return path_of(spans, found.__getitem__)


def nodes(session: Session, wanted: Iterable[Node]) -> list[bytes]:
    """Return the hashes of nodes, in the order asked for. Raises LookupError when one is missing."""
    numbers = [number_of(node) for node in wanted]
    query = select(LedgerNodeRow.number, LedgerNodeRow.hash).where(col(LedgerNodeRow.number).in_(numbers))
    found = dict(session.exec(query).all())
    return [found[number] for number in numbers]
