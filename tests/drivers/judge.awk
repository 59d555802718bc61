# judge.awk - from loops.awk's lines: what was compiled, or with -v predict=1 how long SDXL takes.  An estimate.
#
# -v device=NAME: a row of peaks below.
#
# The arithmetic, for each dispatch of a plan: a product (matmul, conv, attention) takes
#
#   FLOP / 2 x (clocks a multiply-add) / (SIMDs x clock) / filled / REACHED
#
# where the clocks of a turn of its loop are those of the busiest of: the SIMD's issue, the matrix unit, shared memory,
# texels and other loads, each of the last three shared by the SIMDs of a core; and filled is the share of cores that have
# work, groups / (cores x ceil (groups / cores)).  Where a kernel has several such loops (attention: scores, then values)
# each is taken to do as much.  No dispatch is faster than its bytes / bandwidth / REACHED, and each costs LAUNCH.  REACHED
# stands for all that is not counted: latency, misses of caches, clocks below boost.

BEGIN {
  FS = "\t"
  REACHED = 0.7
  LAUNCH = 5e-6
  # Peaks.  Cores: compute units (AMD), multiprocessors (NVIDIA), Xe cores (Intel).  A core's clock: bytes of shared memory,
  # texels of 16 bytes that lie apart, bytes of loads.  Matrix: FLOP a SIMD and clock, 0: none.
  #           name           SIMDs cores  GHz   GB/s lanes shared texels loads matrix
  peak["navi21"] = "RX 6800\t120\t60\t2.105\t512\t32\t128\t1\t64\t0"
  peak["navi31"] = "RX 7900 XTX\t192\t96\t2.5\t960\t32\t128\t1\t64\t256"
  peak["ampere"] = "RTX 3060\t112\t28\t1.777\t360\t32\t128\t1\t64\t128"
  peak["dg2"] = "Arc A770\t512\t32\t2.1\t560\t8\t128\t2\t64\t128"
  peak["lnl"] = "Arc 140V (Xe2)\t64\t8\t2.05\t136\t16\t128\t2\t64\t256"
  split (peak[device], of, "\t")
  name = of[1]; simds = of[2]; cores = of[3]; clock = of[4] * 1e9; bandwidth = of[5] * 1e9
  lanes = of[6]; matrix_peak = of[10]
  per_simd = simds / cores
}

$1 == "pipeline" {
  number = $2
  kernel[number] = $3
  shader[number] = $4
  constants[number] = $5
  subgroup[number] = $6
  statistics[number] = ";" $8 ";"
  n = number
}
$1 == "loop" {
  i = loops[$2]++
  loop[$2, i] = $0
  if ($4 > most[$2]) most[$2] = $4
  if ($5 > most_matrix[$2]) most_matrix[$2] = $5
}
$1 == "dispatch" { dispatch[n_dispatches++] = $0; flop[$3] += $4 * $6 }

END {
  if (predict)
    tell_time()
  else
    tell_table()
}

function max(a, b) { return a > b ? a : b }

# A statistic by any of the names that drivers give it.
function statistic(number, names,   list, i, from) {
  split (names, list, "|")
  for (i = 1; i in list; i++)
    if ((from = index (statistics[number], ";" list[i] "=")) > 0)
      return substr (statistics[number], from + length (list[i]) + 2) + 0
  return "-"
}

# Whether a loop is one of a product's own, and not its epilogue.
function is_own(number, field) {
  if (most_matrix[number] > 0)
    return field[5] > 0
  return field[4] > most[number] / (kernel[number] == "attention" ? 16 : 8)
}

# Clocks of a SIMD for a multiply-add of one lane; sets bound, what the busiest loop waits for.
function clocks(number,   i, field, c, by, all, count) {
  bound = "-"
  for (i = 0; i < loops[number]; i++) {
    split (loop[number, i], field, "\t")
    if (!is_own(number, field))
      continue
    c = field[7]; by = "issue"
    if (field[8] > c) { c = field[8]; by = "unit" }
    if (field[9] / of[7] * per_simd > c) { c = field[9] / of[7] * per_simd; by = "shared memory" }
    if (field[10] / of[8] * per_simd > c) { c = field[10] / of[8] * per_simd; by = "texels" }
    if (field[11] / of[9] * per_simd > c) { c = field[11] / of[9] * per_simd; by = "loads" }
    if (c / field[6] >= all / max(count, 1))
      bound = by
    all += c / field[6]
    count++
  }
  return count > 0 ? all / count : 0
}

