#!/bin/sh
# Plans one root for the artefact of this build: `sh infra/pipeline/plan.sh secondary`, at the top of the repository. Leaves in
# plans/ the plan, its text for whoever approves it, and the versions of the providers that it holds for. Changes nothing and
# locks nothing, so the right to read is enough; a plan that is outrun is refused when it is applied. Fails if the foundation would
# lose anything while sites are rolled out with it.
set -eu
root=$1
TF_VAR_artifact="hikae-$(cat artefact).zip"
export TF_VAR_artifact TF_IN_AUTOMATION=1

terraform -chdir="infra/$root" init -input=false -backend-config="bucket=$PROJECT_ID-hikae-state"
terraform -chdir="infra/$root" plan -input=false -lock=false -var-file=../settings.tfvars -out="$PWD/plans/$root.tfplan"
terraform -chdir="infra/$root" show -no-color "$PWD/plans/$root.tfplan" > "plans/$root.txt"

# The foundation goes first, while both sites still run what was there before: what it loses they miss, and going back, which leaves
# the foundation as it is, would not bring it back.
if test "$root" = foundation && test "$_ROOTS" != foundation; then
  lost=$(grep -E '^  # .+ (will be destroyed|(must|will) be replaced)' "plans/$root.txt" || true)
  if test -n "$lost"; then
    echo "The foundation would lose what the sites that run now may use:"
    echo "$lost"
    echo "Roll out _ROOTS='secondary primary crossing' first, then _ROOTS=foundation as a release of its own (infra/pipeline.md)."
    exit 1
  fi
fi

cp "infra/$root/.terraform.lock.hcl" "plans/$root.lock.hcl"
