// Bundles the editors for the browser engine of Qt 6.4 (Chromium 102). usage: node build.mjs OUT_DIR
import { build } from 'esbuild';
import { copyFile, mkdir } from 'node:fs/promises';

const out = process.argv[2] ?? 'dist';
await mkdir(out, { recursive: true });
await build({
  entryPoints: { bpmn: 'src/editor/main.ts', compare: 'src/compare/main.ts', form: 'src/form/main.ts' },
  outdir: out,
  bundle: true,
  format: 'iife',
  target: 'chrome102',
  minify: true,
  sourcemap: false,
  legalComments: 'linked',
  loader: { '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.eot': 'dataurl', '.svg': 'dataurl' },
  logLevel: 'warning',
});
await copyFile('node_modules/elkjs/lib/elk-worker.min.js', `${out}/elk-worker.js`);
for (const page of ['bpmn', 'compare', 'form']) await copyFile(`static/${page}.html`, `${out}/${page}.html`);
