"""A frame sequence signed: one manifest over the ordered list of its files, none of which is touched.

The list is written first and the manifest last, so that a list without a manifest is simply unsigned.
Standard: see `sequence_list` and `sidecar`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.digests import stamps_of
from provenance.errors import SigningFailed
from provenance.publishing import check_destination, publish, unfinished
from provenance.sequence_list import list_of, sum_of
from provenance.sidecar import list_path, sidecar_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from provenance.sign import SigningReceipt


def sign_sequence(
    pattern: Path,
    files: Sequence[Path],
    sign_list: Callable[[Path, Path], SigningReceipt],
    *,
    expected_sum: str | None = None,
    overwrite: bool = False,
) -> SigningReceipt:
    """Return the receipt of the manifest over the files that pattern names, in their order.

    sign_list: signs its first argument, the list, into its second: `sign.sign` with everything but these two.
    expected_sum: of the files that were judged (see `sequence_list`); others are not signed.
    Raises SourceError, or SigningError: then neither list nor manifest is left, and what was there is as it was.
    """
    listed, manifest = list_path(pattern), sidecar_path(pattern)
    for place in (listed, manifest):
        check_destination(files[0], place, overwrite=overwrite)
    before = stamps_of(files)
    content = list_of(files)
    if expected_sum not in (None, sum_of(content)):
        raise SigningFailed(f"{pattern.name} is not the sequence that was judged; judge and sign it again")
    earlier = listed.read_bytes() if listed.is_file() else None
    with unfinished(listed) as path:
        path.write_bytes(content)
        publish(path, files[0], listed, overwrite=overwrite)
    try:
        # The manifest may appear only over files that are still the listed ones.
        if stamps_of(files) != before:
            raise SigningFailed(f"{pattern.name} was changed while it was signed; sign it again when it is finished")
        receipt = sign_list(listed, manifest)
    except BaseException:
        listed.unlink(missing_ok=True)
        if earlier is not None:
            listed.write_bytes(earlier)
        raise
    return receipt
