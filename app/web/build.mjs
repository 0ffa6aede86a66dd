// Makes static/dist/: one style sheet (KERN's tokens and rules in use, then ours), one script, the fonts; each with
// the hash of its content in its name and compressed beside it. `manifest.json` says what was made from what.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { transform } from "lightningcss";

const web = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const dist = join(web, "static", "dist");
// Beside the packages: what a broken build leaves is no file of the project.
const fresh = join(web, "node_modules", ".dist-new");
const text = (path) => readFileSync(path, "utf8");
const packageFile = (path) => require.resolve(path);

// The same list as STYLES in static.py.
const STYLES = ["tokens", "base", "layout", "components", "forms", "lists", "calendar", "waste", "media", "notices", "places", "mobility", "account", "notify"];
const FONTS = { 400: "fira-sans-latin-400-normal.woff2", 600: "fira-sans-latin-600-normal.woff2" };
// Browsers of the last four years; colours and prefixes are lowered for them.
const TARGETS = { chrome: 105 << 16, firefox: 110 << 16, safari: (15 << 16) | (4 << 8), ios_saf: (15 << 16) | (4 << 8) };

const styles = STYLES.map((name) => text(join(web, "css", `${name}.css`)));
const ownStyle = styles.join("\n");
const ownScript = text(join(web, "js", "village.js"));
// The same as SCRIPTS in static.py, but village.js, which stands behind htmx.
const otherScripts = ["account.js", "map.js", "near.js", "offline.js", "push.js"].map((name) => [name, text(join(web, "js", name))]);
const symbol = text(join(web, "img", "village.svg"));

/** Classes of KERN that templates use; variants that are put together from a word are listed by hand. */
function classesInUse() {
  const used = new Set(["kern-btn--primary", "kern-btn--secondary", "kern-btn--tertiary"]);
  for (const kind of ["info", "success", "warning", "danger"]) {
    used.add(`kern-badge--${kind}`).add(`kern-alert--${kind}`);
  }
  const folders = [join(web, "templates"), ...capabilityTemplates()];
  for (const folder of folders) {
    for (const name of readdirSync(folder, { recursive: true })) {
      if (String(name).endsWith(".html")) {
        for (const [found] of text(join(folder, String(name))).matchAll(/kern-[a-z_-]+[a-z]/g)) {
          used.add(found);
        }
      }
    }
  }
  return used;
}

function capabilityTemplates() {
  const root = join(web, "..", "capabilities");
  if (!existsSync(root)) {
    return [];
  }
  return readdirSync(root).map((name) => join(root, name, "templates")).filter((path) => existsSync(path));
}

