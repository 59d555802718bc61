#!/bin/sh
# slurm.sh - a list of jobs as a Slurm array, each task a shard of the list.
#
#   sbatch --array=0-3 slurm.sh JOBS.jsonl RESULTS
#
# RESULTS is in a folder that all nodes see.  A task that is preempted (SIGTERM, exit status 130) or that its disk or
# device failed (75) goes back into the queue, and goes on where it was.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#SBATCH --job-name=limn
#SBATCH --ntasks=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=limn-%A-%a.jsonl
##SBATCH --gres=gpu:1

set -u
status=0
limn-cli batch "$1" --results "$2" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --resume || status=$?
case $status in
  75 | 130) scontrol requeue "$SLURM_JOB_ID" ;;
esac
exit $status
