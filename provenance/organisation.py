"""In whose name a signer signs: an organisation's own signature over what the claim states (CAWG, X.509).

The engine can do this, but its Python bindings do not offer it: this file calls the engine's exported function
itself, and therefore only the version that it was tried with.
Standard: CAWG Identity Assertion 1.1 (8.2: X.509 certificates; 5.1.2: roles), with c2pa-rs 0.91.0.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import c2pa  # type: ignore[import-untyped]  # the package ships no types
from c2pa import c2pa as bindings

from provenance.errors import IdentityUnusable, SigningFailed
from provenance.json_shapes import Json, mapping, sequence, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.identity import SigningIdentity

_TRIED_VERSION = "0.38.0"
ROLES = frozenset(
    {"cawg.creator", "cawg.contributor", "cawg.editor", "cawg.producer", "cawg.publisher", "cawg.sponsor"}
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation's own key and certificates, and the part it had in what is signed."""

    identity: SigningIdentity
    roles: tuple[str, ...] = ("cawg.producer",)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.roles) - ROLES)
        if unknown or not self.roles:
            raise IdentityUnusable(
                f"{unknown[0] if unknown else 'no role'!r} is no role of CAWG; use one of {', '.join(sorted(ROLES))}"
            )


def asserted(definition: str) -> tuple[str, ...]:
    """Return the labels of the assertions in a manifest definition, which the organisation then signs for as well."""
    stated: Json = json.loads(definition)
    labels = (text(mapping(assertion).get("label")) for assertion in sequence(mapping(stated).get("assertions")))
    return tuple(label for label in labels if label is not None)


def joint_signer(
    claim: c2pa.Signer, organisation: c2pa.Signer, *, labels: Sequence[str], roles: Sequence[str]
) -> c2pa.Signer:
    """Return the engine's signer that makes the claim's signature and, over these assertions, the organisation's.

    Both signers given are used up. Raises SigningFailed where the engine is not the version this was tried with.
    """
    version = importlib.metadata.version("c2pa-python")
    create = getattr(bindings._lib, "c2pa_identity_signer_create", None)
    if version != _TRIED_VERSION or create is None:
        raise SigningFailed(
            f"organisation identity was tried with c2pa-python {_TRIED_VERSION} alone, and this is {version}; "
            "install that version, or sign without an organisation"
        )
    handles = (claim._handle, organisation._handle)
    create.restype = type(handles[0])
    create.argtypes = [type(handles[0]), type(handles[1]), ctypes.c_void_p, ctypes.c_void_p]
    # The engine goes on calling these after the objects that hold them have given up their handles.
    callbacks = (claim._callback_cb, organisation._callback_cb)
    names, parts = _words(labels), _words(roles)
    made = create(*handles, ctypes.cast(names, ctypes.c_void_p), ctypes.cast(parts, ctypes.c_void_p))
    # Whatever came of it, both handles are the engine's now; freeing them here would free them twice.
    claim._teardown(free_handle=False)
    organisation._teardown(free_handle=False)
    if not made:
        raise SigningFailed("the engine refuses the organisation's certificates; check them with lint")
    signer = c2pa.Signer(made)
    signer._callback_cb = callbacks
    return signer


def _words(words: Sequence[str]) -> ctypes.Array[ctypes.c_char_p]:
    """Return words as the engine wants them: an array that ends in a null pointer."""
    return (ctypes.c_char_p * (len(words) + 1))(*(word.encode() for word in words), None)
