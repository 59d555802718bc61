#!/bin/sh
# batch-schedulers.sh - the examples of data/examples/batch paint the same list under GNU parallel and as a Slurm array,
# equal to the bit to limn-cli alone.  Slurm is one node that is all here, in a folder of the test's own.
#
# batch-schedulers.sh LIMN-CLI SOURCE-FOLDER
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
program=$(realpath "$1") examples=$2/data/examples/batch golden=$2/tests/golden
folder=$(mktemp -d)
daemons=
trap 'kill $daemons 2>/dev/null; wait; rm -rf "$folder"' EXIT
bad=0
shards=3

fail () {
  echo "$*"
  bad=1
}

"$program" devices >/dev/null 2>&1 || exit 77
mkdir "$folder/bin"
ln -s "$program" "$folder/bin/limn-cli"
PATH=$folder/bin:$PATH:/usr/sbin
for i in 1 2 3 4 5 6 7 8; do
  echo "{\"prompt\": \"a cube $i\", \"model\": \"$golden/mini-sdxl\", \"steps\": 2, \"width\": 64, \"height\": 64}"
done >"$folder/jobs.jsonl"
limn-cli batch "$folder/jobs.jsonl" --results "$folder/alone" >/dev/null || fail "alone: failed"
[ "$(find "$folder/alone" -name '*.png' | wc -l)" = 8 ] || fail "alone: not every picture"

# compare NAME - with what limn-cli painted alone
compare () {
  diff -r --exclude='jobs*.json' "$folder/alone" "$folder/$1" >"$folder/diff" 2>&1 || fail "$1: $(head -n 5 "$folder/diff")"
}

ran=0
if command -v parallel >/dev/null; then
  HOME=$folder sh "$examples/parallel.sh" "$folder/jobs.jsonl" "$folder/parallel" $shards 2 >"$folder/events" ||
    fail "parallel: failed"
  [ "$(grep -c '"event": "end"' "$folder/events")" = $shards ] || fail "parallel: not every shard ended"
  compare parallel
  ran=1
fi

# until WHAT COMMAND... - holds, which it does in seconds unless something hangs
until_true () {
  what=$1 tries=0
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 1200 ] || { fail "$what: waited in vain: $(tail -n 5 "$folder"/slurm/*.log)"; return 1; }
    sleep 0.1
  done
}
node_is_idle () {
  [ "$(sinfo --noheader --format=%T)" = idle ]
}
queue_is_empty () {
  [ -z "$(squeue --noheader)" ]
}

start_slurm () {
  user=$(id -un) port=$((20000 + $$ % 10000 * 2))
  mkdir "$folder/slurm" "$folder/slurm/state" "$folder/slurm/spool"
  cat >"$folder/slurm/slurm.conf" <<END
ClusterName=limn
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$folder/slurm/state
SlurmdSpoolDir=$folder/slurm/spool
SlurmctldPidFile=$folder/slurm/slurmctld.pid
SlurmdPidFile=$folder/slurm/slurmd.pid
SlurmctldLogFile=$folder/slurm/slurmctld.log
SlurmdLogFile=$folder/slurm/slurmd.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
NodeName=localhost NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
END
  case $(slurmd -V) in
    *" 2"[0-2].*) ;; # has no such word, and does without
    *) echo "CgroupPlugin=disabled" >"$folder/slurm/cgroup.conf" ;;
  esac
  SLURM_CONF=$folder/slurm/slurm.conf
  export SLURM_CONF
  slurmctld -D -c >/dev/null 2>&1 &
  daemons="$daemons $!"
  slurmd -D -N localhost >/dev/null 2>&1 &
  daemons="$daemons $!"
  until_true "Slurm" node_is_idle
}

if command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v sbatch >/dev/null; then
  if start_slurm; then
    (cd "$folder" && sbatch --quiet --array=0-$((shards - 1)) "$examples/slurm.sh" "$folder/jobs.jsonl" "$folder/slurm-results") ||
      fail "sbatch: failed"
    until_true "the array" queue_is_empty
    [ "$(cat "$folder"/limn-*.jsonl | grep -c '"event": "end"')" = $shards ] || fail "Slurm: $(cat "$folder"/limn-*.jsonl)"
    compare slurm-results
  fi
  ran=1
fi
[ $bad != 0 ] && exit 1
[ $ran = 1 ] || exit 77
