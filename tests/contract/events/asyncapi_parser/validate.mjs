// AsyncAPI's own parser over the documents on standard input: { name: document }; prints { name: [complaint] }.
import { readFileSync } from "node:fs";
import parsing from "@asyncapi/parser";

const parser = new parsing.Parser();
const told = {};
for (const [name, text] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const { document, diagnostics } = await parser.parse(JSON.stringify(text));
  const complaints = diagnostics
    .filter(({ severity }) => severity <= 1)
    .map(({ code, message, path }) => `${code} at ${path.join("/")}: ${message}`);
  told[name] = document ? complaints : ["no document", ...complaints];
}
console.log(JSON.stringify(told));
