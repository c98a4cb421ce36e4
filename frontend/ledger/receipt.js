// Checks a ledger receipt against policy files, as tools/ledger_verify.py does: no network, no trust in who shows the page.
// Formats: c2sp.org/tlog-proof, tlog-checkpoint, tlog-cosignature, tlog-policy; RFC 9162 section 2.1.3.2.
import { FITS, HASHES } from "./crypto.js";

const MOST_BYTES = 256 * 1024;
const encode = (text) => new TextEncoder().encode(text);
const decode = (data) => new TextDecoder("utf-8", { fatal: true }).decode(data);

// Why a receipt proves nothing. `code`: unreadable, other_ledger, bad_signature, bad_path, too_few, twin_differs, bad_record, convicts_nobody.
export class Unproven extends Error {
  constructor(code, words = {}) {
    super(code);
    this.code = code;
    this.words = words;
  }
}

function unbase(text) {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw new Unproven("unreadable");
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

const SM2_KIND = join(Uint8Array.of(255), encode("yunshu/sm2-cosignature/v1\n"));
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const number = (data) => data.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
const wide = (value) => Uint8Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(56 - 8 * at)) & 255n));

function natural(text) {
  if (!/^(?:0|[1-9]\d{0,18})$/.test(text)) throw new Unproven("unreadable");
  return BigInt(text);
}

function readKey(line) {
  const [name, id, ...rest] = line.split("+");
  const raw = unbase(rest.join("+"));
  const made = HASHES.sha256(join(encode(`${name}\n`), raw)).slice(0, 4);
  if (Array.from(made, (byte) => byte.toString(16).padStart(2, "0")).join("") !== id) throw new Unproven("unreadable");
  if (same(raw.slice(0, SM2_KIND.length), SM2_KIND)) return { name, id: made, kind: "sm2", public: raw.slice(SM2_KIND.length) };
  return { name, id: made, kind: { 4: "ed25519", 6: "ml-dsa-44" }[raw[0]] ?? "unknown", public: raw.slice(1) };
}

// Returns { ledger, tree, members: name → key, quorum, counted: names } of a ledger's policy: one group, k of n.
export function readPolicy(text) {
  try {
    const lines = text.split("\n").map((line) => line.split(/\s+/).filter(Boolean));
    const [, of, ledger, , tree] = lines[0];
    const members = new Map(lines.filter(([first]) => first === "witness").map(([, member, key]) => [member, readKey(key)]));
    const [group, ...groups] = lines.filter(([first]) => first === "group");
    const [quorum, ...quorums] = lines.filter(([first]) => first === "quorum");
    const keys = new Set(Array.from(members.values(), (key) => String(key.public)));
    const counted = new Set(group.slice(3).filter((name) => members.has(name)));
    const least = Number(natural(group[2]));
    if (of !== "ledger" || !HASHES[tree] || groups.length || quorums.length || group[1] !== quorum[1]) throw new Unproven("unreadable");
    if (keys.size < members.size || least < 1) throw new Unproven("unreadable");
    return { ledger, tree, members, quorum: least, counted };
  } catch (error) {
    throw error instanceof Unproven ? error : new Unproven("unreadable");
  }
}

function fits(key, text, size, root, time, signature) {
  if (!FITS[key.kind]) return null;
  if (key.kind === "ed25519") return FITS.ed25519(key.public, encode(`cosignature/v1\ntime ${time}\n${text}`), signature);
  const [name, origin] = [encode(key.name), encode(text.split("\n")[0])];
  const named = join(Uint8Array.of(name.length), name, wide(time), Uint8Array.of(origin.length), origin);
  return FITS[key.kind](key.public, join(encode("subtree/v1\n\0"), named, wide(0n), wide(size), root), signature);
}

// Returns who signed the checkpoint; throws Unproven if it is another ledger's or a known member's signature does not fit.
function openCheckpoint(note, policy) {
  const end = note.lastIndexOf("\n\n");
  const [origin, sizeText, rootText, ...more] = note.slice(0, end).split("\n");
  if (end < 0 || more.length) throw new Unproven("unreadable");
  const [text, size, root] = [note.slice(0, end + 1), natural(sizeText), unbase(rootText)];
  const epoch = origin.slice(policy.ledger.length + 1, -policy.tree.length - 1);
  if (!/^\d+$/.test(epoch) || origin !== `${policy.ledger}/${epoch}/${policy.tree}`) throw new Unproven("other_ledger", { origin });
  const [good, unchecked, times] = [new Set(), new Set(), new Map()];
  for (const line of note.slice(end + 2).split("\n").filter(Boolean)) {
    const [dash, name, signature] = line.split(" ");
    const raw = unbase(signature ?? "");
    for (const [member, key] of policy.members) {
      if (dash !== "\u2014" || name !== key.name || !same(raw.slice(0, 4), key.id)) continue;
      const time = number(raw.slice(4, 12));
      const found = fits(key, text, size, root, time, raw.slice(12));
      if (found === false) throw new Unproven("bad_signature", { member });
      (found === null ? unchecked : good).add(member);
      if (found) times.set(member, Number(time));
    }
  }
  for (const member of good) unchecked.delete(member);
  return { origin, size, root, good, unchecked, times };
}

