// Builds the page assets into app/static/built/: styles, scripts and icon, each named after its contents, so that
// a browser may keep it for a year, with a gzip and a Brotli copy beside it. manifest.json says what is called what.
// `npm run build` calls it, and hatch_build.py whenever Roomful is installed.

import { readFile, readdir, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"

import * as esbuild from "esbuild"
import * as sass from "sass"

const source = dirname(fileURLToPath(import.meta.url))
const built = join(source, "built")
const modules = resolve(source, "../../node_modules")

const scss = {
  name: "scss",
  setup(build) {
    build.onLoad({ filter: /\.scss$/ }, ({ path }) => {
      const { css } = sass.compile(path, { loadPaths: [modules], quietDeps: true })
      return { contents: css, loader: "css", resolveDir: source }
    })
  },
}

await rm(built, { recursive: true, force: true })

const { metafile } = await esbuild.build({
  absWorkingDir: source,
  entryPoints: ["app.scss", "app.js", "favicon.svg"],
  outdir: built,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  // What understands <script type="module"> and more: NHS.UK frontend itself asks for no less.
  target: ["es2020", "chrome88", "firefox78", "safari14.1"],
  nodePaths: [modules],
  alias: { images: join(modules, "nhsuk-frontend/dist/nhsuk/assets/images") },
  loader: { ".svg": "copy" },
  plugins: [scss],
  metafile: true,
})

const manifest = {}
for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint) manifest[entryPoint.replace(/\.scss$/, ".css")] = basename(output)
}
await writeFile(join(built, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n")

for (const name of await readdir(built)) {
  if (name === "manifest.json") continue
  const contents = await readFile(join(built, name))
  await writeFile(join(built, `${name}.gz`), gzipSync(contents, { level: constants.Z_BEST_COMPRESSION }))
  await writeFile(join(built, `${name}.br`), brotliCompressSync(contents))
}
