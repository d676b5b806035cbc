// Install an addon as Stremio's own client does, lint what it says, and walk a catalog by skip.
// node walk.mjs MANIFEST_URL; answers one JSON document on stdout.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const client = require('stremio-addon-client');
const linter = require('stremio-addon-linter');

const { addon } = await client.detectFromURL(process.argv[2]);
const report = { manifest: addon.manifest, lint: linter.lintManifest(addon.manifest), catalogs: {} };

for (const { type, id } of addon.manifest.catalogs) {
  const ids = [];
  for (;;) {
    const { metas } = await addon.get('catalog', type, id, ids.length > 0 ? { skip: ids.length } : {});
    if (metas.length === 0) break;
    ids.push(...metas.map((meta) => meta.id));
  }
  const drama = await addon.get('catalog', type, id, { genre: 'Drama', skip: 0 });
  report.catalogs[id] = { type, ids, drama: drama.metas.map((meta) => meta.genres ?? []) };
}
report.lint = { valid: report.lint.valid, errors: report.lint.errors.map(String), warnings: report.lint.warnings.map(String) };
process.stdout.write(JSON.stringify(report));
