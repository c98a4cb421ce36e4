// Makes src/yunshu/lib/ui/static/ui/vendor/ from npm packages: the icon sprite, and the bundles that need packages;
// and src/yunshu/lib/crawl/vendor/: axe-core and its Chinese messages, run on the pages of inspected websites.
import { copyFile, readFile, writeFile, mkdir, rm } from "node:fs/promises";
import { build } from "esbuild";

const out = new URL("../src/yunshu/lib/ui/static/ui/vendor/", import.meta.url);
const icons = new URL("../node_modules/lucide-static/icons/", import.meta.url);

async function symbol(name) {
  const svg = await readFile(new URL(`${name}.svg`, icons), "utf8").catch(() => {
    throw new Error(`frontend/icons.txt: lucide has no icon "${name}"`);
  });
  const body = svg.replace(/<!--.*?-->/gs, "").replace(/<svg[^>]*>|<\/svg>/gs, "").replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const names = (await readFile(new URL("icons.txt", import.meta.url), "utf8")).split(/\s+/).filter(Boolean);
const symbols = await Promise.all(names.map(symbol));
await writeFile(
  new URL("icons.svg", out),
  `<svg xmlns="http://www.w3.org/2000/svg"><!-- lucide, ISC licence, https://lucide.dev -->${symbols.join("")}</svg>\n`,
);
await build({
  entryPoints: {
    chart: new URL("chart.js", import.meta.url).pathname,
    ledger: new URL("ledger/page.js", import.meta.url).pathname,
  },
  outdir: out.pathname,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "eof",
});
const axe = new URL("../node_modules/axe-core/", import.meta.url);
const barriers = new URL("../src/yunshu/lib/crawl/vendor/", import.meta.url);
await mkdir(barriers, { recursive: true });
await copyFile(new URL("axe.min.js", axe), new URL("axe.min.js", barriers));
await copyFile(new URL("locales/zh_CN.json", axe), new URL("axe.zh_CN.json", barriers));
console.log(`vendor: ${names.length} icons, chart.js, ledger.js, axe`);
