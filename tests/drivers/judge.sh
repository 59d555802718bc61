#!/bin/sh
# judge.sh table|predict|check [DEVICE...] - what the compilers of GPUs that are not here make of SDXL's plans.
#
#   table     registers, spills, waves, and what a loop has: a Markdown table
#   predict   seconds of a guided step and of a decode at 1024 x 1024: an estimate, see judge.awk
#   check     fails where a pipeline spills registers or fewer than four waves fit
#
# After drivers.sh, which makes the chroot and builds.  BUILD: its build folder, else "build".  LIMN_VARIANT: kernels as this
# one, not the device's own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/devices.sh"
cd "$here/../.."
dir=${LIMN_DRIVERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/limn-drivers}
what=${1:?usage: judge.sh table|predict|check [DEVICE...]}
shift
[ $# -gt 0 ] || set -- navi21 navi31 ampere dg2 lnl
status=0
[ "$what" != table ] || cat <<'HEAD'
| device | kernel | shader | registers | spilled | waves | loop | multiply-adds | matrix | LDS loads a matrix | B/FLOP | of peak | bound by |
|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
HEAD
for name; do
  lines=$dir/logs/$name-$what
  arguments=--listing
  predict=0
  case $what in
    check) arguments=--check ;;
    predict) predict=1 ;;
  esac
  # shellcheck disable=SC2046
  "$dir/run" env $(device "$name") XDG_CACHE_HOME="/var/cache/limn/$name" "${BUILD:-build}/tests/drivers/driver-stats" \
    "$arguments" ${LIMN_VARIANT:+--variant "$LIMN_VARIANT"} > "$lines" 2> "$lines.errors" || {
    status=1
    sed "s/^/$name: /" "$lines.errors" >&2
  }
  [ "$what" = check ] ||
    awk -f "$here/loops.awk" "$lines" | awk -v device="$name" -v predict=$predict -f "$here/judge.awk"
done
exit $status
