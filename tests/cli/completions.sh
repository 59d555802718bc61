#!/bin/sh
# completions.sh - what bash, zsh and fish offer for limn-cli, asked of the shells themselves.
#
# usage: completions.sh LIMN-CLI SOURCE
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
program=$(realpath "$1")
completions=$2/data/completions
bad=0
asked=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
touch "$folder/a model.safetensors" "$folder/another.png"
mkdir "$folder/bin" "$folder/functions"
ln -s "$program" "$folder/bin/limn-cli"
cp "$completions/_limn-cli" "$folder/functions"
export PATH="$folder/bin:$PATH" HOME="$folder" XDG_CONFIG_HOME="$folder" XDG_DATA_HOME="$folder" LC_ALL=C.UTF-8 LANGUAGE=
cd "$folder" || exit 1

# Each prints, a word a line, what is offered for the words that it is given, the last one as far as it is typed.
in_bash () {
  bash --norc -c '
    compopt () { :; }
    . "$0"
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _limn_cli
    printf "%s\n" "${COMPREPLY[@]}"' "$completions/limn-cli.bash" "$@"
}
# The function is called as zsh does while one types; _files and _describe say what they were asked for.
in_zsh () {
  zsh -f -c '
    words=("$@")
    CURRENT=$#
    PREFIX=${words[CURRENT]}
    compset () { [[ $PREFIX = --*=* ]] && PREFIX=${PREFIX#*=} }
    _files () { print -rl -- ${PREFIX}*(N) }
    _describe () { local each; for each in ${(P)3}; do [[ ${each%%:*} = $PREFIX* ]] && print -r -- ${each%%:*}; done }
    _ask () { '"$(cat "$folder/functions/_limn-cli")"'
    }
    _ask' zsh "$@"
}
in_fish () {
  fish --no-config -c 'source $argv[1]; complete --do-complete (string join " " -- $argv[2..])' \
    "$completions/limn-cli.fish" "$@" | cut -f 1
}

# check SHELL EXPECTED WORDS...
check () {
  shell=$1
  expected=$2
  shift 2
  asked=$((asked + 1))
  offered=$("in_$shell" "$@" | LC_ALL=C sort)
  [ "$offered" = "$expected" ] && return
  printf '%s offers for "%s":\n%s\nexpected:\n%s\n' "$shell" "$*" "$offered" "$expected"
  bad=1
}

samplers=$("$program" --complete generate --sampler "" | cut -f 1 | grep '^dpmpp_2' | LC_ALL=C sort)
for shell in bash zsh fish; do
  command -v "$shell" >/dev/null || { echo "$shell is not installed"; continue; }
  check "$shell" "generate" limn-cli ge
  check "$shell" "--seed
--seed-height
--seed-width" limn-cli generate --prompt x --seed
  check "$shell" "$samplers" limn-cli generate --sampler dpmpp_2
  check "$shell" "another.png" limn-cli generate --output an
done
# "=" is a word of its own in bash alone.
check bash "fp16
fp32" limn-cli generate --precision = fp
if command -v zsh >/dev/null; then
  check zsh "fp16
fp32" limn-cli generate --precision=fp
fi
if command -v fish >/dev/null; then
  check fish "--precision=fp16
--precision=fp32" limn-cli generate --precision=fp
fi
[ "$asked" -ge 5 ] || { echo "no shell was asked"; bad=1; }
exit $bad
