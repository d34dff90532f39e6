// Finds texts for people that stand in the code instead of in page/texts: what is written between the tags of a
// template, what a screen reader reads out, and sentences in quotes. Says each with its place; ends with 1 if there
// are any.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** Files whose texts are still in English only; the list only gets shorter. */
const LATER = new Set();

const SPOKEN = /\b(aria-label|title|placeholder|alt)="([^"]*[A-Za-z]{2}[^"]*)"/g;
const SENTENCE = /[A-Za-z]{2,}[,:;]? [A-Za-z]{2,}|^[A-Z][a-z]+(…|\.)?$/;

/** What of a text is no language: tags, names of keys, addresses, classes. */
function said(template) {
  const told = [...template.matchAll(SPOKEN)].map(([, , text]) => text);
  // What stands for a value within a tag ends no tag.
  const between = template.replace(/<code>[^<]*<\/code>|<[^>]*>/g, "\n").split("\n").map((text) => text.replaceAll("\0", "").trim());
  return [...told, ...between.filter((text) => /[A-Za-z]{2,}/.test(text))];
}

/** The text of a template with its values left out. */
const plain = (node) => (ts.isNoSubstitutionTemplateLiteral(node) ? node.text : node.head.text + node.templateSpans.map((span) => `\0${span.literal.text}`).join(""));

/** Whether a string is no text for people whatever it looks like: it names a module, a class, or an error in the code. */
function isCode(node) {
  for (let at = node.parent; at && !ts.isBlock(at); at = at.parent) {
    if (ts.isImportDeclaration(at) || ts.isThrowStatement(at)) return true;
    if (ts.isCallExpression(at)) {
      const called = at.expression.getText();
      if (/^(import|.*querySelector(All)?|.*matchMedia|.*closest|.*getPropertyValue|.*getElementById|.*addEventListener)$/.test(called)) return true;
    }
    if (ts.isPropertyAssignment(at) && /^(key|timeZone|block|inline|accept)$/.test(at.name.getText())) return true;
    if (ts.isBinaryExpression(at) && at.operatorToken.getText().startsWith("===")) return true;
  }
  // `class=${`tile ${kind}`}`
  const before = node.getSourceFile().text.slice(Math.max(0, node.getStart() - 40), node.getStart());
  return /\bclass(Name)?=\$\{[^}]*$/.test(before);
}

/** The texts of one file: `[line, text]`. */
export function texts(name, code) {
  const file = ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const found = [];
  const tell = (node, text) => found.push([file.getLineAndCharacterOfPosition(node.getStart()).line + 1, text.replaceAll("\0", "…")]);
  const visit = (node) => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === "html") {
      for (const text of said(plain(node.template))) tell(node, text);
      if (ts.isTemplateExpression(node.template)) node.template.templateSpans.forEach((span) => visit(span.expression));
      return;
    }
    if (ts.isStringLiteral(node) && SENTENCE.test(node.text) && !isCode(node)) tell(node, node.text);
    if ((ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)) && SENTENCE.test(plain(node).replaceAll("\0", "")) && !isCode(node)) tell(node, plain(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const [folder] = process.argv.slice(2);
if (folder) {
  const all = readdirSync(folder).filter((name) => name.endsWith(".js") && name !== "texts.js" && !LATER.has(name));
  const found = all.flatMap((name) => texts(name, readFileSync(join(folder, name), "utf8")).map(([line, text]) => `${name}:${line}: ${text}`));
  for (const one of found) console.error(`page: a text outside of page/texts: ${one}`);
  process.exitCode = found.length ? 1 : 0;
}
