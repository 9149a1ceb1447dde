#!/usr/bin/env python3
"""Verifies the audit log in an SQLite file or an export (child-index audit export), with nothing but Python's standard
library and no code shared with the service. Written from the description of the format alone:

  leaf     1 byte version (1), 8 index, 8 time in microseconds (signed), 4 children, then action, outcome, reason
           (may be empty: none) and strength, each 1 byte of length and UTF-8 text, then 32 bytes payload hash;
           integers big-endian, nothing after
  hashes   leaf SHA-256(00 leaf), node SHA-256(01 left right) (RFC 6962), payload SHA-256(16 bytes salt, payload)
  tiles    256 hashes each; level 0 of leaves, above of the roots of the tiles below; full ones only
  head     size, root, frontier: the roots of the complete subtrees, largest first
  notes    checkpoints are C2SP signed notes (signed-note, tlog-checkpoint, tlog-cosignature): the text is origin,
           size and root, a line each; signed with Ed25519 by the log, and by witnesses over "cosignature/v1", the
           time and the text
  export   JSON lines: {"export": format}, then {"t": table, "r": [cells]}; bytes are {"b": hexadecimal}

usage: verify_log.py FILE [SIZE:ROOT ...] [--key KEY ...] [--checkpoint FILE ...] [--quorum N] [--many | --changes FILE]
  SIZE:ROOT      a tree head known from elsewhere, the root in hexadecimal
  --key          a verifier key of the log or a witness (name+id+key); without a log's, signatures are not looked at
  --checkpoint   a checkpoint kept from earlier, which the log must extend
  --quorum       how many known witnesses must have cosigned the newest checkpoint, and each that was kept

Prints "ok SIZE ROOT", or the first finding, and exits 1. For the tests of this verifier itself, a line for each trial:
  --many         FILE holds exports one after the other
  --changes      SQL to tamper with the log, a JSON list of statements on each line: each is made to a copy in memory,
                 verified and taken back; "unchanged" where it changed nothing
"""

import argparse
import base64
import binascii
import functools
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


# Ed25519 as RFC 8032, section 6, describes it: slow, and nothing but integers.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_mul(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        number >>= 1
    return result


def recover_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def decompress(encoded):
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


