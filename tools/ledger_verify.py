#!/usr/bin/env python3
"""Check a receipt or an evidence file of a consortium ledger, offline: this file, Python 3.11, `pip install cryptography`.

    python3 ledger_verify.py RECEIPT --policy policy-sha256.txt [--policy-sm3 policy-sm3.txt] [--record opened.json]

Exit code: 0 proven; 1 a proof or a signature does not fit; 2 a file cannot be read; 3 too few signatures that can be
checked here: one that cannot is named and never counted. Formats: c2sp.org; RFC 9162; GB/T 32918.2 (SM2), 32905 (SM3).
"""

import argparse
import base64
import hmac
import json
from functools import partial
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

try:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
except ImportError:  # before cryptography 47
    MLDSA44PublicKey = None

WRONG, UNREADABLE, TOO_FEW = 1, 2, 3
unbase = partial(base64.b64decode, validate=True)
SHA256, SM3, SM2_KIND = hashes.SHA256(), hashes.SM3(), b"\xffyunshu/sm2-cosignature/v1\n"
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF  # GB/T 32918.5: y^2 = x^3 - 3x + B over F_P
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0


def stop(code, chinese, english):
    print(f"不能证明：{chinese}。\nNot proven: {english}.")
    raise SystemExit(code)


def digest(algorithm, data):
    state = hashes.Hash(algorithm)
    state.update(data)
    return state.finalize()


