# screen.sh - for scripts that use a window as a person does, on a screen of their own: to be read by them.
#
# They set shots, the folder for pictures of the screen, and pictures, where Limn's are to appear.
#
# SPDX-License-Identifier: GPL-3.0-or-later

prompt="a red cube on top of a blue sphere on grass"

fail () {
  echo "$0: $*" >&2
  import -window root "$shots/failed.png" || true
  exit 1
}
# wait_for SECONDS COMMAND...
wait_for () {
  left=$(($1 * 5))
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "waited in vain for: $*"
    sleep 0.2
  done
}
# shot NAME: after transitions have ended
shot () {
  sleep 2
  import -window root "$shots/$1.png"
}
# has_pictures N
has_pictures () {
  [ "$(find "$pictures" -name '*.png' 2>/dev/null | wc -l)" -ge "$1" ]
}
is_drawn () {
  [ "$(import -window root png:- | identify -format %k -)" -gt 1000 ]
}
# The window, which takes the keys from here on.
wait_for_window () {
  wait_for 120 xdotool search --onlyvisible --name '^Limn$'
  window=$(xdotool search --onlyvisible --name '^Limn$' | tail -n 1)
  xdotool windowactivate --sync "$window"
  wait_for 60 is_drawn
}
