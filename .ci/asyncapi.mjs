// Reads an AsyncAPI document with the parser of its makers: exit 1 with every mistake that it finds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [file, modules] = process.argv.slice(2);
const { Parser } = createRequire(`${modules}/`)("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
const wrong = diagnostics.filter((one) => one.severity < 2);
for (const one of wrong) console.log(`${one.path.join("/")}: ${one.message}`);
process.exit(document && wrong.length === 0 ? 0 : 1);
