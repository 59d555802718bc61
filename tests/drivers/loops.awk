# loops.awk - of `driver-stats --listing`: each listing becomes lines that say what a subgroup spends in a turn of its loops
# that multiply; everything else is passed on.  RADV's assembly (ACO), NVK's (NAK) and ANV's (brw) are known.
#
#   loop   NUMBER INSTRUCTIONS PRODUCTS MATRIX FMA ALU UNIT SHARED TEXELS BYTES LDS
#
# PRODUCTS: scalar or packed multiply-adds, MATRIX: instructions of matrix units, FMA: multiply-adds that both come to, of
# all lanes.  In clocks of one SIMD: ALU, its issue, and UNIT, a unit beside it (NVIDIA's and Intel's matrices, conversions).
# SHARED: bytes through shared memory or shuffles, TEXELS: lanes that read a texel, BYTES: other loads and stores, spills
# among them.  LDS: instructions that load from shared memory.

BEGIN { FS = OFS = "\t" }

/^device\t/ {
  brw = $2 ~ /Intel/
  nak = $3 ~ /NVK/
  # Lanes of a SIMD: what an instruction of that many takes a clock for.
  simd = brw ? ($2 ~ /LNL|BMG|Lunar|Battlemage/ ? 16 : 8) : 32
}
/^pipeline\t/ { lanes = $6 }
/^listing\t/ { number = $2; inside = 1; n = 0; n_back = 0; split ("", place); next }
inside && /^end$/ { inside = 0; tell(); next }
!inside { print; next }

# A label, a backward branch, or an instruction.
brw && /^ *LABEL[0-9]+:/ { sub (/^ */, ""); sub (/:.*/, ""); place[$0] = n; next }
brw && /^while/ { match ($0, /LABEL[0-9]+/); back(substr ($0, RSTART, RLENGTH)); next }
nak && /^block/ { split ($0, word, " "); current = word[2]; place[current] = n; next }
# NAK lays a loop's body out behind all else: a block by itself.
nak && /^} ->/ { back(current); next }
!brw && !nak && /^BB[0-9]+:/ { sub (/:.*/, ""); place[$0] = n; next }
!brw && !nak && /s_c?branch/ { if (match ($0, /BB[0-9]+/)) back(substr ($0, RSTART, RLENGTH)); next }
{ line[n++] = $0 }

# Branches to one label are one loop.
function back(label,   i) {
  if (!(label in place))
    return
  for (i = 0; i < n_back && begins[i] != place[label]; i++)
    ;
  begins[i] = place[label]
  ends[i] = n
  n_back += i == n_back
}

# Each loop's own instructions: those of loops within it are these loops'.
function tell(   i, j, at) {
  for (i = 0; i < n_back; i++) {
    split ("", inner)
    for (j = 0; j < n_back; j++)
      if (j != i && begins[j] >= begins[i] && ends[j] <= ends[i])
        for (at = begins[j]; at < ends[j]; at++) inner[at]
    if (ends[i] > begins[i])
      count(begins[i], ends[i])
  }
}

function count(from, to,   i) {
  instructions = products = matrix = fma = alu = unit = shared = texels = bytes = lds = 0
  for (i = from; i < to; i++) {
    if (i in inner)
      continue
    sub (/(\/\/|;).*/, "", line[i])
    if (brw) intel(line[i])
    else if (nak) nvidia(line[i])
    else amd(line[i])
  }
  if (matrix > 0 || products >= 16)
    print "loop", number, instructions, products, matrix, fma, alu, unit, shared, texels, bytes, lds
}

# "b128", "x4", "dwordx2" ... -> bytes a lane.
function width(op) {
  if (op ~ /128|x4|xyzw|V4/) return 16
  if (op ~ /96|x3|V3/) return 12
  if (op ~ /64|x2|V2/) return 8
  return 4
}

function amd(text,   word, op) {
  split (text, word, " ")
  op = word[1]
  if (op == "") return
  instructions++
  if (op ~ /^v_wmma.*16x16x16/) {
    matrix++; fma += 4096; alu += 32
  } else if (op ~ /^v_/) {
    alu += lanes / simd * (op ~ /^v_(exp|log|rcp|rsq|sqrt|sin|cos)_/ ? 4 : 1)
    if (op ~ /^v_(dual_)?(fma|fmac|mac|mad|fmaak|fmamk|fma_mix|fmac_legacy)_(mix_)?(f32|f16|mixlo|mixhi)/) {
      products++; fma += lanes
    } else if (op ~ /^v_(pk_fma_f16|dot2)/) {
      products++; fma += 2 * lanes
    }
    if (text ~ /:: *v_dual_(fma|fmac|fmaak|fmamk)/) {
      products++; fma += lanes
    }
  } else if (op ~ /^ds_/) {
    shared += lanes * width(op)
    if (op ~ /^ds_(load|read)/) lds++
  } else if (op ~ /load_format|^image_load/) texels += lanes
  else if (op ~ /^(buffer|global|flat|scratch)_/) bytes += lanes * width(op)
}

function nvidia(text,   word, op) {
  sub (/^.*[^=]= +/, "", text)
  split (text, word, " ")
  op = word[1]
  if (op == "" || op ~ /^[{}]/) return
  instructions++
  alu++
  if (op ~ /^(ffma|hfma2)/) {
    products++; fma += op ~ /^h/ ? 64 : 32
  } else if (op ~ /^hmma\.m16n8k(8|16)/) {
    matrix++; fma += op ~ /k16/ ? 2048 : 1024; unit += op ~ /k16/ ? 32 : 16
  } else if (op ~ /^(f2f|mufu)/) unit += 8
  else if (op ~ /^shfl/) shared += 128
  else if (op ~ /^ldsm/) { shared += 128 * (op ~ /x4/ ? 4 : op ~ /x2/ ? 2 : 1); lds++ }
  else if (op ~ /^(lds|ld\.shared|sts|st\.shared)/) {
    shared += 32 * width(op)
    if (op ~ /^ld/) lds++
  } else if (op ~ /^tld/) texels += 32
  else if (op ~ /^(ldg|stg|ld\.|st\.)/) bytes += 32 * width(op)
}

function intel(text,   op, some) {
  if (text ~ /MsgDesc/) {
    # Transposed: one lane's, 4 bytes each; else so many of each of the message's lanes.
    some = match (text, /V[0-9]+/) ? substr (text, RSTART + 1, RLENGTH - 1) : 1
    if (text ~ /sampler/) texels += send
    else if (text ~ /slm/) { shared += 4 * some * (text ~ /transpose/ ? 1 : send); if (text ~ /load/) lds++ }
    else bytes += 4 * some * (text ~ /transpose/ ? 1 : send)
    return
  }
  sub (/^ *\([^)]*\) */, "", text)
  if (!match (text, /^[a-z0-9.]+ *[a-z]*\([0-9]+/)) return
  op = text
  sub (/[ (].*/, "", op)
  some = substr (text, RSTART, RLENGTH)
  sub (/.*\(/, "", some)
  if (op == "sync") return
  instructions++
  if (op ~ /^dpas/) {
    # Eight rows; 16 of K.
    matrix++; fma += 8 * 16 * some; unit += 16; alu++
  } else if (op ~ /^send/) { send = some; alu++ }
  else {
    alu += (some > simd ? some / simd : 1) * (op ~ /^math/ ? 4 : 1)
    if (op ~ /^(mad|mac)/) { products++; fma += some + 0 }
  }
}
