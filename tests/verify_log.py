#!/usr/bin/env python3
"""Verifies the audit log in an SQLite file, with nothing but Python's standard library and no code shared with the
service. Written from the description of the format alone:

  leaf     1 byte version (1), 8 index, 8 time in microseconds (signed), 4 children, then action, outcome, reason
           (may be empty: none) and strength, each 1 byte of length and UTF-8 text, then 32 bytes payload hash;
           integers big-endian, nothing after
  hashes   leaf SHA-256(00 leaf), node SHA-256(01 left right) (RFC 6962), payload SHA-256(16 bytes salt, payload)
  tiles    256 hashes each; level 0 of leaves, above of the roots of the tiles below; full ones only
  head     size, root, frontier: the roots of the complete subtrees, largest first

usage: verify_log.py FILE [SIZE:ROOT ...]     SIZE:ROOT are tree heads known from elsewhere, roots in hexadecimal

Prints "ok SIZE ROOT", or the first finding, and exits 1.
"""

import hashlib
import json
import sqlite3
import struct
import sys

WIDTH = 256


class Finding(Exception):
    """The first place where the log is not what it should be."""


def check(holds, *words):
    if not holds:
        raise Finding(" ".join(str(word) for word in words))


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def tree_root(hashes):
    """The Merkle tree hash of RFC 6962, bottom up: an odd one out moves up a level as it is."""
    level = list(hashes)
    if not level:
        return sha256()
    while len(level) > 1:
        paired = [sha256(b"\x01", a, b) for a, b in zip(level[::2], level[1::2])]
        level = paired + level[len(paired) * 2:]
    return level[0]


def decode(leaf, where):
    """The columns that were hashed, in the order of the row."""
    try:
        version, index, at, children = struct.unpack_from(">BQqI", leaf)
        check(version == 1, where, "the leaf has an unknown version")
        place, texts = 21, []
        for _ in range(4):
            length = leaf[place]
            text = leaf[place + 1:place + 1 + length]
            check(len(text) == length, where, "the leaf is cut short")
            texts.append(text.decode("utf-8"))
            place += 1 + length
    except (struct.error, IndexError, UnicodeDecodeError):
        raise Finding(f"{where} the leaf cannot be read") from None
    check(len(leaf) == place + 32, where, "the leaf has not the right length")
    action, outcome, reason, strength = texts
    check(action and outcome and strength, where, "the leaf lacks a code")
    return index, at, action, outcome, reason or None, strength, children, leaf[place:]


def same(stored, hashed):
    """Equal in value and in type: SQLite would keep a number as text and compare it as neither."""
    return type(stored) is type(hashed) and stored == hashed


