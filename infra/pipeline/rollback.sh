#!/bin/sh
# Makes the functions of one site of the artefact named in `artefact`, and changes nothing else:
# `sh infra/pipeline/rollback.sh secondary`, at the top of the repository. Safe to repeat.
set -eu
root=$1
. infra/pipeline/only-if-rolled-out.sh
TF_VAR_artifact="hikae-$(cat artefact).zip"
export TF_VAR_artifact TF_IN_AUTOMATION=1

terraform -chdir="infra/$root" init -input=false -backend-config="bucket=$PROJECT_ID-hikae-state"
terraform -chdir="infra/$root" apply -input=false -auto-approve -lock-timeout=5m -var-file=../settings.tfvars \
  -target=module.site.google_cloudfunctions2_function.function
sh infra/pipeline/outputs.sh "$root"
