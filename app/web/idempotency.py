"""What is sent twice, because its answer got lost, acts once and gets the same answer again.

Programs send `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header), pages a hidden field. The key is
noted in the transaction of what it does: rolled back, the request may come again; committed, the next arrival within
a day gets the first one's answer. Kept are a hash of the key and the answer sealed with it, so that whoever reads the
table reads no answer. The platform's host, which has no such transaction, does it by `app.web.idempotency_issuer`.
"""

import contextlib
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import timedelta
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

import msgspec

from app.identity import sessions
from app.identity.person import current_person
from app.identity.secret import NotSealedHere, hashed, seal, unseal
from app.kit import clock
from app.kit.errors import Conflict, InvalidInput, VillageError
from app.tenancy import current
from app.web import csrf, mine, plain
from app.web.asked import Asked
from app.web.form_key import FIELD

HEADER: Final = b"idempotency-key"
KEEP: Final = timedelta(hours=24)
LARGEST_ANSWER_BYTES: Final = 200_000
_KEY: Final = re.compile(r'"?([!#-\[\]-~]{16,100})"?', re.ASCII)
"""A string of RFC 9651, section 3.3.3, without escapes; long enough that nobody sends another's by chance."""
REUSED: Final = "Something else was sent with this key before. Please use a new key."

Receive = Callable[[], Awaitable[dict[str, Any]]]
Headers = list[tuple[bytes, bytes]]

_BEGIN: Final = """
INSERT INTO sent_form (key_hash, fingerprint, created_at) VALUES ($1, $2, $3)
ON CONFLICT (key_hash) DO UPDATE SET fingerprint = excluded.fingerprint, answer = '', created_at = excluded.created_at
WHERE sent_form.created_at <= $4 OR ($5 AND sent_form.fingerprint <> excluded.fingerprint)
RETURNING key_hash"""


class Taking(Protocol):
    """Takes an application's answer; `app.web.edge.Buffered`."""

    status: int
    headers: Headers
    body: bytes

    async def __call__(self, message: dict[str, Any]) -> None: ...


class BadKey(VillageError):
    """The key is not one that nobody else would send."""

    status = 400
    code = "idempotency-key"


class Reused(InvalidInput):
    """Another request came with this key."""

    code = "idempotency-key-reused"


class Kept(msgspec.Struct, frozen=True):
    """An answer that was given."""

    status: int
    headers: Headers
    body: bytes


class Sent(msgspec.Struct, frozen=True):
    """A request that carries a key."""

    key: str
    key_hash: str
    fingerprint: str
    by_form: bool
    """A page's key: who comes back to a page and sends something else under it means the new."""


async def once(
    app: Callable[[Any, Any, Any], Awaitable[None]],
    scope: MutableMapping[str, Any],
    receive: Receive,
    answer: Taking,
) -> None:
    """Let the application answer, or give the answer that it gave to the same request; in a town's transaction."""
    try:
        person = current_person()
        sent, receive = await read(scope, receive, person.sub if person else "")
        kept = await _begun(sent) if sent is not None else None
    except VillageError as error:
        answer.status, answer.headers, answer.body = plain.refused(error, scope["path"], Asked(scope["headers"]))
        return
    if kept is not None:
        answer.status, answer.headers, answer.body = kept.status, list(kept.headers), kept.body
        return
    await app(scope, receive, answer)
    if sent is not None and answer.status < 400:
        await _keep(sent, answer)


async def forget_old() -> None:
    """Forget keys that are older than a day, in the current town."""
    await current().fetch("DELETE FROM sent_form WHERE created_at <= $1", [clock.now() - KEEP])


async def read(scope: MutableMapping[str, Any], receive: Receive, whose: str) -> tuple[Sent | None, Receive]:
    """The key of a request with what is needed to know it again, and the `receive` to go on with.

    Nobody but `whose` gets an answer by it. Raises `BadKey`.
    """
    given = [value for name, value in scope["headers"] if name == HEADER]
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    kind = kind.partition(b";")[0].strip().lower()
    is_form, has_files = kind == b"application/x-www-form-urlencoded", kind == b"multipart/form-data"
    if not (given or is_form or has_files):
        return None, receive
    replay = csrf.Replay(receive)
    body = await replay.read(csrf.HEAD_OF_FILES_BYTES if has_files else csrf.FORM_BYTES)
    by_form = not given
    if by_form:
        with contextlib.suppress(csrf.Forged):
            # What is no form carries no key; whoever reads it says what is wrong with it.
            found = csrf.in_form(body, FIELD) if is_form else csrf.in_files(body, FIELD)
            given = [found] if found else []
    if not given:
        return None, replay
    matched = _KEY.fullmatch(given[0].decode("latin-1").strip()) if len(given) == 1 else None
    if matched is None:
        raise BadKey("The key of this request can't be used. It needs 16 to 100 letters and digits.")
    where = f"{scope['method']} {scope['path']}?{scope['query_string'].decode('latin-1')}"
    key_hash = hashed(f"{whose} {where} {matched[1]}")
    # The boundary between files is another one each time.
    fingerprint = "" if has_files else hashlib.sha256(_fields(body) if is_form else body).hexdigest()
    return Sent(matched[1], key_hash, fingerprint, by_form), replay


def _fields(body: bytes) -> bytes:
    """What a form says, without the marks that may be others the next time."""
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True)
    return msgspec.json.encode([pair for pair in pairs if pair[0] not in (csrf.FIELD, FIELD)])


async def _begun(sent: Sent) -> Kept | None:
    """The answer that was given already; None when this is the first arrival.

    An arrival while the first one is still being done waits here for its end.
    """
    now = clock.now()
    values = [sent.key_hash, sent.fingerprint, now, now - KEEP, sent.by_form]
    if await current().fetch(_BEGIN, values):
        return None
    [row] = await current().fetch("SELECT fingerprint, answer FROM sent_form WHERE key_hash = $1", [sent.key_hash])
    if row["fingerprint"] != sent.fingerprint:
        raise Reused(REUSED)
    return opened(sent, row["answer"])


async def _keep(sent: Sent, answer: Taking) -> None:
    if sets_cookie(answer, mine.COOKIE, sessions.COOKIE):
        # Done on the device alone, with its cookie: a lost answer did nothing. A street is kept nowhere, nor a session.
        await current().fetch("DELETE FROM sent_form WHERE key_hash = $1", [sent.key_hash])
        return
    await current().fetch("UPDATE sent_form SET answer = $2 WHERE key_hash = $1", [sent.key_hash, closed(sent, answer)])


def sets_cookie(answer: Taking, *names: str) -> bool:
    """Whether an answer sets or takes away one of these cookies."""
    marks = tuple(name.encode() + b"=" for name in names)
    return any(name.lower() == b"set-cookie" and value.startswith(marks) for name, value in answer.headers)


def closed(sent: Sent, answer: Taking) -> str:
    """An answer sealed with the key that asked for it; empty when it is too large to be kept."""
    if len(answer.body) > LARGEST_ANSWER_BYTES:
        return ""
    return seal(_purpose(sent), msgspec.json.encode(Kept(answer.status, answer.headers, answer.body)).decode())


def opened(sent: Sent, sealed: str) -> Kept:
    """What `closed` made; raises `Conflict` when nothing was kept."""
    try:
        return msgspec.json.decode(unseal(_purpose(sent), sealed), type=Kept)
    except (NotSealedHere, msgspec.DecodeError) as error:
        raise Conflict("This was sent before, and it was done.") from error


def _purpose(sent: Sent) -> str:
    return f"answer to {sent.key}"
