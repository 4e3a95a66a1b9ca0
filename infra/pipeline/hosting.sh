#!/bin/sh
# Deploys the console of one site: `sh infra/pipeline/hosting.sh secondary`, at the top of the repository, with
# outputs/foundation.json and console/dist there. Safe to repeat. Both consoles' addresses go with it as a file, for a console
# whose API is gone has nobody to ask where the other one is.
set -eu
root=$1
. infra/pipeline/only-if-rolled-out.sh
node -e "
  const { readFileSync, writeFileSync } = require('node:fs');
  const { hosting_sites, console_hosts } = JSON.parse(readFileSync('outputs/foundation.json', 'utf8'));
  const ids = hosting_sites.value;
  const hosting = Object.fromEntries(Object.entries(ids).map(([site, id]) => [site, [id]]));
  writeFileSync('.firebaserc', JSON.stringify({ targets: { '$PROJECT_ID': { hosting } } }));
  // A foundation that was last rolled out by an earlier release does not tell hosts.
  const hostOf = (site) => console_hosts?.value[site] ?? ids[site] + '.web.app';
  const sites = Object.fromEntries(Object.keys(ids).map((site) => [site, { url: 'https://' + hostOf(site) }]));
  writeFileSync('console/dist/sites.json', JSON.stringify({ site: '$root', sites }));
"
npx --yes firebase-tools@15.34.2 deploy --non-interactive --project="$PROJECT_ID" --only="hosting:$root" \
  --message="${COMMIT_SHA:-by hand}"
