// What a receipt is checked with. Signature kinds: c2sp.org/signed-note; SM2 as GB/T 32918.2 with the usual identity.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { sm2, sm3 } from "sm-crypto-v2";

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

export const HASHES = { sha256, sm3: (data) => bytes(sm3(data)) };

function quietly(check) {
  try {
    return check();
  } catch {
    return false; // a key or signature that is not even well-formed does not fit
  }
}

// Each returns whether `signature` by `key` fits `message`.
export const FITS = {
  ed25519: (key, message, signature) => quietly(() => ed25519.verify(signature, message, key)),
  "ml-dsa-44": (key, message, signature) => quietly(() => ml_dsa44.verify(signature, message, key)),
  sm2: (key, message, signature) =>
    key.length === 65 &&
    signature.length === 64 &&
    quietly(() => sm2.doVerifySignature(message, hex(signature), hex(key), { hash: true, userId: "1234567812345678" })),
};