/** Rules of a style sheet as {prelude, children | body}; enough for a sheet that a compiler wrote. */
function parse(css) {
  const root = { children: [] };
  const open = [root];
  let start = 0;
  for (const { 0: token, index } of css.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|url\([^"')]*\)|[{};]/g)) {
    const parent = open.at(-1);
    if (token === "{") {
      const rule = { prelude: css.slice(start, index).trim(), children: [], declarations: [] };
      parent.children.push(rule);
      open.push(rule);
    } else if (token === ";" || token === "}") {
      const declaration = css.slice(start, index).trim();
      if (declaration && parent.declarations) {
        parent.declarations.push(declaration);
      }
      if (token === "}") {
        open.pop();
      }
    } else {
      continue;
    }
    start = index + 1;
  }
  return root.children;
}

const print = (rules) =>
  rules.map((rule) => `${rule.prelude}{${rule.declarations.join(";")}${print(rule.children)}}`).join("\n");

/** KERN without what no page uses: rules by class, then custom properties by who reads them. */
function kernInUse() {
  const used = classesInUse();
  const wanted = (selector) => {
    const classes = [...selector.matchAll(/\.([\w-]+)/g)].map((match) => match[1]);
    return classes.length ? classes.every((name) => used.has(name)) : selector === ":root";
  };
  const keep = (rule) => {
    if (rule.prelude.startsWith("@")) {
      const children = rule.children.map(keep).filter(Boolean);
      // Paper is white, also where the screen is dark.
      const prelude = rule.prelude
        .replace("(prefers-color-scheme: dark)", "screen and (prefers-color-scheme: dark)")
        .replace("(prefers-color-scheme: light)", "print, (prefers-color-scheme: light)");
      return children.length && prelude.startsWith("@media") ? { ...rule, prelude, children } : null;
    }
    const selectors = rule.prelude.split(/,(?![^(]*\))/).map((part) => part.trim()).filter(wanted);
    // In a layer, !important turns the order of the layers round; our rules have to stay the last word.
    const declarations = rule.declarations.filter((text) => !text.includes("!important"));
    return selectors.length && declarations.length ? { ...rule, prelude: selectors.join(","), declarations } : null;
  };
  const sheet = text(packageFile("@kern-ux/native/dist/kern.css")).replaceAll(/\/\*[^]*?\*\/|@charset[^;]*;/g, "");
  const rules = parse(sheet).map(keep).filter(Boolean);
  const needed = variablesRead(print(rules), ownStyle);
  const prune = (rule) => ({
    ...rule,
    children: rule.children.map(prune),
    declarations: rule.declarations.filter((text) => !text.startsWith("--") || needed.has(text.split(":")[0].trim())),
  });
  return print(rules.map(prune));
}

/** Custom properties that a rule reads, directly or through the definition of another one. */
function variablesRead(kern, own) {
  const definitions = new Map();
  const needed = new Set();
  const queue = [];
  const read = (value) => queue.push(...[...value.matchAll(/var\(\s*(--[\w-]+)/g)].map((match) => match[1]));
  for (const [, name, value] of kern.matchAll(/(--[\w-]+)\s*:\s*([^;}]+)/g)) {
    definitions.set(name, `${definitions.get(name) ?? ""} ${value}`);
  }
  read(kern.replaceAll(/(--[\w-]+)\s*:\s*[^;}]+/g, ""));
  read(own);
  while (queue.length) {
    const name = queue.pop();
    if (!needed.has(name)) {
      needed.add(name);
      read(definitions.get(name) ?? "");
    }
  }
  return needed;
}

const mark = (body) => createHash("sha256").update(body).digest("hex").slice(0, 12);
const files = {};

function put(name, body) {
  const at = name.lastIndexOf(".");
  const named = `${name.slice(0, at)}.${mark(body)}${name.slice(at)}`;
  writeFileSync(join(fresh, named), body);
  if (!name.endsWith(".woff2")) {
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
    writeFileSync(join(fresh, `${named}.br`), brotliCompressSync(body, { params: quality }));
    writeFileSync(join(fresh, `${named}.gz`), gzipSync(body, { level: 9 }));
  }
  files[name] = named;
  return named;
}

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });

const faces = Object.entries(FONTS).map(([weight, file]) => {
  const body = readFileSync(packageFile(`@fontsource/fira-sans/files/${file}`));
  const named = put(`fira-sans-${weight}.woff2`, body);
  return `@font-face{font-family:"Fira Sans";font-style:normal;font-weight:${weight};font-display:optional;` +
    `src:url("./${named}") format("woff2")}`;
});
const [tokens, ...rest] = styles;
const style = [tokens, `@layer kern {\n${kernInUse()}\n}`, ...rest, ...faces].join("\n");
put("village.css", transform({ filename: "village.css", code: Buffer.from(style), minify: true, targets: TARGETS }).code);
put("village.js", Buffer.from(`${text(packageFile("htmx.org/dist/htmx.min.js"))}\n;${ownScript}`));

const leaflet = text(packageFile("leaflet/dist/leaflet.js")).replace(/\/\/# sourceMappingURL=.*/, "");
for (const [name, script] of otherScripts) {
  // The map's library stands before what uses it; pages without a map don't have it.
  put(name, Buffer.from(name === "map.js" ? `${leaflet}\n;${script}` : script));
}
put("village.svg", Buffer.from(symbol));

const sources = createHash("sha256").update([...otherScripts.map(([, script]) => script), ownStyle, ownScript, symbol].join("\0")).digest("hex");
writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify({ sources, files }, null, 2)}\n`);

rmSync(dist, { recursive: true, force: true });
mkdirSync(dirname(dist), { recursive: true });
renameSync(fresh, dist);
for (const named of Object.values(files)) {
  const size = (suffix) => (existsSync(join(dist, named + suffix)) ? `${readFileSync(join(dist, named + suffix)).length} B br` : "");
  console.log(`${named}  ${readFileSync(join(dist, named)).length} B  ${size(".br")}`);
}
