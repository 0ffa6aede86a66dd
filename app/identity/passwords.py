"""Passwords: Argon2id (RFC 9106) with OWASP's parameters, and what makes one too weak. No rules of composition."""

import asyncio
import re
import unicodedata
from typing import Final
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from app.kit.errors import Unavailable

SHORTEST: Final = 10
LONGEST: Final = 1000
"""Characters; a longer one is refused before anything is calculated with it."""

TOO_SHORT: Final = "The password is too short. Please use at least 10 characters."
TOO_LONG: Final = "The password is too long. Please use at most 1,000 characters."
TOO_COMMON: Final = "Many people use this password, so it is guessed first. Please choose another one."
TOO_PERSONAL: Final = "The password must not contain your e-mail address."

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
"""OWASP's first choice but one: 19 MiB, two passes, one lane."""
_AT_ONCE: Final = 2
"""Each hash takes 19 MiB and a core for a while."""
_QUEUE: Final = 40
"""Who comes behind that many is asked to come back: a flood must not fill the memory."""

# The stand-in for accounts that don't exist, so that a try at them takes as long. Nobody knows its password.
_NOBODY: Final = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUu$2lZb3m0tGkq7pJY0kq9n6yYlB1JcE0m1o2mW3Xw4Yy8"

_WORDS: Final = frozenset(
    """
    passwort password kennwort geheim geheimnis passwd passphrase zugang zugangscode willkommen welcome hallo hello
    hallowelt helloworld test tester testing testtest admin administrator master changeme letmein login signin root
    user benutzer gast guest default secret system computer internet windows android iphone samsung google facebook
    qwertz qwerty qwertzuiop qwertyuiop asdfghjkl asdfgh yxcvbnm zxcvbnm qayxsw qazwsx qweasdzxc
    abcdefgh abcdefghij abcdefghijk abcabc iloveyou ichliebedich liebe schatz schatzi engel prinzessin princess
    sonnenschein sunshine sommer summer winter herbst fruehling frühling urlaub ferien blume blumen schmetterling
    fussball fußball football baseball basketball bundesliga bayern bayernmuenchen bayernmünchen dortmund borussia
    schalke hertha unionberlin herthabsc hamburg berlin potsdam brandenburg dresden leipzig muenchen münchen koeln
    köln frankfurt deutschland germany badbelzig belzig gemeinde rathaus buergermeister bürgermeister buergerservice
    bürgerservice stadtverwaltung verwaltung feuerwehr smartvillage village dorf dorfleben heimat hohenfläming fläming
    starwars pokemon superman batman spiderman dragon monkey shadow ninja killer hunter ranger harley mustang
    mercedes porsche volkswagen trustno killer freedom whatever michael thomas andreas stefan christian daniel
    alexander sebastian matthias martina sabine susanne stefanie claudia jessica jennifer vanessa melanie
    charlie jordan michelle nicole ashley buster tigger pepper cookie banane schokolade kaffee spiel
    """.split()
)
_ROWS: Final = (
    "12345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertzuiopüasdfghjklöäyxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qay2wsx3edc4rfv5tgb",
    "1qaz2wsx3edc4rfv5tgb",
    "q1w2e3r4t5z6u7i8o9p0",
)
_LEET: Final = str.maketrans("@4310$5!7", "aaeiossit")

_slots: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]" = WeakKeyDictionary()
_waiting: "WeakKeyDictionary[asyncio.AbstractEventLoop, int]" = WeakKeyDictionary()


async def hash_(password: str) -> str:
    """The hash with its parameters and salt in one text (PHC). Takes some 30 ms in a thread.

    Raises `ValueError` above `LONGEST`, and `Unavailable` when too many wait.
    """
    if len(password) > LONGEST:
        raise ValueError(f"a password has at most {LONGEST} characters")
    return await _calculated(password, "")


async def verify(password_hash: str, password: str) -> bool:
    """Whether it is the password; takes as long for an empty or broken hash and for a password above `LONGEST`."""
    possible = len(password) <= LONGEST
    matches = await _calculated(password if possible else "", password_hash or _NOBODY) == password_hash
    return matches and possible and bool(password_hash)


def outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    try:
        return _HASHER.check_needs_rehash(password_hash)
    except InvalidHashError:
        return True


def weakness(password: str, email: str = "") -> str:
    """What is wrong with a new password (a msgid), or nothing."""
    if len(password) > LONGEST:
        return TOO_LONG
    bare = unicodedata.normalize("NFKC", password).casefold()
    if len(bare) < SHORTEST:
        return TOO_SHORT
    local = email.casefold().partition("@")[0]
    # A short name may stand in a good password by chance.
    if len(local) >= 5 and local in bare:
        return TOO_PERSONAL
    return TOO_COMMON if _common(bare) else ""


def _common(bare: str) -> bool:
    if len(set(bare)) < 4 or _repeats(bare) or any(_along(bare, row) for row in _ROWS):
        return True
    # "Passwort2026!" and "p@ssw0rd_123" are "passwort" and "password" to whoever guesses.
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", bare)
    spelt = (core, core.translate(_LEET), re.sub(r"[\W\d_]+", "", core))
    return any(word in _WORDS for word in spelt)


def _repeats(text: str) -> bool:
    """Whether it is one piece again and again: "ab12ab12ab12"."""
    return text in (text + text)[1:-1]


def _along(text: str, row: str) -> bool:
    """Whether it runs along a row of keys or letters, in either direction and perhaps with a little added."""
    core = text.strip("!?.,-_#*+ ")
    if len(core) < 4:
        return False
    return any(core in 2 * way or (len(way) >= 10 and core[:9] in 2 * way) for way in (row, row[::-1]))


async def _calculated(password: str, password_hash: str) -> str:
    """With a hash: that hash if the password fits, else nothing. Without: a new one."""
    loop = asyncio.get_running_loop()
    slots = _slots.setdefault(loop, asyncio.Semaphore(_AT_ONCE))
    if _waiting.get(loop, 0) >= _QUEUE:
        raise Unavailable("Many people are signing in just now. Please try again in a moment.")
    _waiting[loop] = _waiting.get(loop, 0) + 1
    try:
        async with slots:
            return await asyncio.to_thread(_argon2, password, password_hash)
    finally:
        _waiting[loop] -= 1


def _argon2(password: str, password_hash: str) -> str:
    raw = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    if not password_hash:
        return _HASHER.hash(raw)
    try:
        _HASHER.verify(password_hash, raw)
    except InvalidHashError:
        # Damaged: as slow as any other, and never right.
        return "" if password_hash == _NOBODY else _argon2(password, _NOBODY)
    except Argon2Error:
        return ""
    return password_hash
