#!/bin/sh
# with-display.sh [--bus] PROGRAM [ARGUMENT...] - runs a program on a screen of its own, and with a session bus of its own.
#
# The server chooses its number itself (-displayfd): xvfb-run -a looks for a free one first, and two tests that begin at the
# same moment take the same.  -noreset: it would begin anew, refusing everybody for a moment, whenever its last client leaves, and
# the accessibility bus comes and goes before the program is there.
set -eu
folder=$(mktemp -d)
Xvfb -displayfd 3 -screen 0 1600x1024x24 -nolisten tcp -noreset 3>"$folder/number" 2>"$folder/log" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$folder"' EXIT INT TERM
tries=0
while [ ! -s "$folder/number" ]; do
  tries=$((tries + 1))
  if [ $tries -gt 300 ] || ! kill -0 $server 2>/dev/null; then
    cat "$folder/log" >&2
    echo "Xvfb did not start" >&2
    exit 1
  fi
  sleep 0.1
done
DISPLAY=:$(cat "$folder/number")
export DISPLAY
if [ "$1" = --bus ]; then
  shift
  # what the bus starts writes to its standard output, which is the test's report
  dbus-run-session -- sh -c '"$@" >&4' sh "$@" 4>&1 >&2
else
  # nor that of whoever runs this, where programs that are one after another here would meet
  DBUS_SESSION_BUS_ADDRESS=disabled: "$@"
fi
