"""What Redis does in one step, as Lua; what it means is told in the package's docstring.

A script is sent as it is: Redis keeps it compiled, and there is nothing to load again after a
restart. Each function returns one command.
"""

from __future__ import annotations

__all__ = [
    "Command",
    "ask_members",
    "catch_up",
    "end",
    "forget_process",
    "join",
    "keep_process",
    "leave",
    "publish",
    "register",
    "start_process",
]

Command = tuple[bytes | str | int, ...]

_DAY = 86400  # seconds that the head of a name, and a room, are kept with nobody to renew them
_HOUR = 3600  # seconds that an ended name is remembered for those who are away
_ALIVE = 30  # seconds that a process is believed to live without a sign of it

_REGISTER = f"""
local now = redis.call('TIME')
for _, old in ipairs(redis.call('HKEYS', KEYS[1])) do
  if tonumber(string.match(old, '^%d+') or 0) < (now[1] - {_DAY}) * 1000000 then
    redis.call('HDEL', KEYS[1], old)
  end
end
local name = string.format('%d%06d-%s', now[1], now[2], ARGV[1])
redis.call('HSET', KEYS[1], name, 0)
redis.call('EXPIRE', KEYS[1], {_DAY})
return name
"""

_PUBLISH = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
"""

_END = f"""
redis.call('HDEL', KEYS[1], ARGV[1])
if ARGV[2] == '0' then return 1 end
local now = redis.call('TIME')[1]
if redis.call('ZADD', KEYS[2], 'NX', now, ARGV[1] .. ' ' .. ARGV[2]) == 0 then return 1 end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - {_HOUR})
redis.call('EXPIRE', KEYS[2], {_HOUR})
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
"""

_CATCH_UP = f"""
local now = redis.call('TIME')
redis.call('EXPIRE', KEYS[1], {_DAY})
local told = {{
  string.format('%d%06d', now[1], now[2]),
  redis.call('HGETALL', KEYS[1]),
  redis.call('ZRANGEBYSCORE', KEYS[2], now[1] - {_HOUR}, '+inf'),
}}
redis.call('PUBLISH', ARGV[1], cjson.encode(told))
return 1
"""

_JOIN = f"""
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], {_DAY})
return 1
"""

_LEAVE = """
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 1
"""

_MEMBERS = """
local found = redis.call('HGETALL', KEYS[1])
local lives, members = {}, {}
for i = 1, #found, 2 do
  local process = found[i + 1]
  if lives[process] == nil then
    lives[process] = redis.call('EXISTS', ARGV[1] .. process) == 1
  end
  if lives[process] then
    members[#members + 1] = found[i]
  else
    redis.call('HDEL', KEYS[1], found[i])
  end
end
return members
"""


def register(heads: bytes, token: str) -> Command:
    """Ask for a new name, that no other publisher has; names of the dead are forgotten."""
    return "EVAL", _REGISTER, 1, heads, token


def publish(heads: bytes, name: str, number: int, channel: bytes, data: bytes) -> Command:
    """Publish as ``name``; answers 0, having done nothing, if the name is not registered."""
    return "EVAL", _PUBLISH, 1, heads, name, number, channel, data


def end(
    heads: bytes, ended: bytes, name: str, head: int, *, channel: bytes, data: bytes
) -> Command:
    """Let nothing more be published as ``name``, and tell how many numbers it has used."""
    return "EVAL", _END, 2, heads, ended, name, head, channel, data


def catch_up(heads: bytes, ended: bytes, channel: bytes) -> Command:
    """Have the numbers of all publishers sent to ``channel``, among what is published."""
    return "EVAL", _CATCH_UP, 2, heads, ended, channel


def join(room: bytes, process_key: bytes, member: bytes, process: str) -> Command:
    """Count a member; answers 0, having done nothing, if the process is not known."""
    return "EVAL", _JOIN, 2, room, process_key, member, process


def leave(room: bytes, member: bytes, process: str) -> Command:
    """Stop counting a member, if it is there for this process."""
    return "EVAL", _LEAVE, 1, room, member, process


def ask_members(room: bytes, process_prefix: bytes) -> Command:
    """Ask who is in a room; who was there for a process that has died is forgotten."""
    return "EVAL", _MEMBERS, 1, room, process_prefix


def start_process(process_key: bytes) -> Command:
    """Say that a process lives."""
    return "SET", process_key, 1, "EX", _ALIVE


def keep_process(process_key: bytes) -> Command:
    """Say that it still does; answers 0 if Redis does not know it any more."""
    return "EXPIRE", process_key, _ALIVE


def forget_process(process_key: bytes) -> Command:
    """Say that it does not any more, and so none of the members that are there for it."""
    return "DEL", process_key
