// node frontend/ledger/cli.mjs RECEIPT POLICY [POLICY_SM3] [--record FILE]: the page's verifier without the page, for tests.
import { readFileSync } from "node:fs";
import { checkEvidence, checkReceipt, EVIDENCE, Unproven } from "./receipt.js";

const words = process.argv.slice(2);
const at = words.indexOf("--record");
const record = at < 0 ? "" : readFileSync(words.splice(at, 2)[1], "utf8");
const [receipt, ...policies] = words.map((path) => readFileSync(path));
try {
  const data = new Uint8Array(receipt);
  const found = EVIDENCE.test(data) ? checkEvidence(data, String(policies[0])) : await checkReceipt(data, policies.map(String), record);
  console.log(JSON.stringify(found));
} catch (error) {
  if (!(error instanceof Unproven)) throw error;
  console.log(JSON.stringify({ code: error.code, ...error.words }));
  process.exitCode = { unreadable: 2, too_few: 3 }[error.code] ?? 1;
}