function is_product(number) { return kernel[number] ~ /^(matmul|conv|attention)/ }

# The first pipeline of each kernel, and of attention for each size of heads: the others hardly differ.
function tell_table(   i, what, peak_rate) {
  # The matrix unit's where there is one.
  peak_rate = matrix_peak > 0 ? matrix_peak : 2 * lanes
  for (i = 1; i <= n; i++) {
    what = kernel[i]
    if (what == "attention")
      what = "attention of " flop_size(i)
    if (!is_product(i) || (what in told))
      continue
    told[what] = 1
    printf "| %s | %s | `%s` | %s | %s | %s |%s %.0f %% | %s |\n", name, what, shader[i],
      statistic(i, "VGPRs|Number of GPRs|Max live registers"),
      statistic(i, "Spilled VGPRs|Spills to memory|Spill Count"), statistic(i, "Subgroups per SIMD|Max warps/SM"),
      columns(i), (clocks(i) > 0 ? 200 / clocks(i) / peak_rate : 0), bound
  }
}

# Attention's heads, by the parts that they are held in: of the tile's k channels, or of 64.
function flop_size(number,   constant) {
  split (constants[number], constant, ",")
  return constant[4] * (constant[10] > 0 ? constant[10] : 64) > 160 ? "512" : "64"
}

function add_cells(cell, field,   j, value) {
  value[1] = field[3]; value[2] = field[4]; value[3] = field[5]
  value[4] = (field[5] > 0 ? sprintf ("%.2f", field[12] / field[5]) : "-")
  value[5] = sprintf ("%.3f", (16 * field[10] + field[11]) / (2 * field[6]))
  for (j = 1; j <= 5; j++)
    cell[j] = cell[j] (cell[j] == "" ? "" : " + ") value[j]
}

# What the loops have, each parted by " + "; of more than two (a loop of NAK's is many blocks) all together.
function columns(number,   i, j, field, cell, all, text, many) {
  for (i = 0; i < loops[number]; i++) {
    split (loop[number, i], field, "\t")
    if (!is_own(number, field))
      continue
    many++
    for (j = 3; j <= 12; j++)
      all[j] += field[j]
    add_cells(cell, field)
  }
  if (many > 2) {
    split ("", cell)
    add_cells(cell, all)
  }
  for (j = 1; j <= 5; j++)
    text = text " " (cell[j] == "" ? "?" : cell[j]) " |"
  return text
}

function tell_time(   i, field, stage, number, groups, filled, t, c, memory, busy) {
  for (i = 0; i < n_dispatches; i++) {
    split (dispatch[i], field, "\t")
    stage = field[2]; number = field[3]; groups = field[5]
    t = 0
    memory = (field[7] + field[8]) / bandwidth / REACHED
    if (is_product(number)) {
      c = clocks(number)
      # A loop that is not found is taken to multiply in each lane each second clock.
      if (c == 0)
        c = 2 / lanes
      filled = groups / (cores * int ((groups + cores - 1) / cores))
      t = field[6] / 2 * c / (simds * clock) / filled / REACHED
    }
    busy = field[4] * (max(t, memory) + LAUNCH)
    time[stage] += busy
    by[stage, kernel[number]] += busy
    work[stage] += field[4] * field[6]
    count[stage] += field[4]
    if (!(kernel[number] in seen)) { seen[kernel[number]] = 1; names[++n_names] = kernel[number] }
  }
  for (i = 1; i <= 2; i++) {
    stage = i == 1 ? "step" : "decode"
    printf "%-15s %-7s %8.3f s  %5.2f TFLOP/s  %4d dispatches ", name, stage, time[stage], work[stage] / time[stage] / 1e12, count[stage]
    for (j = 1; j <= n_names; j++)
      if (by[stage, names[j]] > 0.01 * time[stage])
        printf "  %s %.0f %%", names[j], 100 * by[stage, names[j]] / time[stage]
    print ""
  }
}
