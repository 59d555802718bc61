#!/bin/sh
# walk.sh - a newcomer's first picture with the installed package: Limn is opened as a menu does it, through D-Bus, a
# prompt is typed, and the time until the picture is on disk is told.  On a display and a bus of its own.
#
# usage: walk.sh SHOTS
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
shots=$1
pictures=$HOME/Pictures/Limn
. "$(dirname "$0")/screen.sh"

openbox &
manager=$!
trap 'kill $manager' EXIT
sleep 1
begun=$(date +%s%N)
gio launch /usr/share/applications/io.github.limn_art.Limn.desktop
wait_for_window
opened=$(date +%s%N)
xdotool type --delay 20 "$prompt"
xdotool key ctrl+Return
wait_for 600 has_pictures 1
painted=$(date +%s%N)
shot walk
gdbus introspect --session --dest io.github.limn_art.Limn --object-path /io/github/limn_art/Limn >/dev/null ||
  fail "Limn is not on the bus"
gapplication action io.github.limn_art.Limn quit
echo "walk.sh: the window after $(((opened - begun) / 1000000)) ms, the first picture after $(((painted - begun) / 1000000)) ms"
