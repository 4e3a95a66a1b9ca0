#!/bin/sh
# Deploys the console of one site: `sh infra/pipeline/hosting.sh secondary`, at the top of the repository, with
# outputs/foundation.json and console/dist there. Safe to repeat.
set -eu
root=$1
. infra/pipeline/only-if-rolled-out.sh
node -e "
  const { readFileSync, writeFileSync } = require('node:fs');
  const ids = JSON.parse(readFileSync('outputs/foundation.json', 'utf8')).hosting_sites.value;
  const hosting = Object.fromEntries(Object.entries(ids).map(([site, id]) => [site, [id]]));
  writeFileSync('.firebaserc', JSON.stringify({ targets: { '$PROJECT_ID': { hosting } } }));
"
npx --yes firebase-tools@15.34.2 deploy --non-interactive --project="$PROJECT_ID" --only="hosting:$root" \
  --message="${COMMIT_SHA:-by hand}"
