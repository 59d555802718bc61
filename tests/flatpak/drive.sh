#!/bin/sh
# drive.sh - a person's first minutes with Limn in its Flatpak: a picture of the starter, a picture opened through the
# portal, and a second start that knows both.  Called by flatpak.sh, on a display and a bus of its own.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
dir=$1
id=io.github.limn_art.Limn
app=$HOME/.var/app/$id
pictures=$app/data/limn/pictures
shots=$dir/shots
. "$(dirname "$0")/../packages/screen.sh"
export XDG_CURRENT_DESKTOP=GNOME # whose portals are GTK's
dbus-update-activation-environment DISPLAY XDG_CURRENT_DESKTOP XDG_RUNTIME_DIR

gone () {
  ! kill -0 "$program" 2>/dev/null
}
# Return, which the chooser may take to complete what is typed.
choose () {
  xdotool key Return
  sleep 1
  ! xdotool search --onlyvisible --name 'Open a Picture'
}
start () {
  flatpak run "$id" > "$shots/$1.log" 2>&1 &
  program=$!
  wait_for_window
  sleep 5
}
quit () {
  xdotool windowactivate --sync "$window"
  xdotool key ctrl+q
  wait_for 60 gone
  ! grep -E 'CRITICAL|WARNING.*(assert|failed)' "$shots/$1.log" || fail "GTK complained"
}

rm -rf "$app"
openbox &
manager=$!
program=
trap 'kill $manager $program 2>/dev/null || true' EXIT

start first
shot 1-welcome
xdotool type --delay 20 "$prompt"
xdotool key ctrl+Return
wait_for 600 has_pictures 1
shot 2-painted

# A picture that the sandbox cannot see, by the portal's chooser, which is another program's window.
mkdir -p "$HOME/photos"
import -window root "$HOME/photos/photo.png"
xdotool key ctrl+i
wait_for 60 xdotool search --onlyvisible --name 'Open a Picture'
sleep 2
shot 3-portal
xdotool key ctrl+l
xdotool type --delay 20 "$HOME/photos/photo.png"
wait_for 30 choose
shot 4-opened
quit first

[ -s "$app/.local/state/limn/source.ini" ] || fail "the picture was not opened"
# What was set and painted is there again.
grep -q "$prompt" "$app/config/glib-2.0/settings/keyfile" || fail "the settings were not kept"
start second
shot 5-second-start
xdotool key ctrl+Return
wait_for 600 has_pictures 2
shot 6-painted-again
quit second
for picture in "$pictures"/*.png; do
  grep -aq "$prompt" "$picture" || fail "$picture lacks its prompt"
done
echo "drive.sh: two pictures, a file through the portal, settings kept"
