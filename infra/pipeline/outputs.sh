#!/bin/sh
# Writes what one root tells of itself to outputs/{root}.json, from its state alone: `sh infra/pipeline/outputs.sh secondary`, at
# the top of the repository. Safe to repeat.
set -eu
root=$1
mkdir -p outputs
test -d "infra/$root/.terraform" ||
  terraform -chdir="infra/$root" init -input=false -backend-config="bucket=$PROJECT_ID-hikae-state"
terraform -chdir="infra/$root" output -json > "outputs/$root.json"