@functools.lru_cache(maxsize=4096)
def ed25519_holds(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = decompress(public), decompress(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    challenge = hashlib.sha512(signature[:32] + public + message).digest()
    left = point_mul(scalar, BASE)
    right = point_add(commitment, point_mul(int.from_bytes(challenge, "little") % ORDER, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


class Key:
    """A verifier key: the name, an id that checks the rest, and the kind (1 a log's, 4 a witness's) with 32 bytes."""

    def __init__(self, text):
        self.name, identity, encoded = text.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        self.kind, self.public = raw[0], raw[1:]
        self.identity = sha256(self.name.encode(), b"\n", raw)[:4]
        if self.kind not in (1, 4) or len(self.public) != 32 or self.identity.hex() != identity:
            raise ValueError("no verifier key")

    def holds(self, text, signature):
        if self.kind == 1:
            return ed25519_holds(self.public, text, signature)
        time = int.from_bytes(signature[:8], "big")
        return time < 1 << 63 and ed25519_holds(self.public, b"cosignature/v1\ntime %d\n%s" % (time, text), signature[8:])


class Note:
    """A checkpoint: its text in three lines and more, and its signature lines."""

    def __init__(self, note, where):
        body, gap, lines = note.rpartition("\n\n")
        check(gap and body and lines.endswith("\n"), where, "is no signed note")
        check(all(c >= " " or c == "\n" for c in note), where, "holds a control character")
        try:
            self.text = (body + "\n").encode()
        except UnicodeEncodeError:
            raise Finding(f"{where} is no UTF-8") from None
        self.lines = [self.line(line, where) for line in lines[:-1].split("\n")]
        rows = body.split("\n")
        check(len(rows) >= 3 and all(rows) and rows[1] == str(int(rows[1]) if rows[1].isdecimal() else None), where,
              "is no checkpoint")
        try:
            self.origin, self.size, self.root = rows[0], int(rows[1]), base64.b64decode(rows[2], validate=True)
            check(len(self.root) == 32 and base64.b64encode(self.root).decode() == rows[2], where, "has no root")
        except (ValueError, binascii.Error):
            raise Finding(f"{where} is no checkpoint") from None

    @staticmethod
    def line(line, where):
        dash, gap, rest = line.partition(" ")
        name, gap_2, encoded = rest.partition(" ")
        check(dash == "\u2014" and gap and gap_2 and name and "+" not in name, where, "has a line that signs nothing")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise Finding(f"{where} has a line that signs nothing") from None
        # One spelling: the last character's spare bits are nought.
        check(len(raw) > 4 and base64.b64encode(raw).decode() == encoded, where, "has a line that signs nothing")
        return name, raw[:4], raw[4:]

    def cosigned(self, keys, where, all_known):
        """How many witnesses have cosigned; a finding where the log has not signed or a signature does not hold."""
        signed, witnesses = False, set()
        for name, identity, signature in self.lines:
            key = next((key for key in keys if (key.name, key.identity) == (name, identity)), None)
            if key is None:
                check(not all_known, where, "is signed by a key that is not known")
                continue
            check(key.holds(self.text, signature), where, "bears a signature that does not hold")
            if key.kind == 4:
                witnesses.add(name)
            elif name == self.origin:
                signed = True
        check(signed, where, "is not signed by a known key of the log")
        return len(witnesses)


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


def kind(hashed):
    action, outcome, reason = hashed[2:5]
    return f"{action} {outcome} {reason or '-'}"


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
        self.keys = {"child": set(), "account": set(), "organisation": set(), "token": set(), "kind": set(), "area": set()}

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
                self.keys["kind"].add((kind(hashed), expected))
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
                area = payload.get("area", "")
                for child in payload.get("children", ()):
                    self.keys["child"].add((bytes.fromhex(child["id"]) + area.encode(), index))
                for name in ("account", "system", "on_behalf_of"):
                    if name in payload:
                        self.keys["account"].add((f"{payload[name]} {area}", index))
                if "token" in payload:
                    self.keys["token"].add((bytes.fromhex(payload["token"]) + area.encode(), index))
                if "organisation" in payload:
                    self.keys["organisation"].add((f"{payload['organisation']} {area}", index))
                if area:
                    self.keys["area"].add((f"{area} {kind(hashed)}", index))
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

    def check_checkpoints(self, keys, quorum):
        """Checkpoints that were kept; the newest must have its quorum."""
        trusted = any(key.kind == 1 for key in keys)
        newest, cosigned = -1, 0
        for origin, size, text in self.rows("SELECT origin, size, note FROM audit_checkpoint ORDER BY size, origin"):
            where = f"event {size}: the checkpoint of this size"
            check(type(origin) is str and type(size) is int and type(text) is str, where, "cannot be read")
            note = Note(text, where)
            check((note.origin, note.size) == (origin, size), where, "differs from its row")
            check(0 <= size <= self.size, f"event {self.size}: the log had", size, "events at a checkpoint")
            check(tree_root(self.hashes[:size]) == note.root, where, "states another root than the events give")
            witnesses = note.cosigned(keys, where, True) if trusted else 0
            if size >= newest:
                newest, cosigned = size, witnesses
        check(cosigned >= quorum, "the newest checkpoint has", cosigned, "known witnesses and not", quorum)

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
        for name, expected in self.keys.items():
            found = set(self.rows(f"SELECT key, idx FROM audit_by_{name}"))
            differing = [index for _, index in found ^ expected]
            check(not differing, "event", min(differing, key=str, default=""), ": the look-up table by", name,
                  "differs from the payloads")

    def verify(self, known, keys=(), quorum=0):
        self.read_head()
        self.read_events()
        self.check_payloads_have_events()
        self.check_tiles()
        self.check_head()
        self.check_known(known)
        self.check_checkpoints(keys, quorum)
        self.check_redactions()
        self.check_look_ups()


TABLES = {
    "audit_head": "id, size, root, frontier, derived_to",
    "audit_event": "idx, at, action, outcome, reason, strength, children, payload_hash, leaf",
    "audit_payload": "idx, salt, body",
    "audit_tile": "level, number, hashes",
    "audit_checkpoint": "origin, size, note",
    "audit_by_child": "key, idx",
    "audit_by_account": "key, idx",
    "audit_by_organisation": "key, idx",
    "audit_by_token": "key, idx",
    "audit_by_kind": "key, idx",
    "audit_by_area": "key, idx",
}


def cell(value):
    """A cell of an export; one that is nothing a column holds stays that, and is found."""
    if isinstance(value, dict):
        return bytes.fromhex(value["b"]) if set(value) == {"b"} else 0.5
    return value


def read_exports(lines):
    """The rows of each export in a database in memory, its columns without types so that nothing is converted."""
    database = None
    for line in lines:
        row = json.loads(line)
        if "export" in row:
            if row != {"export": "child-index-audit-export/1"}:
                raise ValueError("no export of an audit log that is known here")
            if database:
                yield indexed(database)
            database = sqlite3.connect(":memory:")
            for table, columns in TABLES.items():
                database.execute(f"CREATE TABLE {table} ({columns})")
            continue
        if database is None or row["t"] not in TABLES:
            raise ValueError("no export of an audit log")
        cells = [cell(value) for value in row["r"]]
        database.execute(f"INSERT INTO {row['t']} VALUES ({', '.join('?' * len(cells))})", cells)
    if database is None:
        raise ValueError("no export of an audit log")
    yield indexed(database)


def indexed(database):
    for table in ("audit_event", "audit_payload"):
        database.execute(f"CREATE INDEX {table}_idx ON {table} (idx)")
    return database


def open_logs(path):
    """The log in an SQLite file, or those in a file of exports."""
    with open(path, "rb") as file:
        is_database = file.read(16) == b"SQLite format 3\0"
    if not is_database:
        with open(path, encoding="utf-8") as lines:
            yield from read_exports(lines)
        return
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    # Text that is not UTF-8 is a finding and not a failure of this program.
    database.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    database.execute("BEGIN")
    yield database


def changed(path, changes):
    """The log in an SQLite file after each change alone; nothing where it changed nothing."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    sqlite3.connect(f"file:{path}?mode=ro", uri=True).backup(database)
    for line in changes:
        database.execute("SAVEPOINT trial")
        before = database.total_changes
        try:
            for statement in json.loads(line):
                database.execute(statement)
            yield database if database.total_changes != before else None
        except sqlite3.Error:
            yield None
        database.execute("ROLLBACK TO trial")
        database.execute("RELEASE trial")


def verdict(database, known, keys, quorum):
    """Whether the log is whole, and what is to be said of it."""
    log = Log(database)
    try:
        log.verify(known, keys, quorum)
    except Finding as finding:
        return False, str(finding)
    return True, f"ok {log.size} {log.root.hex()}"


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("heads", nargs="*")
    parser.add_argument("--key", action="append", default=[], type=Key)
    parser.add_argument("--checkpoint", action="append", default=[])
    parser.add_argument("--quorum", type=int, default=0)
    parser.add_argument("--many", action="store_true")
    parser.add_argument("--changes")
    given = parser.parse_args(arguments)
    known = [(int(size), bytes.fromhex(root)) for size, root in (text.split(":") for text in given.heads)]
    if given.changes:
        with open(given.changes, encoding="utf-8") as changes:
            for database in changed(given.file, changes):
                print(verdict(database, known, given.key, given.quorum)[1] if database else "unchanged")
        return 0
    try:
        for path in given.checkpoint:
            with open(path, encoding="utf-8", newline="") as file:
                note = Note(file.read(), path)
            check(any(key.kind == 1 for key in given.key), path, "cannot be checked without --key")
            check(note.cosigned(given.key, path, False) >= given.quorum, path, "has too few witnesses")
            known.append((note.size, note.root))
    except Finding as finding:
        print(finding)
        return 1
    logs = open_logs(given.file)
    if given.many:
        for database in logs:
            print(verdict(database, known, given.key, given.quorum)[1])
        return 0
    whole, words = verdict(next(logs), known, given.key, given.quorum)
    print(words)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
