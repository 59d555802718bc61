#!/bin/sh
# batch.sh - limn-cli batch: a list over shards that are killed and started again gives every picture once, equal to the
# bit to one run without shards; bad lists are refused by line before anything is painted.
#
# batch.sh LIMN-CLI GOLDEN-FOLDER FULL-DISK (full-disk.c, built)
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
program=$1 model=$2/mini-sdxl full_disk=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bad=0

fail () {
  echo "$*"
  bad=1
}

# expect WHAT STATUS WORD COMMAND... - the one sentence on stderr has the word
expect () {
  what=$1 status=$2 word=$3
  shift 3
  "$@" >"$folder/out" 2>"$folder/err"
  found=$?
  [ $found = "$status" ] || fail "$what: exit status $found, expected $status: $(cat "$folder/err")"
  grep -q -- "$word" "$folder/err" || fail "$what: expected \"$word\" in: $(cat "$folder/err")"
}

# refuse WHAT WORD LINE - as the second line of a list
refuse () {
  printf '{"prompt": "x"}\n%s\n' "$3" >"$folder/bad.jsonl"
  expect "$1" 2 "$2" "$program" batch "$folder/bad.jsonl" --results "$folder/none"
  grep -q "line 2" "$folder/err" || fail "$1: the line is not named: $(cat "$folder/err")"
  [ ! -e "$folder/none" ] || fail "$1: something was written"
}

refuse "no JSON" "expected" '{"prompt": }'
refuse "no object" "object" '[1]'
refuse "no prompt" "prompt" '{"seed": 1}'
refuse "unknown key" "sedd" '{"prompt": "y", "sedd": 1}'
refuse "bad value" "steps" '{"prompt": "y", "steps": "many"}'
refuse "out of range" "Steps" '{"prompt": "y", "steps": 60000}'
refuse "unknown sampler" "euler" '{"prompt": "y", "sampler": "best"}'
refuse "no such model" "nowhere" '{"prompt": "y", "model": "nowhere"}'
refuse "no such upscaler" "nowhere" '{"prompt": "y", "upscaler": "nowhere"}'
refuse "no upscaler" "expected" "{\"prompt\": \"y\", \"upscaler\": \"$model\"}"
refuse "no such refiner" "nowhere" '{"prompt": "y", "refiner": "nowhere"}'
refuse "no such picture" "nowhere" '{"prompt": "y", "image": "nowhere.png"}'
refuse "its picture is missing" "image" '{"prompt": "y", "from_image": true}'
printf 'y\n' >"$folder/prompts.txt"
refuse "no such prompts" "nowhere" '{"prompts": "nowhere.txt"}'
printf '# none\n\n' >"$folder/none.txt"
refuse "no prompt in the file" "no prompt" '{"prompts": "none.txt"}'
refuse "a prompt beside prompts" "too many" '{"prompt": "y", "prompts": "prompts.txt"}'
refuse "prompts with an unknown key" "sedd" '{"prompts": "prompts.txt", "sedd": 1}'
mkdir "$folder/empty"
refuse "a folder without pictures" "no picture" '{"prompt": "y", "image": "empty"}'
refuse "goes on from a step" "step" '{"prompt": "y", "start": {}}'
for name in '../x.png' '/tmp/x.png' 'a/../../x.png' '.png' 'a/.png' '.hidden.png' 'x.jpg' 'a//x.png' '' 'a/'; do
  refuse "output $name" "output" "{\"prompt\": \"y\", \"output\": \"$name\"}"
done
printf '{"prompt": "a", "output": "x.png"}\n{"prompt": "b", "output": "x.png"}\n' >"$folder/bad.jsonl"
expect "the same output" 2 "line 1" "$program" batch "$folder/bad.jsonl" --results "$folder/none"
expect "no list" 2 "/nowhere" "$program" batch /nowhere --results "$folder/none"
expect "no results" 2 "results" "$program" batch "$folder/bad.jsonl"
for shard in 4/4 x 1 1/0 -1/2; do
  expect "shard $shard" 2 "shard" "$program" batch "$folder/bad.jsonl" --results "$folder/none" --shard "$shard"
done

for size in 17 -1 x; do
  expect "batch size $size" 2 "batch-size" "$program" batch "$folder/bad.jsonl" --results "$folder/none" --batch-size "$size"
done

if ! "$program" devices >/dev/null 2>&1; then
  [ -z "${LIMN_REQUIRE_GPU:-}" ] || fail "no device"
  exit $bad
fi

