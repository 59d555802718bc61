#!/bin/sh
# parallel.sh - a list of jobs by GNU parallel, each of its slots a shard of the list.
#
#   parallel.sh JOBS.jsonl RESULTS SHARDS [SLOTS]
#
# On one machine a shard a device is enough (limn-cli takes all devices by itself); parallel's --sshlogin takes the same
# line to several.  What stopped is started again, three times at most.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
jobs=$1 results=$2 shards=$3
seq 0 $((shards - 1)) | parallel --will-cite --jobs "${4:-1}" --retries 3 \
  limn-cli batch "$jobs" --results "$results" --shard "{}/$shards" --resume
