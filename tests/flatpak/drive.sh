#!/bin/sh
# drive.sh - a person's first minutes with Limn in its Flatpak: a picture of the starter, a picture opened through the
# portal, a folder of models granted, a second start that knows all of them, files dragged in and out, and a sheet printed.
# Called by flatpak.sh, on a display and a bus of its own.
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
# chosen TITLE: Return, which the chooser may take to complete what is typed.
chosen () {
  xdotool key Return
  sleep 1
  ! xdotool search --onlyvisible --name "$1"
}
# choose TITLE PATH: in the portal's chooser, which is another program's window
choose () {
  wait_for 60 xdotool search --onlyvisible --name "$1"
  sleep 2
  shot "$3"
  xdotool key ctrl+l
  xdotool type --delay 20 "$2"
  wait_for 30 chosen "$1"
}
# The first folder of the home, by pointing: of a path that is typed alone the chooser makes no choice.
folder_chosen () {
  place chooser "$(xdotool search --onlyvisible --name 'Add a Folder' | tail -n 1)"
  click chooser 5 5
  sleep 1
  click chooser 30 7
  sleep 1
  click chooser 95 95
  sleep 2
  ! xdotool search --onlyvisible --name 'Add a Folder'
}
# drag X Y X Y: as a hand does it
drag () {
  xdotool mousemove "$1" "$2" mousedown 1
  for part in 1 2 3 4 5 6 7 8; do
    sleep 0.1
    xdotool mousemove $(($1 + ($3 - $1) * part / 8)) $(($2 + ($4 - $2) * part / 8))
  done
  sleep 0.5
  xdotool mouseup 1
}
# The place of a window on the screen, as x_NAME, y_NAME, width_NAME and height_NAME.
place () {
  eval "$(xdotool getwindowgeometry --shell "$2" | sed -n "s/^X=/x_$1=/p; s/^Y=/y_$1=/p; s/^WIDTH=/width_$1=/p; s/^HEIGHT=/height_$1=/p")"
}
# The middle of the picture, and of the neighbour's half that is so many quarters down.
places () {
  place limn "$window"
  place other "$other"
  x=$((x_limn + width_limn / 2)) y=$((y_limn + height_limn * 2 / 5))
  to_x=$((x_other + width_other / 2)) to_y=$((y_other + height_other * $1 / 4))
}
dragged_out () {
  places 3
  drag "$x" "$y" "$to_x" "$to_y"
  sleep 2
  [ -n "$(ls "$HOME/received")" ]
}
dragged_in () {
  places 1
  drag "$to_x" "$to_y" "$x" "$y"
  sleep 2
  ! cmp "$app/.local/state/limn/source.ini" "$dir/source.before"
}
# click NAME ACROSS DOWN: at so many hundredths of a window that has been placed
click () {
  eval "xdotool mousemove \$((x_$1 + width_$1 * $2 / 100)) \$((y_$1 + height_$1 * $3 / 100)) click 1"
}
# The button in the middle of an empty library.
add_folder () {
  place library "$(xdotool search --onlyvisible --name 'Model Library' | tail -n 1)"
  click library 50 74
}
has_folder () {
  grep -q "^$XDG_RUNTIME_DIR/doc/" "$app/config/limn/model-folders"
}
# Into a file, which is all that there is to print to.
printed () {
  place print "$(xdotool search --onlyvisible --name '^Print$' | tail -n 1)"
  click print 13 14
  sleep 1
  click print 91 91
  sleep 2
  grep -aq '^ */Width 128' "$HOME/output.pdf"
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

# A picture that the sandbox cannot see.
rm -rf "$HOME/photos" "$HOME/received" "$HOME/models" "$HOME/output.pdf"
mkdir -p "$HOME/photos" "$HOME/received" "$HOME/models"
import -window root "$HOME/photos/photo.png"
import -window root "$HOME/photos/dropped.png"
xdotool key ctrl+i
choose 'Open a Picture' "$HOME/photos/photo.png" 3-portal
shot 4-opened
# A folder of models that it cannot see, for the library.
cp -r "$(dirname "$0")/../../data/starter" "$HOME/models/Granted"
xdotool key ctrl+m
wait_for 60 xdotool search --onlyvisible --name 'Model Library'
sleep 2
add_folder
wait_for 60 xdotool search --onlyvisible --name 'Add a Folder'
shot 5-folder
wait_for 60 folder_chosen
wait_for 60 has_folder
shot 6-library
xdotool key Escape
sleep 1
quit first

[ -s "$app/.local/state/limn/source.ini" ] || fail "the picture was not opened"
# What was set, painted and granted is there again.
grep -q "$prompt" "$app/config/glib-2.0/settings/keyfile" || fail "the settings were not kept"
start second
shot 7-second-start
xdotool key ctrl+m
wait_for 60 xdotool search --onlyvisible --name 'Model Library'
shot 8-library-again
flatpak run --command=ls "$id" "$(head -n 1 "$app/config/limn/model-folders")" | grep -q Granted || fail "the folder is not granted any more"
xdotool key Escape
sleep 1
xdotool windowactivate --sync "$window"
xdotool key ctrl+Return
wait_for 600 has_pictures 2
shot 9-painted-again

# To another program, and from it.
xdotool windowsize "$window" 1200 900 windowmove "$window" 0 0
"$dir/neighbour" "$HOME/photos/dropped.png" "$HOME/received" &
neighbour=$!
wait_for 60 xdotool search --onlyvisible --name '^Neighbour$'
other=$(xdotool search --onlyvisible --name '^Neighbour$' | tail -n 1)
xdotool windowmove "$other" 1300 100
sleep 2
wait_for 120 dragged_out
shot 10-dragged-out
cp "$app/.local/state/limn/source.ini" "$dir/source.before"
wait_for 120 dragged_in
shot 11-dropped
for copy in "$HOME"/received/*.png; do
  cmp "$copy" "$pictures/$(basename "$copy")" || fail "what was dragged out is another file"
done

# On paper, which the desktop asks about.
xdotool windowactivate --sync "$window"
xdotool key ctrl+p
wait_for 60 xdotool search --onlyvisible --name '^Print$'
shot 12-print
wait_for 60 printed
kill $neighbour
quit second
for picture in "$pictures"/*.png; do
  grep -aq "$prompt" "$picture" || fail "$picture lacks its prompt"
done
echo "drive.sh: two pictures, a file and a folder through the portal, files dragged in and out, a sheet printed, all kept"
