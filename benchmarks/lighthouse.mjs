/* Lighthouse with its mobile settings on landing, a chapter and the law finder; fails below 95 in any category.

     npm install --no-save lighthouse chrome-launcher      (Node 20 or newer; in a folder above this one, or here)
     node benchmarks/lighthouse.mjs [folder of the built book]

   The book is served on this machine, gzipped as a host does. CHROME_PATH names the browser where it is not found. */
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import zlib from "node:zlib";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const root = path.resolve(process.argv[2] || path.join(import.meta.dirname || ".", "..", "_build", "html"));
const pages = ["book/index.html", "notebooks/04-risk/index.html", "book/law-finder.html"];
const least = 95;
if (!fs.existsSync(path.join(root, pages[0]))) {
  console.error(`there is no book in ${root}. Mend: make book`);
  process.exit(1);
}
// npm puts packages where one stands, which need not be beside this file.
const find = async (name) => import(pathToFileURL(createRequire(path.join(process.env.NODE_PACKAGES || process.cwd(), "x.js")).resolve(name)));
const { default: lighthouse } = await find("lighthouse");
const chromeLauncher = await find("chrome-launcher");
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json", ".txt": "text/plain", ".csv": "text/csv" };
const server = http.createServer((request, answer) => {
  const file = path.join(root, decodeURIComponent(new URL(request.url, "http://x").pathname));
  if (!file.startsWith(root) || !fs.existsSync(file) || fs.statSync(file).isDirectory()) return answer.writeHead(404).end();
  answer.writeHead(200, { "Content-Type": types[path.extname(file)] || "application/octet-stream", "Content-Encoding": "gzip", "Cache-Control": file.endsWith(".html") ? "no-cache" : "max-age=31536000" });
  answer.end(zlib.gzipSync(fs.readFileSync(file), { level: 6 }));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const chrome = await chromeLauncher.launch({ chromePath: process.env.CHROME_PATH || ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(fs.existsSync), chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"] });
let low = 0;
try {
  for (const page of pages) {
    const result = await lighthouse(`http://127.0.0.1:${server.address().port}/${page}`, { port: chrome.port, output: "json", logLevel: "error" });
    const { categories, audits } = result.lhr;
    const scores = Object.values(categories).map((category) => `${category.title} ${Math.round(category.score * 100)}`);
    const seen = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "total-byte-weight"].map((id) => `${id} ${audits[id]?.displayValue || ""}`);
    console.log(`${page}: ${scores.join(", ")}\n    ${seen.join("; ")}`);
    for (const category of Object.values(categories)) {
      if (Math.round(category.score * 100) < least) low++;
      for (const { id, weight } of category.auditRefs)
        if (weight && audits[id].score !== null && audits[id].score < 0.9) console.log(`    ${category.title}: ${id}: ${audits[id].title} ${audits[id].displayValue || ""} ${JSON.stringify((audits[id].details?.items || []).slice(0, 3)).slice(0, 600)}`);
    }
  }
} finally {
  await chrome.kill();
  server.close();
}
console.log(low ? `${low} scores are below ${least}` : `all scores are at least ${least}`);
process.exit(low ? 1 : 0);
