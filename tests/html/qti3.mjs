// Converts QTI 2.1 items to QTI 3 for the runtime: {name: XML} on standard input, the same on output.
import { readFileSync } from "node:fs";
import { convertQti2toQti3 } from "@citolab/qti-convert/qti-convert-node";

const items = JSON.parse(readFileSync(0, "utf8"));
for (const name in items) items[name] = await convertQti2toQti3(items[name]);
process.stdout.write(JSON.stringify(items));
