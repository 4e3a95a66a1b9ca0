#!/bin/sh
# Gives every subscription that Eventarc made for our triggers the dead-letter topic, and lets Pub/Sub take from it what was
# refused too often: `sh infra/pipeline/dead-letters.sh`, at the top of the repository, with the outputs of the roots there.
# Safe to repeat.
set -eu
agent="serviceAccount:service-$PROJECT_NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com"

subscriptions=$(grep -Eho '"projects/[^"]+/subscriptions/[^"]+"' outputs/*.json | tr -d '"' | sort -u)
for subscription in $subscriptions; do
  gcloud pubsub subscriptions add-iam-policy-binding "$subscription" --member="$agent" --role=roles/pubsub.subscriber
  # A hundred times, ever further apart: most of a day, in which a function can be mended.
  gcloud pubsub subscriptions update "$subscription" --dead-letter-topic=hikae-dead-letters --max-delivery-attempts=100 \
    --min-retry-delay=10s --max-retry-delay=600s
done
