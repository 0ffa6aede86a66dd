"""Growing delays for whoever guesses, kept in Redis so that no restart forgets them.

Every try is counted before it is judged, in one step, so that a thousand at the same moment are not all let
through. A counter drains with time. What is counted is known by a keyed hash only: no address and no e-mail lies
in Redis.
"""

import asyncio
import hmac
import ipaddress
from typing import Final
from weakref import WeakKeyDictionary

import msgspec
import redis.exceptions

from app.identity.secret import derived
from app.kit import clock
from app.kit.errors import TooMany as TooManyRequests
from app.kit.errors import Unavailable
from app.tenancy import signals


class TooMany(TooManyRequests):
    """Too many tries; `retry_after` in seconds, and as `seconds` in the text."""

    code = "too-many-tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many attempts. Please wait %(seconds)s seconds and try again.", retry_after=seconds, seconds=seconds
        )


class Rule(msgspec.Struct, frozen=True):
    """The first `free` tries cost nothing, then each doubles the wait from `first` to `longest` seconds.

    One try is forgotten every `drain` seconds.
    """

    free: int
    first: int
    longest: int
    drain: int


ACCOUNT: Final = Rule(free=5, first=2, longest=900, drain=1800)
"""Per account, from wherever: guessing from many addresses gets about a hundred tries a day."""
ADDRESS: Final = Rule(free=60, first=1, longest=300, drain=60)
"""Per network address: generous, since a town hall or a mobile network stands behind one."""
SECOND: Final = Rule(free=5, first=4, longest=3600, drain=3600)
"""Second factors per account: a code has a million values only."""
VISIT: Final = Rule(free=30, first=2, longest=300, drain=60)
"""Forms that send mail, per network address."""

# Each key holds `n` tries as of `t`, and `u`, the moment until which it is closed (milliseconds).
_TAKE: Final = """
local now, wait = tonumber(ARGV[1]), 0
for i, key in ipairs(KEYS) do
  local closed = tonumber(redis.call('HGET', key, 'u') or 0) - now
  if closed > wait then wait = closed end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local free, first, longest, drain = unpack(ARGV, i * 4 - 2, i * 4 + 1)
  free, first, longest, drain = tonumber(free), tonumber(first), tonumber(longest), tonumber(drain)
  local n = tonumber(redis.call('HGET', key, 'n') or 0)
  local t = tonumber(redis.call('HGET', key, 't') or now)
  n = math.max(0, n - math.max(0, now - t) / drain) + 1
  -- Rounded, since a little drains between two tries.
  local over, delay = math.floor(n + 0.5) - free, 0
  if over >= 0 then delay = math.min(longest, first * 2 ^ math.min(30, over)) end
  local closed = delay > 0 and string.format('%.0f', now + delay) or '0'
  redis.call('HSET', key, 'n', tostring(n), 't', tostring(now), 'u', closed)
  redis.call('PEXPIRE', key, string.format('%.0f', delay + n * drain))
end
return 0
"""
_GIVE_BACK: Final = """
local n = tonumber(redis.call('HGET', KEYS[1], 'n') or 0)
if n <= 1 then return redis.call('DEL', KEYS[1]) end
return redis.call('HSET', KEYS[1], 'n', tostring(n - 1), 'u', '0')
"""

_LINES: Final = 16
"""Connections that a flood may take up at the same time; the rest waits in line."""
_lines: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]" = WeakKeyDictionary()


async def attempt(*counters: tuple[str, str, Rule]) -> None:
    """Count a try on each `(kind, who, rule)`; raises `TooMany` without counting while one of them is closed.

    Raises `Unavailable` when Redis is away: a limit that can be switched off is none.
    """
    keys = [_key(kind, who) for kind, who, _ in counters]
    figures = [int(clock.now().timestamp() * 1000)]
    for _, _, rule in counters:
        figures += [rule.free, rule.first * 1000, rule.longest * 1000, rule.drain * 1000]
    wait = await _run(_TAKE, keys, figures)
    if wait > 0:
        raise TooMany(-(-wait // 1000))


async def give_back(kind: str, who: str) -> None:
    """Take back the one try that turned out well: earlier failures of the same address stay."""
    await _run(_GIVE_BACK, [_key(kind, who)], [])


async def clear(kind: str, who: str) -> None:
    """Forget all tries."""
    await _run("return redis.call('DEL', KEYS[1])", [_key(kind, who)], [])


async def visit(kind: str, address: str) -> None:
    """Count a sent form of `kind` from a network address; raises `TooMany`."""
    await attempt((f"visit-{kind}", network(address), VISIT))


def network(address: str) -> str:
    """What counts as one address: all of an IPv4, the first 64 bits of an IPv6, which one household has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed)


def _key(kind: str, who: str) -> str:
    mark = hmac.new(derived("limits"), f"{kind}\0{who}".encode("utf-8", "surrogatepass"), "sha256")
    return f"identity:limit:{kind}:{mark.hexdigest()[:32]}"


async def _run(script: str, keys: list[str], figures: list[int]) -> int:
    lines = _lines.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_LINES))
    try:
        async with lines:
            return int(await signals.speaker().eval(script, len(keys), *keys, *figures))
    except (redis.exceptions.RedisError, OSError) as error:
        raise Unavailable("Signing in is not possible for a moment. Please try again soon.") from error
