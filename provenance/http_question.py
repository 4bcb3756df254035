"""One question to one host over HTTP, answered within a time and a size, or in words why it was not."""

from __future__ import annotations

import http.client
import queue
import threading
import urllib.error
import urllib.request
from typing import Any


def answered(url: str, question: bytes, *, kinds: tuple[str, str], limit_s: float, most_bytes: int) -> bytes | str:
    """Return what a host answers to a POST, or in words why there is no answer within limit_s.

    url: http or https, checked by the caller. kinds: the media types of the question and of its answer.
    """
    answers: queue.SimpleQueue[bytes | str] = queue.SimpleQueue()

    def ask() -> None:
        answers.put(_asked(url, question, kinds, limit_s, most_bytes))

    # In a thread of its own that is left behind: looking up a name, or bytes that drip in, heed no time limit.
    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=limit_s)
    except queue.Empty:
        return f"did not answer within {limit_s:.3g} s"


def _asked(url: str, question: bytes, kinds: tuple[str, str], limit_s: float, most_bytes: int) -> bytes | str:
    query = urllib.request.Request(  # noqa: S310 -- the caller admits http and https alone
        url, question, {"content-type": kinds[0], "accept": kinds[1]}
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(query, timeout=limit_s) as response:
            answer: bytes = response.read(most_bytes + 1)
    except urllib.error.HTTPError as error:
        with error:
            return f"answered with HTTP status {error.code}"
    except TimeoutError:
        return f"did not answer within {limit_s:.3g} s"
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        return f"cannot be reached ({type(reason).__name__})"
    return answer if len(answer) <= most_bytes else "gave an answer that is too long"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Only the hosts that were named are asked."""

    def redirect_request(self, *_: Any) -> None:
        return None
