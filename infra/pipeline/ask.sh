#!/bin/sh
# Stores the plans of this build, with the commit that they are of, and has their roll-out wait for approval:
# `sh infra/pipeline/ask.sh`, at the top of the repository.
set -eu
test -n "$_ROOTS" || exit 0
echo "${COMMIT_SHA:-}" > plans/commit
gcloud storage cp --recursive plans/* "gs://$PROJECT_ID-hikae-state/plans/$BUILD_ID/"
given="_PLANS=$BUILD_ID,_ROOTS=$_ROOTS,_REGION=$_REGION"
if test -z "${COMMIT_SHA:-}" ||
  ! gcloud builds triggers run hikae-apply --region="$_REGION" --sha="$COMMIT_SHA" --substitutions="$given"; then
  echo "Start the roll-out of these plans with: --substitutions='$given' (infra/pipeline.md)"
fi
