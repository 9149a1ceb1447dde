#!/usr/bin/env python3
"""A witness of logs by C2SP tlog-witness, written from the specifications' text alone (tlog-witness, tlog-cosignature,
tlog-checkpoint, signed-note) with nothing but Python's standard library, and no code shared with the service or with
verify_log.py. It can be made to lie, as the one that is not ours cannot (scripts/witness.sh), and runs on any Python.

usage: witness.py NAME SEED LOG_KEY [--lies]
  NAME      the witness's name
  SEED      32 bytes in hexadecimal, its secret
  LOG_KEY   the verifier key of the only log it knows
  --lies    signs another text than it was shown

Prints its verifier key and the port it listens on, and answers until it is killed.
"""

import base64
import hashlib
import http.server
import sys
import threading
import time

PRIME = 2**255 - 19
GROUP = 2**252 + 27742317777372353535851937790883648493
COEFF = (-121665 * pow(121666, -1, PRIME)) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)


def x_of(y, odd):
    """The x of a point of edwards25519 with this y, or nothing."""
    if y >= PRIME:
        return None
    x_squared = (y * y - 1) * pow(COEFF * y * y + 1, -1, PRIME) % PRIME
    if not x_squared:
        return None if odd else 0
    x = pow(x_squared, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != x_squared:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if x * x % PRIME != x_squared:
        return None
    return x if x % 2 == odd else PRIME - x


def add(p, q):
    """The sum of two points in affine coordinates."""
    product = COEFF * p[0] * q[0] * p[1] * q[1] % PRIME
    x = (p[0] * q[1] + q[0] * p[1]) * pow(1 + product, -1, PRIME)
    y = (p[1] * q[1] + p[0] * q[0]) * pow(1 - product, -1, PRIME)
    return x % PRIME, y % PRIME


def times(n, p):
    total = (0, 1)
    while n:
        if n % 2:
            total = add(total, p)
        p, n = add(p, p), n // 2
    return total


GENERATOR_Y = 4 * pow(5, -1, PRIME) % PRIME
GENERATOR = (x_of(GENERATOR_Y, 0), GENERATOR_Y)


def encode_point(p):
    return (p[1] | (p[0] % 2) << 255).to_bytes(32, "little")


def decode_point(raw):
    number = int.from_bytes(raw, "little")
    y = number % 2**255
    x = x_of(y, number >> 255)
    return None if x is None else (x, y)


def sha512_number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


class Secret:
    def __init__(self, seed):
        digest = hashlib.sha512(seed).digest()
        self.scalar = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
        self.prefix = digest[32:]
        self.public = encode_point(times(self.scalar, GENERATOR))

    def sign(self, message):
        r = sha512_number(self.prefix, message) % GROUP
        commitment = encode_point(times(r, GENERATOR))
        k = sha512_number(commitment, self.public, message) % GROUP
        return commitment + ((r + k * self.scalar) % GROUP).to_bytes(32, "little")


def verifies(public, message, signature):
    a, r = decode_point(public), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= GROUP:
        return False
    k = sha512_number(signature[:32], public, message) % GROUP
    return times(s, GENERATOR) == add(r, times(k, a))


def key_id(name, raw_key):
    return hashlib.sha256(name.encode() + b"\n" + raw_key).digest()[:4]


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def consistent(old, old_root, new, new_root, proof):
    """RFC 6962, section 2.1.2, by its recursive definition: both roots are rebuilt from the proof."""
    proof = list(proof)

    def rebuild(m, n, whole):
        # Gives the roots of the first m leaves and of all n, taking hashes from the proof's end.
        if m == n:
            root = old_root if whole else proof.pop()
            return root, root
        k = 1
        while 2 * k < n:
            k *= 2
        sibling = proof.pop()
        if m <= k:
            first, all_of_it = rebuild(m, k, whole)
            return first, node(all_of_it, sibling)
        first, all_of_it = rebuild(m - k, n - k, False)
        return node(sibling, first), node(sibling, all_of_it)

    try:
        return rebuild(old, new, True) == (old_root, new_root) and not proof
    except IndexError:
        return False


class Refused(Exception):
    def __init__(self, status, body="", kind="text/plain"):
        super().__init__(status)
        self.status, self.body, self.kind = status, body, kind


class Witness:
    def __init__(self, name, seed, log_key, lies):
        self.name, self.secret, self.lies = name, Secret(seed), lies
        raw = b"\x04" + self.secret.public
        self.id = key_id(name, raw)
        self.verifier_key = f"{name}+{self.id.hex()}+{base64.b64encode(raw).decode()}"
        self.origin, _, encoded = log_key.split("+", 2)
        self.log_raw = base64.b64decode(encoded)
        self.seen = (0, None)
        self.lock = threading.Lock()

    def add_checkpoint(self, body):
        head, gap, note = body.partition("\n\n")
        lines = head.split("\n")
        if not gap or not lines[0].startswith("old ") or len(lines) > 64:
            raise Refused(400)
        old = int(lines[0][4:])
        proof = [base64.b64decode(line, validate=True) for line in lines[1:]]
        text, gap, signatures = note.rpartition("\n\n")
        text += "\n"
        origin, size, root = text.split("\n")[:3]
        size, root = int(size), base64.b64decode(root, validate=True)
        if origin != self.origin:
            raise Refused(404)
        if not any(self.is_the_logs(text, line) for line in signatures.split("\n") if line):
            raise Refused(403)
        if old > size:
            raise Refused(400)
        with self.lock:
            last_size, last_root = self.seen
            if old != last_size:
                raise Refused(409, f"{last_size}\n", "text/x.tlog.size")
            if old == 0:
                if proof:
                    raise Refused(422)
            elif old == size:
                if root != last_root:
                    raise Refused(409)
            elif not consistent(old, last_root, size, root, proof):
                raise Refused(422)
            # Kept before it is answered.
            self.seen = (size, root)
        now = int(time.time()) if not self.lies else 2**40
        signed = text if not self.lies else text.replace(origin, "another")
        signature = self.secret.sign(f"cosignature/v1\ntime {now}\n{signed}".encode())
        line = base64.b64encode(self.id + now.to_bytes(8, "big") + signature).decode()
        return f"\u2014 {self.name} {line}\n"

    def is_the_logs(self, text, line):
        _, name, encoded = line.split(" ")
        raw = base64.b64decode(encoded)
        known = name == self.origin and raw[:4] == key_id(self.origin, self.log_raw) and self.log_raw[0] == 1
        return known and verifies(self.log_raw[1:], text.encode(), raw[4:])


def main(arguments):
    name, seed, log_key = arguments[:3]
    witness = Witness(name, bytes.fromhex(seed), log_key, "--lies" in arguments)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            try:
                if self.path != "/witness/add-checkpoint":
                    raise Refused(404)
                status, answer, kind = 200, witness.add_checkpoint(body), "text/plain; charset=utf-8"
            except Refused as refused:
                status, answer, kind = refused.status, refused.body, refused.kind
            except ValueError:
                status, answer, kind = 400, "", "text/plain"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer.encode())))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(witness.verifier_key, server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(sys.argv[1:])