# 64 jobs, of which two are the same line, and one has no seed
i=0
while [ $i -lt 62 ]; do
  echo "{\"prompt\": \"cube {red|blue|green} $i\", \"seed\": $i, \"model\": \"mini-sdxl\", \"steps\": 2, \"width\": 64, \"height\": 64}"
  i=$((i + 1))
done >"$folder/jobs.jsonl"
cat >>"$folder/jobs.jsonl" <<END
{"prompt": "round", "model": "$model", "steps": 2, "width": 64, "height": 64, "output": "some/round.png"}
{"prompt": "round", "model": "$model", "steps": 2, "width": 64, "height": 64, "output": "some/round.png"}

{"prompt": "heart", "like": "comfyui", "sampler": "euler_ancestral", "model": "$model", "steps": 2, "width": 64, "height": 64}
END
# become RESULTS OPTION... - limn-cli, which paints the list
become () {
  results=$1
  shift
  exec "$program" batch "$folder/jobs.jsonl" --model-dir "$model/.." --results "$folder/$results" "$@"
}
paint () {
  (become "$@")
}

paint whole >"$folder/events" 2>"$folder/err" ||
  fail "the whole list: $(cat "$folder/err")"
n=$(find "$folder/whole" -name '*.png' | wc -l)
[ "$n" = 64 ] || fail "the whole list: $n pictures, expected 64"
[ "$(grep -c '"event": "done"' "$folder/events")" = 64 ] || fail "not every picture was told"
tail -n 1 "$folder/events" | grep -q '"left": 0, "done": 64, "failed": 0' || fail "the end: $(tail -n 1 "$folder/events")"
[ "$(grep -c '"state": "done"' "$folder/whole/jobs.json")" = 64 ] || fail "not every picture is in jobs.json"

# again: nothing is written over unasked, and nothing is painted twice
expect "again" 2 "resume" paint whole
paint whole --resume >"$folder/events" || fail "resumed"
! grep -q '"event": "done"' "$folder/events" || fail "resumed: painted again"

pictures () {
  find "$folder/parts" -name '*.png' 2>/dev/null | wc -l
}
# two shards are killed in the midst of their work, one by one; a picture that is half there would stay
for i in 0 1; do
  before=$(pictures)
  become parts --shard "$i/4" --resume >/dev/null 2>&1 &
  worker=$!
  while [ "$(pictures)" -lt $((before + 2)) ] && kill -0 $worker 2>/dev/null; do
    sleep 0.02
  done
  kill -9 $worker 2>/dev/null
  wait $worker 2>/dev/null
done
[ "$(pictures)" -lt 64 ] || fail "the killed shards had painted all"
# another's picture under a job's name is not taken for it
first=$(ls "$folder/whole" | grep png | head -n 1)
second=$(ls "$folder/whole" | grep png | sed -n 2p)
cp "$folder/whole/$first" "$folder/parts/$second"
for i in 0 1 2 3; do
  paint parts --shard "$i/4" --resume >/dev/null 2>"$folder/err" || fail "shard $i: $(cat "$folder/err")"
done
diff -r --exclude='jobs*.json' "$folder/whole" "$folder/parts" >"$folder/diff" || fail "$(head -n 5 "$folder/diff")"
[ "$(cat "$folder"/parts/jobs-*-of-4.json | grep -c '"state": "done"')" = 64 ] || fail "the shards' lists do not add up"

# several pictures a step, of which one shard is killed: the same
become together --batch-size 3 --shard 0/2 >/dev/null 2>&1 &
worker=$!
while [ "$(find "$folder/together" -name '*.png' 2>/dev/null | wc -l)" -lt 2 ] && kill -0 $worker 2>/dev/null; do
  sleep 0.02
done
kill -9 $worker 2>/dev/null
wait $worker 2>/dev/null
paint together --batch-size 0 --shard 0/2 --resume >/dev/null 2>"$folder/err" || fail "together: $(cat "$folder/err")"
paint together --batch-size 5 --shard 1/2 >/dev/null 2>"$folder/err" || fail "together: $(cat "$folder/err")"
diff -r --exclude='jobs*.json' "$folder/whole" "$folder/together" >"$folder/diff" || fail "together: $(head -n 5 "$folder/diff")"

# enlarged by an upscaler in the list, as by generate
upscaler=$(find "$2" -name 'rrdbnet_x2*.safetensors' | head -n 1)
echo "{\"prompt\": \"x\", \"seed\": 3, \"model\": \"$model\", \"steps\": 2, \"width\": 64, \"height\": 64, \"upscaler\": \"$upscaler\", \"output\": \"x.png\"}" \
  >"$folder/large.jsonl"
