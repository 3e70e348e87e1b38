// Bundles each test for Node and runs them all with Node's own runner.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const out = mkdtempSync(join(tmpdir(), 'ameide-editors-'));
const tests = readdirSync('test').filter((name) => name.endsWith('.test.ts'));
await build({ entryPoints: tests.map((name) => join('test', name)), outdir: out, bundle: true, platform: 'node', format: 'cjs', outExtension: { '.js': '.cjs' }, logLevel: 'warning' });
// The pages as they are shipped but legible, for tests that look for what they say.
const pages = join(out, 'pages');
await build({
  entryPoints: { bpmn: 'src/editor/main.ts', compare: 'src/compare/main.ts' }, outdir: pages, bundle: true, format: 'iife', target: 'chrome102', charset: 'utf8',
  loader: { '.woff': 'empty', '.woff2': 'empty', '.ttf': 'empty', '.eot': 'empty', '.svg': 'empty' }, logLevel: 'warning',
});
const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', ...tests.map((name) => join(out, name.replace(/\.ts$/, '.cjs')))], { encoding: 'utf8', env: { ...process.env, AMEIDE_PAGES: pages } });
rmSync(out, { recursive: true });
process.stdout.write(stdout + stderr);
const count = (word) => Number(new RegExp(`^# ${word} (\\d+)`, 'm').exec(stdout)?.[1] ?? new RegExp(`ℹ ${word} (\\d+)`).exec(stdout)?.[1] ?? 0);
console.log(`cases: ${count('pass')} passed, ${count('fail')} failed`);
process.exit(status ?? 1);
