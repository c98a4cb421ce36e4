// The page "核验回执": whatever files are dropped are told apart by what they begin with, and checked on this device.
import { checkEvidence, checkReceipt, EVIDENCE, Unproven } from "./receipt.js";

const root = document.querySelector("[data-ledger-verify]");
const said = (id) => JSON.parse(document.getElementById(id).textContent);
const words = said("ledger-words");
const titles = said("ledger-titles");
const named = (names) => names.map((name) => titles[name] ?? name).join(words.comma);
const verdict = root.querySelector("[data-verdict]");
const held = { receipt: null, record: "", policies: said("ledger-policies").filter(Boolean) };

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "") || "—");

function element(name, className, ...inside) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...inside);
  return made;
}

function show(level, title, rows = [], text = "") {
  const body = element("div", "alert-body", element("p", "alert-title", title));
  if (text) body.append(element("p", "", text));
  if (rows.length) {
    const facts = rows.map(([label, value]) => element("div", "kv-item", element("dt", "", label), element("dd", "", value)));
    body.append(element("dl", "kv", ...facts));
  }
  verdict.replaceChildren(element("div", `alert alert-${level}`, body));
}

function showProof(found) {
  const place = fill(words.leaf, { index: found.index, size: found.size });
  const trees = found.trees.map((name) => ({ sha256: "SHA-256", sm3: "SM3" })[name]).join(" + ");
  const time = new Date(found.finalAt * 1000).toLocaleString(document.documentElement.lang, { timeZone: "Asia/Shanghai" });
  const record = found.opened ? words.record_fits : words.record_absent;
  const rows = [[words.ledger, found.origin], [words.place, place], [words.trees, trees]];
  rows.push([words.cosigners, named(found.cosigners)], [words.final_at, time], [words.record, record]);
  show("success", words.proven, rows);
}

async function check() {
  if (!held.receipt) return show("info", words.no_receipt);
  const policies = ["sha256", "sm3"].map((tree) => held.policies.find((text) => text.startsWith("# ledger ") && text.split("\n")[0].includes(` tree ${tree} `)));
  if (!policies[0]) return show("warning", words.no_policy);
  show("info", words.checking);
  try {
    if (EVIDENCE.test(held.receipt)) {
      const found = checkEvidence(held.receipt, policies[0]);
      return show("error", words.convicted, [[words.ledger, found.origin]], fill(words.guilty, { ...found, members: named(found.members) }));
    }
    showProof(await checkReceipt(held.receipt, policies.filter(Boolean), held.record));
  } catch (error) {
    if (!(error instanceof Unproven)) throw error;
    const member = named([error.words.member ?? ""]);
    const unchecked = named(error.words.unchecked ?? []);
    show("error", words.unproven, [], fill(words[error.code], { ...error.words, member, unchecked }));
  }
}

async function take(file) {
  const data = new Uint8Array(await file.slice(0, 1024 * 1024).arrayBuffer());
  const start = new TextDecoder().decode(data.slice(0, 200)).trimStart();
  if (start.startsWith("# ledger ")) held.policies.unshift(new TextDecoder().decode(data));
  else if (start.startsWith("{")) held.record = new TextDecoder().decode(data);
  else [held.receipt, held.record] = [data, ""];
}

root.querySelector("input[type=file]").addEventListener("change", async (event) => {
  const files = Array.from(event.target.files);
  files.sort((one, other) => one.name.endsWith(".json") - other.name.endsWith(".json")); // a record belongs to the receipt beside it
  for (const file of files) await take(file);
  await check();
});