def add(one, other):
    if not one or not other:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % P == 0:
        return None
    up, down = (3 * one[0] ** 2 - 3, 2 * one[1]) if one == other else (other[1] - one[1], other[0] - one[0])
    slope = up * pow(down, -1, P)
    x = (slope**2 - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def times(k, point):
    found = None
    while k:
        found, point, k = add(found, point) if k & 1 else found, add(point, point), k >> 1
    return found


def sm2_fits(public, signature, message):
    x, y, r, s = map(int.from_bytes, (public[1:33], public[33:], signature[:32], signature[32:]))
    on_curve = len(public) == 65 and public[0] == 4 and max(x, y) < P and (y * y - x**3 + 3 * x - B) % P == 0
    if not on_curve or len(signature) != 64 or not (0 < r < N and 0 < s < N) or (r + s) % N == 0:
        return False
    constants = b"".join(each.to_bytes(32) for each in (P - 3, B, GX, GY))
    e = int.from_bytes(digest(SM3, digest(SM3, b"\0\x801234567812345678" + constants + public[1:]) + message))
    point = add(times(s, (GX, GY)), times((r + s) % N, (x, y)))
    return point is not None and (e + point[0]) % N == r


def fits(key, text, size, root, time, signature):
    """Return whether a cosignature fits; None if it cannot be checked here."""
    (name, _, kind, public), origin = key, text.split("\n")[0].encode()
    named = bytes([len(name)]) + name.encode() + time.to_bytes(8) + bytes([len(origin)]) + origin
    message = b"subtree/v1\n\0" + named + bytes(8) + size.to_bytes(8) + root
    if kind == SM2_KIND:
        return sm2_fits(public, signature, message)
    timed = f"cosignature/v1\ntime {time}\n{text}".encode()
    known, signed = {b"\x04": (Ed25519PublicKey, timed), b"\x06": (MLDSA44PublicKey, message)}.get(kind, (None, b""))
    try:
        return known and known.from_public_bytes(public).verify(signature, signed) is None
    except (InvalidSignature, ValueError):
        return False
    except UnsupportedAlgorithm:
        return None


def read_policy(path):
    """Return (ledger, tree, keys by member, quorum, members) of a ledger's tlog-policy file: one group, k of n."""
    lines = [line.split() for line in path.read_text().splitlines()]
    (_, _, ledger, _, tree, *_), keys = lines[0], {}
    for _, member, line in (words for words in lines if words[:1] == ["witness"]):
        name, key_id, raw = (*line.split("+", 2)[:2], unbase(line.split("+", 2)[2]))
        kind = SM2_KIND if raw.startswith(SM2_KIND) else raw[:1]
        keys[member] = (name, bytes.fromhex(key_id), kind, raw[len(kind) :])
        if digest(SHA256, name.encode() + b"\n" + raw)[:4] != keys[member][1]:
            raise ValueError(f"the key id of {member}")
    (group,), (quorum,) = ([w for w in lines if w[:1] == [first]] for first in ("group", "quorum"))
    if group[1] != quorum[1] or lines[0][1] != "ledger" or len({key[3] for key in keys.values()}) < len(keys):
        raise ValueError("not a policy of a ledger: its first line, keys, group and quorum")
    return ledger, tree, keys, int(group[2]), set(group[3:]) & set(keys)


def open_checkpoint(note, policy):
    """Return (origin, size, root, who cosigned, who cannot be checked) of a signed checkpoint of this ledger's tree."""
    ledger, tree, keys, _, _ = policy
    text, _, tail = note.rpartition("\n\n")
    origin, size, root = text.split("\n")
    text, size, root, good, unchecked = text + "\n", int(size), unbase(root), set(), set()
    epoch = origin.removeprefix(f"{ledger}/").removesuffix(f"/{tree}")
    if origin != f"{ledger}/{epoch}/{tree}" or not epoch.isdigit():
        stop(WRONG, f"树头属于另一账本：{origin}", f"a head of another ledger: {origin}")
    for line in tail.splitlines():
        dash, name, raw = (*line.split(" ")[:2], unbase(line.split(" ")[2]))
        for member, key in keys.items():
            if (dash, name, raw[:4]) == ("\u2014", key[0], key[1]):
                found = fits(key, text, size, root, int.from_bytes(raw[4:12]), raw[12:])
                if found is False:
                    stop(WRONG, f"{member} 的签名不符", f"the signature of {member} does not fit")
                (unchecked if found is None else good).add(member)
    return origin, size, root, good, unchecked - good


def check_proof(text, leaf, policy, algorithm):
    """Check one tlog-proof of ``leaf``; return (origin, index, size, cosigners)."""
    head, _, note = text.partition("\n\n")
    first, *path = [line for line in head.split("\n")[1:] if not line.startswith("extra ")]
    origin, size, root, good, unchecked = open_checkpoint(note, policy)
    index = fn = int(first.removeprefix("index "))
    sn, reached = size - 1, digest(algorithm, b"\0" + leaf)
    for sibling in map(unbase, path):  # RFC 9162 section 2.1.3.2
        right = bool(fn & 1) or fn == sn
        reached = digest(algorithm, b"\1" + (sibling + reached if right else reached + sibling))
        while right and not fn & 1 and fn:
            fn, sn = fn >> 1, sn >> 1
        fn, sn = fn >> 1, (sn >> 1 if sn else -1)  # -1: the path is too long
    if not 0 <= index < size or sn or reached != root:
        stop(WRONG, "存证路径不通向树根，内容被改动过", "the proof does not lead to the root")
    if len(good & policy[4]) < policy[3]:
        names = ", ".join(sorted(unchecked)) or "-"
        said = f"核验的共签只有 {len(good)} 个，须 {policy[3]} 个；无法核验：{names}"
        stop(TOO_FEW, said, f"{len(good)} cosignatures fit, {policy[3]} must; cannot be checked: {names}")
    return origin, index, size, good


def check_receipt(text, policy, policy_sm3, record):
    words = json.loads(unbase(text.split("\n")[1].removeprefix("extra ")))
    leaf = unbase(words["leaf"])
    origin, index, size, names = check_proof(text, leaf, policy, SHA256)
    if policy_sm3:
        twin = check_proof(unbase(words["sm3"]).decode(), leaf, policy_sm3, SM3)
        if twin[:3] != (f"{origin.removesuffix('sha256')}sm3", index, size):
            stop(WRONG, "两棵树的位置不一致", "the two trees do not name the same place")
    if record:
        opened, body = json.loads(record), json.loads(leaf.partition(b"\n")[2])
        if hmac.digest(bytes.fromhex(opened["salt"]), opened["text"].encode(), "sha256") != unbase(body["sha256"]):
            stop(WRONG, "原文与账本上的承诺不符", "the record is not what was committed to")
    also = ("，原文相符", ", the record opens it") if record else ("", "")
    trees, said = f"SHA-256{'+SM3' if policy_sm3 else ''}", ", ".join(sorted(names))
    print(f"存证属实：{origin} 第 {index} 片叶（共 {size} 片，{trees}{also[0]}），共签：{said}。")
    print(f"Proven: leaf {index} of {size} in {origin} ({trees}{also[1]}), cosigned by {said}.")


def check_evidence(data, policy):
    notes, rest = [], data.split(b"\n", 3)[3]
    while rest:
        line, _, rest = rest.partition(b"\n")
        length = int(line.removeprefix(b"note "))
        notes, rest = [*notes, rest[:length].decode()], rest[length:]
    one, other = (open_checkpoint(note, policy) for note in notes[:2])
    guilty = sorted(one[3] & other[3])
    if not guilty or one[:2] != other[:2] or one[2] == other[2]:
        stop(WRONG, "这份证据单独不能认定任何成员", "this evidence convicts nobody by itself")
    print(f"证据成立：{'、'.join(guilty)} 对同一大小 {one[1]} 签了两个不同的树头。")
    print(f"Convicted: {', '.join(guilty)} signed two different heads of size {one[1]}.")


def main():
    parser = argparse.ArgumentParser(description="离线核验联盟账本的回执或证据")
    for name in ("file", "--policy", "--policy-sm3", "--record"):
        parser.add_argument(name, type=Path, **({"required": True} if name == "--policy" else {}))
    o = parser.parse_args()
    try:
        data, policy = o.file.read_bytes(), read_policy(o.policy)
        if data.startswith(b"yunshu ledger evidence v1\n"):
            check_evidence(data, policy)
            return
        twin = read_policy(o.policy_sm3) if o.policy_sm3 else None
        check_receipt(data.decode(), policy, twin, o.record.read_text() if o.record else "")
    except (OSError, ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        stop(UNREADABLE, f"文件无法读取（{error}）", f"the file cannot be read ({error})")


if __name__ == "__main__":
    main()