class Log:
    """One pass over the events, and what is learnt on the way."""

    COLUMNS = ("idx", "at", "action", "outcome", "reason", "strength", "children", "payload_hash")

    def __init__(self, database):
        self.database = database
        self.hashes = []
        self.missing = set()
        self.redactions = {}
        self.keys = {"child": set(), "account": set(), "organisation": set(), "token": set(), "kind": set()}

    def rows(self, query):
        return self.database.execute(query)

    def read_head(self):
        rows = self.rows("SELECT id, size, root, frontier, derived_to FROM audit_head").fetchall()
        check(len(rows) == 1, "there is not one head but", len(rows))
        (number, size, root, frontier, derived_to), = rows
        check(same(number, 1), "the head has the wrong id")
        check(type(size) is int and size >= 0, "the size in the head cannot be read")
        check(type(derived_to) is int and 0 <= derived_to <= size, "the cursor in the head cannot be read")
        check(type(root) is bytes and type(frontier) is bytes, "the hashes in the head cannot be read")
        self.size, self.root, self.frontier, self.derived_to = size, root, frontier, derived_to

    def read_events(self):
        columns = ", ".join(f"e.{name}" for name in self.COLUMNS)
        query = (f"SELECT {columns}, e.leaf, p.idx, p.salt, p.body FROM audit_event e"
                 " LEFT JOIN audit_payload p ON p.idx = e.idx ORDER BY e.idx")
        expected = 0
        for *row, leaf, has_payload, salt, body in self.rows(query):
            where = f"event {expected}:"
            check(same(row[0], expected) and expected < self.size, where, "missing, or others are too many")
            check(type(leaf) is bytes, where, "the leaf cannot be read")
            hashed = decode(leaf, where)
            for name, stored, value in zip(self.COLUMNS, row, hashed):
                check(same(stored, value), where, "the column", name, "differs from what was hashed")
            if expected < self.derived_to:
                action, outcome, reason = hashed[2:5]
                self.keys["kind"].add((f"{action} {outcome} {reason or '-'}", expected))
            self.read_payload(expected, hashed, has_payload is not None, salt, body)
            self.hashes.append(sha256(b"\x00", leaf))
            expected += 1
        check(expected == self.size, f"event {expected}: missing")

    def read_payload(self, index, hashed, present, salt, body):
        where = f"event {index}:"
        redaction = hashed[2] == "redaction"
        if not present:
            check(not redaction, where, "the redaction has lost its payload")
            self.missing.add(index)
            return
        check(type(salt) is bytes and len(salt) == 16 and type(body) is bytes, where, "the payload cannot be read")
        check(sha256(salt, body) == hashed[-1], where, "the payload differs from what was hashed")
        try:
            payload = json.loads(body)
            if redaction:
                first, end = payload["redacted"]["from"], payload["redacted"]["to"]
                check(0 <= first < end <= index, where, "the redaction covers no range before it")
                self.redactions[index] = range(first, end)
            if index < self.derived_to:
                for child in payload.get("children", ()):
                    self.keys["child"].add((bytes.fromhex(child["id"]), index))
                for name in ("account", "system", "on_behalf_of"):
                    if name in payload:
                        self.keys["account"].add((payload[name], index))
                if "token" in payload:
                    self.keys["token"].add((bytes.fromhex(payload["token"]), index))
                if "organisation" in payload:
                    self.keys["organisation"].add((payload["organisation"], index))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Finding(f"{where} the payload makes no sense") from None

    def check_tiles(self):
        stored = {}
        for level, number, hashes in self.rows("SELECT level, number, hashes FROM audit_tile"):
            stored[level, number] = hashes
        level, hashes = 0, self.hashes
        while len(hashes) >= WIDTH:
            roots = []
            for number in range(len(hashes) // WIDTH):
                tile = hashes[number * WIDTH:(number + 1) * WIDTH]
                index = number * WIDTH ** (level + 1)
                check(same(stored.pop((level, number), None), b"".join(tile)),
                      f"event {index}: the tile {level}/{number} is missing or differs from its events")
                roots.append(tree_root(tile))
            level, hashes = level + 1, roots
        check(not stored, "there are tiles without events:", sorted(stored, key=repr)[:1])

    def check_head(self):
        peaks, start = [], 0
        for bit in reversed(range(self.size.bit_length())):
            if self.size >> bit & 1:
                peaks.append(tree_root(self.hashes[start:start + (1 << bit)]))
                start += 1 << bit
        check(self.frontier == b"".join(peaks), "the frontier in the head differs from the events")
        check(self.root == tree_root(self.hashes), "the root in the head differs from the events")

    def check_known(self, known):
        for size, root in known:
            check(size <= self.size, f"event {self.size}: the log had", size, "events once")
            check(tree_root(self.hashes[:size]) == root,
                  f"event {size}: the events before it differ from a root known from elsewhere")

    def check_redactions(self):
        covered = set().union(*self.redactions.values())
        for index in sorted(self.missing ^ covered):
            check(index in covered, f"event {index}: the payload is missing and no redaction covers it")
            check(index in self.redactions, f"event {index}: the payload is still there after its redaction")

    def check_payloads_have_events(self):
        query = "SELECT idx FROM audit_payload WHERE idx NOT IN (SELECT idx FROM audit_event) ORDER BY idx LIMIT 1"
        for index, in self.rows(query):
            raise Finding(f"event {index}: there is a payload without event")

    def check_look_ups(self):
        for name, table, column in (("child", "audit_by_child", "pseudonym"),
                                    ("account", "audit_by_account", "account_id"),
                                    ("organisation", "audit_by_organisation", "organisation_id"),
                                    ("token", "audit_by_token", "token"),
                                    ("kind", "audit_by_kind", "kind")):
            found = set(self.rows(f"SELECT {column}, idx FROM {table}"))
            differing = [index for _, index in found ^ self.keys[name]]
            check(not differing, "event", min(differing, key=str, default=""), ": the look-up table by", name,
                  "differs from the payloads")

    def verify(self, known):
        self.read_head()
        self.read_events()
        self.check_payloads_have_events()
        self.check_tiles()
        self.check_head()
        self.check_known(known)
        self.check_redactions()
        self.check_look_ups()


def main(arguments):
    if not arguments:
        sys.exit(__doc__)
    known = [(int(size), bytes.fromhex(root)) for size, root in (text.split(":") for text in arguments[1:])]
    database = sqlite3.connect(f"file:{arguments[0]}?mode=ro", uri=True)
    # Text that is not UTF-8 is a finding and not a failure of this program.
    database.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    database.execute("BEGIN")
    log = Log(database)
    try:
        log.verify(known)
    except Finding as finding:
        print(finding)
        return 1
    print("ok", log.size, log.root.hex())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
