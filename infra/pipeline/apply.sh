#!/bin/sh
# Applies the plan of one root and nothing else: `sh infra/pipeline/apply.sh secondary`, at the top of the repository. A plan
# that the world has moved on from is refused by Terraform.
set -eu
root=$1
. infra/pipeline/only-if-rolled-out.sh
export TF_IN_AUTOMATION=1

cp "plans/$root.lock.hcl" "infra/$root/.terraform.lock.hcl"
terraform -chdir="infra/$root" init -input=false -lockfile=readonly -backend-config="bucket=$PROJECT_ID-hikae-state"
terraform -chdir="infra/$root" apply -input=false -lock-timeout=5m "$PWD/plans/$root.tfplan"
sh infra/pipeline/outputs.sh "$root"