"$program" batch "$folder/large.jsonl" --results "$folder/large" >/dev/null 2>"$folder/err" || fail "enlarged: $(cat "$folder/err")"
grep -q '"upscaler": "rrdbnet_x2' "$folder/large/x.png" || fail "enlarged: its settings do not say so"

# so is a file of prompts, a line each; with a folder, each of these over each of those
printf 'a {red|blue} cube\r\n# said of what follows\n\n  a "round" thing \na {red|blue} cube\n' >"$folder/prompts.txt"
echo "{\"prompts\": \"prompts.txt\", \"model\": \"$model\", \"steps\": 2, \"seed\": 1, \"width\": 64, \"height\": 64}" \
  >"$folder/words.jsonl"
"$program" batch "$folder/words.jsonl" --results "$folder/words" >/dev/null 2>"$folder/err" || fail "prompts: $(cat "$folder/err")"
[ "$(find "$folder/words" -name '*.png' | wc -l)" = 2 ] || fail "prompts: $(ls "$folder/words")"
cat "$folder"/words/*.png | grep -a -q 'a \\"round\\" thing' || fail "prompts: a prompt is lost"

# a folder of pictures is a job for each, of whatever kind they are; the same settings give others, and each says whose it is
mkdir "$folder/photos"
cp "$folder/large/x.png" "$folder/photos/sea 2.png"
cp "$folder/whole/$first" "$folder/photos/sea 10.png"
cp "$folder/whole/$first" "$folder/photos/sea 10.jpg"
echo notes >"$folder/photos/notes.txt"
echo "{\"prompt\": \"x\", \"model\": \"$model\", \"steps\": 2, \"seed\": 1, \"image\": \"photos\", \"output\": \"over\"}" \
  >"$folder/over.jsonl"
"$program" batch "$folder/over.jsonl" --results "$folder/painted" >/dev/null 2>"$folder/err" || fail "a folder: $(cat "$folder/err")"
[ "$(ls "$folder/painted/over" | tr '\n' '|')" = "sea 10.png|sea 10.png.png|sea 2.png|" ] ||
  fail "a folder: $(ls "$folder/painted/over")"
"$program" batch "$folder/over.jsonl" --results "$folder/at-once" --batch-size 3 >/dev/null || fail "a folder, at once"
diff -r --exclude='jobs*.json' "$folder/painted" "$folder/at-once" >"$folder/diff" || fail "a folder, at once: $(cat "$folder/diff")"
! cmp -s "$folder/painted/over/sea 2.png" "$folder/painted/over/sea 10.png" || fail "a folder: both are of one picture"
"$program" batch "$folder/over.jsonl" --results "$folder/painted" --resume >"$folder/events" || fail "a folder, resumed"
! grep -q '"event": "done"' "$folder/events" || fail "a folder, resumed: painted again"

# asked to stop it says so, and what is done stays
become stopped >"$folder/events" 2>/dev/null &
worker=$!
until grep -q '"event": "done"' "$folder/events" || ! kill -0 $worker 2>/dev/null; do
  sleep 0.02
done
kill -TERM $worker
wait $worker
status=$?
[ $status = 130 ] || fail "stopped: exit status $status, expected 130"
tail -n 1 "$folder/events" | grep -q '"event": "end"' || fail "stopped: $(tail -n 1 "$folder/events")"

# a job that cannot be painted is told; the others are painted
head -n 1 "$folder/jobs.jsonl" >"$folder/one.jsonl"
printf 'no picture' >"$folder/broken.png"
echo "{\"prompt\": \"x\", \"model\": \"$model\", \"image\": \"broken.png\"}" >>"$folder/one.jsonl"
expect "one failed" 1 "1 of 2" "$program" batch "$folder/one.jsonl" --model-dir "$model/.." --results "$folder/one" \
  --batch-size 2
grep -q '"event": "failed".*broken.png' "$folder/out" || fail "the failure is not told: $(cat "$folder/out")"
[ "$(find "$folder/one" -name '*.png' | wc -l)" = 1 ] || fail "the other was not painted"

# a disk that takes no more is worth another try
(FULL_DISK=$folder/full LD_PRELOAD=$full_disk; export FULL_DISK LD_PRELOAD; become full) >"$folder/out" 2>&1
status=$?
[ $status = 75 ] && grep -q -- "--resume" "$folder/out" || fail "a full disk: exit status $status: $(tail -n 3 "$folder/out")"
[ -z "$(find "$folder/full" -type f)" ] || fail "a full disk: something half-written is left"
exit $bad
