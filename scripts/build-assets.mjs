// Builds src/motcua/shell/static/dist from src/motcua/shell/assets: theme, script, fonts, icons, signs.
// Every file that a page asks for carries the hash of its content in its name; manifest.json maps plain names to
// those. The same input always gives the same bytes, so two builds of one commit can be compared.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { transform, build } from "esbuild";
import * as sass from "sass";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "src/motcua/shell/assets");
const dist = join(root, "src/motcua/shell/static/dist");
const building = `${dist}.building`;
const modules = join(root, "node_modules");
const require = createRequire(import.meta.url);
const manifest = {};

const text = (path) => readFileSync(path, "utf8");
const digest = (content) => createHash("sha256").update(content).digest("hex").slice(0, 10);

/** Write a file under its plain name, for readers that know where to look. */
function put(name, content) {
  const path = join(building, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Write a file under a name that carries its hash, and remember it in the manifest. */
function publish(name, content) {
  const dot = name.lastIndexOf(".");
  const hashed = `${name.slice(0, dot)}-${digest(content)}${name.slice(dot)}`;
  put(hashed, content);
  manifest[name] = hashed;
  return hashed;
}

function publishFonts() {
  const files = join(modules, "@fontsource/be-vietnam-pro/files");
  for (const weight of [400, 600, 700])
    for (const subset of ["vietnamese", "latin"])
      publish(
        `fonts/be-vietnam-pro-${subset}-${weight}.woff2`,
        readFileSync(join(files, `be-vietnam-pro-${subset}-${weight}-normal.woff2`)),
      );
  const tinos = join(modules, "@expo-google-fonts/tinos");
  for (const [style, folder] of [
    ["Regular", "400Regular/Tinos_400Regular"],
    ["Italic", "400Regular_Italic/Tinos_400Regular_Italic"],
    ["Bold", "700Bold/Tinos_700Bold"],
    ["BoldItalic", "700Bold_Italic/Tinos_700Bold_Italic"],
  ])
    put(`fonts/tinos/Tinos-${style}.ttf`, readFileSync(join(tinos, `${folder}.ttf`)));
}

function publishSigns() {
  for (const name of ["favicon.svg", "doorway.svg"]) publish(name, text(join(assets, "brand", name)));
}

/** `asset("fonts/x.woff2")` in the style sheet becomes a relative url() of the hashed file. */
const withHashedUrls = (css) =>
  css.replace(/asset\("?([^")]+)"?\)/g, (_, name) => {
    if (!manifest[name]) throw new Error(`The style sheet asks for ${name}, which the build does not publish.`);
    return `url("${manifest[name]}")`;
  });

async function publishStyles() {
  const compiled = sass.compile(join(assets, "css/app.scss"), { loadPaths: [modules], style: "expanded" });
  const { code } = await transform(withHashedUrls(compiled.css), {
    loader: "css",
    minify: true,
    target: ["chrome100", "firefox100", "safari15"],
    legalComments: "none",
  });
  publish("app.css", code);
}

async function publishScripts() {
  const bundled = await build({
    entryPoints: [join(assets, "js/app.js")],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2020",
    legalComments: "none",
    write: false,
    absWorkingDir: root,
  });
  publish("app.js", bundled.outputFiles[0].text);
  const htmx = text(join(modules, "htmx.org/dist/htmx.min.js")).replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
  publish("htmx.js", htmx);
}

/** Gather the listed line icons as {name: inner markup}; the frame is drawn by the `icon` macro of the shell. */
function putIcons() {
  const icons = {};
  for (const name of text(join(assets, "icons.txt")).split(/\s+/).filter(Boolean)) {
    const path = join(modules, "lucide-static/icons", `${name}.svg`);
    if (!existsSync(path)) throw new Error(`icons.txt names "${name}", which lucide-static does not have.`);
    const inner = text(path).match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
    icons[name] = inner.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>").trim();
  }
  put("icons.json", JSON.stringify(icons, null, 0) + "\n");
}

/** The page a server shows when it can render nothing else: static, with its own copy of the hashed names. */
function putLastResort() {
  const page = text(join(assets, "500.html")).replace(/asset:([\w./-]+)/g, (_, name) => {
    if (!manifest[name]) throw new Error(`500.html asks for ${name}, which the build does not publish.`);
    return manifest[name];
  });
  put("500.html", page);
}

/** Fonts, icons and scripts of others travel with their licences. */
function putLicences() {
  const parts = ["govuk-frontend", "@fontsource/be-vietnam-pro", "@expo-google-fonts/tinos", "lucide-static", "htmx.org"];
  const body = parts.map((part) => {
    const { version, license } = require(join(modules, part, "package.json"));
    const file = ["LICENSE", "LICENSE.txt", "LICENSE.md"].map((f) => join(modules, part, f)).find(existsSync);
    return `${part} ${version} (${license})\n\n${file ? text(file).trim() : license}\n`;
  });
  put("LICENSES.txt", body.join(`\n${"-".repeat(72)}\n\n`));
}

rmSync(building, { recursive: true, force: true });
publishFonts();
publishSigns();
await publishStyles();
await publishScripts();
putIcons();
putLastResort();
putLicences();
put("manifest.json", JSON.stringify(Object.fromEntries(Object.entries(manifest).sort()), null, 2) + "\n");
rmSync(dist, { recursive: true, force: true });
renameSync(building, dist); // a build that broke half-way never becomes what is served
console.log(`${Object.keys(manifest).length} assets in ${dist.slice(root.length + 1)}`);
