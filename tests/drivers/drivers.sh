#!/bin/sh
# drivers.sh BUILD - Limn's suites on drivers that this machine does not have: see README.md.
#
# Runs the tests below, as BUILD in the source tree has them, in the chroot (chroot.sh; LIMN_DRIVERS_DIR, or limn-drivers
# in the user's cache folder), as many at once as there are cores.  What has no time left of LIMN_DRIVERS_MINUTES (28), or
# a device that Limn refuses, is told and not counted.  Ends with "drivers: N passed, N failed", or says why nothing was
# run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/devices.sh"
cd "$here/../.."
dir=${LIMN_DRIVERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/limn-drivers}

# Kernels on all, and whole networks where pictures can be painted or a GPU's compiler is to be seen; the rest of the suites
# on the driver that has the most.  What takes longest comes first.
tests () {
  for test in kernel pipeline plan unet quantized memory stages clip vae taesd lent; do echo "lavapipe-26 $test"; done
  for test in kernel plan unet quantized clip vae lent; do echo "lavapipe-25 $test"; done
  for device in swiftshader lavapipe-26-shared lavapipe-26-128 lavapipe-26-512; do
    for test in kernel unet clip vae; do echo "$device $test"; done
  done
  for device in navi21 navi31 ampere turing; do
    for test in kernel unet plan vae; do echo "$device $test"; done
  done
  for device in navi21 navi31 ampere dg2 lnl; do echo "$device spills"; done
  # ANV takes its time over each pipeline.
  echo "dg2 vae"
  echo "lnl vae"
}

is_painting () {
  case $1 in
    lavapipe-* | swiftshader) true ;;
    *) false ;;
  esac
}

# One of them; its line begins with "ok" or "not ok".
one () {
  device=$1
  test=$2
  log=$dir/logs/$device-$test
  left=$((LIMN_DRIVERS_UNTIL - $(date +%s)))
  if [ "$left" -lt 60 ]; then
    echo "# $device $test: out of time, not run"
    return
  fi
  case $test in
    kernel) program=kernel/kernel-tests arguments="-k --tap --brief" ;;
    spills) program=drivers/driver-stats arguments=--check ;;
    *) program=model/test-$test arguments="-k --tap" ;;
  esac
  dry=0
  is_painting "$device" || dry=1
  case $device:$test in
    # Runs begun at each of their steps are slow, and show nothing more of a driver.
    *:pipeline) arguments="$arguments -x /pipeline/start" ;;
    # It takes minutes over every network.
    swiftshader:unet) arguments="$arguments -p /unet/perturbed -p /unet/nag -p /unet/mini-sdxl" ;;
    *:kernel) [ $dry = 0 ] || arguments="$arguments -x /kernel/upload -x /kernel/choose -x /kernel/store" ;;
    # There are no timestamps.
    *:plan) [ $dry = 0 ] || arguments="$arguments -x /plan/profile" ;;
  esac
  status=0
  start=$(date +%s)
  # shellcheck disable=SC2046,SC2086
  timeout "$left" "$dir/run" env $(device "$device") XDG_CACHE_HOME="/var/cache/limn/$device" LIMN_VALIDATION=1 \
    LIMN_REQUIRE_GPU=1 LIMN_DRY=$dry "$build/tests/$program" $arguments > "$log" 2>&1 || status=$?
  seconds=$(($(date +%s) - start))
  if grep -q 'cannot be used: ' "$log"; then
    echo "# $device $test: not run, $(sed -n 's/.*cannot be used: //p' "$log" | head -n 1)"
  elif [ "$status" -eq 124 ]; then
    echo "# $device $test: out of time after $seconds s"
  elif judge "$device" "$test" "$status" "$log"; then
    echo "ok - $device $test ($seconds s)"
  else
    echo "not ok - $device $test (status $status, $seconds s)"
    grep -E '^not ok|^Bail|validation|^# .*(ERROR|expected)|: [Ss]pill|: (Subgroups|Max warps)' "$log" | tail -n 8 | sed 's/^/#   /'
  fi
}

# A dry device computes nothing: there only what the validation layer says counts, and a crash.
judge () {
  if [ "$2" = spills ] || is_painting "$1"; then
    [ "$3" -eq 0 ]
  else
    [ "$3" -lt 126 ] && grep -q '^1\.\.[1-9]' "$4" && ! grep -q 'Vulkan validation' "$4"
  fi
}

if [ "${1:-}" = --one ]; then
  build=$2
  one "$3" "$4"
  exit
fi
build=$(realpath "${1:?usage: drivers.sh BUILD}")
LIMN_DRIVERS_UNTIL=$(($(date +%s) + 60 * ${LIMN_DRIVERS_MINUTES:-28}))
export LIMN_DRIVERS_UNTIL
status=0
timeout $((60 * ${LIMN_DRIVERS_MINUTES:-28} * 2 / 3)) sh "$here/chroot.sh" "$dir" || status=$?
# 124: the mirror is slow; the next time goes on from here.
if [ "$status" -eq 77 ] || [ "$status" -eq 124 ]; then
  echo "drivers: not run"
  exit
elif [ "$status" -ne 0 ]; then
  echo "drivers: 0 passed, 1 failed"
  exit 1
fi
mkdir -p "$dir/logs"
# shellcheck disable=SC2046
ninja -C "$build" tests/drivers/driver-stats tests/kernel/kernel-tests \
  $(tests | awk '$2 != "kernel" && $2 != "spills" { print "tests/model/test-" $2 }' | sort -u) > "$dir/logs/build" 2>&1 || {
  tail -n 20 "$dir/logs/build"
  echo "drivers: 0 passed, 1 failed"
  exit 1
}
if [ ! -e "$build/shaders/attention.f16.matrix.spv" ]; then
  echo "drivers: $build has no kernels for matrix units: see .ci/install-glslc"
  echo "drivers: 0 passed, 1 failed"
  exit 1
fi
if ! "$dir/run" "$build/tests/kernel/kernel-tests" --help > /dev/null; then
  echo "drivers: not run, since Debian 13 cannot run what is built here"
  exit
fi
tests | xargs -L 1 -P "$(nproc)" sh "$here/drivers.sh" --one "$build" | tee "$dir/logs/all"
passed=$(grep -c '^ok' "$dir/logs/all" || true)
failed=$(grep -c '^not ok' "$dir/logs/all" || true)
echo "drivers: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
