#!/bin/sh
# Looks at a site after a step of its roll-out: `sh infra/pipeline/smoke.sh secondary api` asks its API at the function's own
# address, `… secondary site` the console's. Reads only.
set -eu
root=$1
part=$2
. infra/pipeline/only-if-rolled-out.sh
# On a developer's machine the project's own Node comes first.
PATH=$PWD/node_modules/.bin:$PATH
output() {
  node -p "JSON.parse(require('node:fs').readFileSync('outputs/$1.json', 'utf8')).$2"
}
case $part in
  api) url=$(output "$root" urls.value.admin) ;;
  site) url=https://$(output foundation "hosting_sites.value.$root").web.app ;;
esac
node infra/smoke.ts --site "$root" --part "$part" --url "$url" --patience 180