function checkProof(text, leaf, policy) {
  const hash = HASHES[policy.tree];
  const gap = text.indexOf("\n\n");
  if (gap < 0) throw new Unproven("unreadable");
  const [place, ...path] = text.slice(0, gap).split("\n").slice(1).filter((line) => !line.startsWith("extra "));
  const found = openCheckpoint(text.slice(gap + 2), policy);
  if (!place?.startsWith("index ")) throw new Unproven("unreadable");
  const index = natural(place.slice(6));
  let [fn, sn, reached] = [index, found.size - 1n, hash(join(Uint8Array.of(0), leaf))];
  for (const sibling of path.map(unbase)) {
    const right = (fn & 1n) === 1n || fn === sn;
    reached = hash(right ? join(Uint8Array.of(1), sibling, reached) : join(Uint8Array.of(1), reached, sibling));
    while (right && (fn & 1n) === 0n && fn > 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    [fn, sn] = [fn >> 1n, sn > 0n ? sn >> 1n : -1n]; // -1: the path is too long
  }
  if (index >= found.size || sn !== 0n || !same(reached, found.root)) throw new Unproven("bad_path");
  const counted = Array.from(found.good).filter((name) => policy.counted.has(name));
  if (counted.length < policy.quorum)
    throw new Unproven("too_few", { fit: counted.length, must: policy.quorum, unchecked: Array.from(found.unchecked) });
  return { ...found, index };
}

async function opens(record, body) {
  const opened = JSON.parse(record);
  const salt = Uint8Array.from(opened.salt.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const key = await crypto.subtle.importKey("raw", salt, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return same(new Uint8Array(await crypto.subtle.sign("HMAC", key, encode(opened.text))), unbase(body.sha256));
}

const EVIDENCE_HEADER = "yunshu ledger evidence v1\n";
export const EVIDENCE = { test: (data) => new TextDecoder().decode(data.slice(0, EVIDENCE_HEADER.length)) === EVIDENCE_HEADER };

// Checks an evidence file: two heads of one size under one member's signatures. Returns { origin, size, members }; throws Unproven.
export function checkEvidence(data, policyText) {
  try {
    const policy = readPolicy(policyText);
    const notes = [];
    let rest = data.slice(data.indexOf(10, data.indexOf(10, EVIDENCE_HEADER.length) + 1) + 1);
    while (rest.length) {
      const end = rest.indexOf(10);
      const length = Number(natural(decode(rest.slice(5, end))));
      if (end < 0 || rest.length < end + 1 + length) throw new Unproven("unreadable");
      notes.push(decode(rest.slice(end + 1, end + 1 + length)));
      rest = rest.slice(end + 1 + length);
    }
    const [one, other] = notes.slice(0, 2).map((note) => openCheckpoint(note, policy));
    const members = Array.from(one.good).filter((name) => other.good.has(name)).sort();
    const differ = one.origin === other.origin && one.size === other.size && !same(one.root, other.root);
    if (!members.length || !differ) throw new Unproven("convicts_nobody");
    return { origin: one.origin, size: Number(one.size), members };
  } catch (error) {
    throw error instanceof Unproven ? error : new Unproven("unreadable");
  }
}

// Checks a receipt. `policies`: texts of the policy of the SHA-256 tree and, if the twin is to be checked, of the SM3 tree.
// `record`: the opened record (JSON text), or "". Returns { origin, index, size, cosigners, trees, finalAt, kind, opened };
// throws Unproven.
export async function checkReceipt(data, policies, record = "") {
  try {
    if (data.length > MOST_BYTES) throw new Unproven("unreadable");
    const text = decode(data);
    const [policy, twinPolicy] = policies.map(readPolicy);
    const [header, extra] = text.split("\n", 2);
    if (header !== "c2sp.org/tlog-proof@v1" || !extra.startsWith("extra ") || policy.tree !== "sha256") throw new Unproven("unreadable");
    const words = JSON.parse(decode(unbase(extra.slice(6))));
    const leaf = unbase(words.leaf);
    const found = checkProof(text, leaf, policy);
    if (twinPolicy) {
      const twin = checkProof(decode(unbase(words.sm3)), leaf, twinPolicy);
      const alike = twin.origin === `${found.origin.slice(0, -6)}sm3` && twin.index === found.index && twin.size === found.size;
      if (!alike) throw new Unproven("twin_differs");
    }
    const [kind, ...lines] = decode(leaf).split("\n");
    if (record && !(await opens(record, JSON.parse(lines.join("\n"))))) throw new Unproven("bad_record");
    const times = Array.from(found.times.entries()).filter(([name]) => policy.counted.has(name)).map(([, time]) => time).sort((a, b) => a - b);
    return {
      origin: found.origin,
      index: Number(found.index),
      size: Number(found.size),
      cosigners: Array.from(found.good).sort(),
      trees: twinPolicy ? ["sha256", "sm3"] : ["sha256"],
      finalAt: times[policy.quorum - 1],
      kind,
      opened: Boolean(record),
    };
  } catch (error) {
    throw error instanceof Unproven ? error : new Unproven("unreadable");
  }
}
