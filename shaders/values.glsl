// values.glsl - attention_staged.comp's second product: weights (softmax.glsl, softmax_matrix.glsl) times values.
#ifndef LIMN_VALUES_GLSL
#define LIMN_VALUES_GLSL

// Four keys of eight channels of the values.
void
values_turn (int part, int keys, int chunk)
{
  int from = v_at + within (part * STAGE_CHUNKS + chunk, p.head_chunks);
  int at = VALUES + 8 * chunk * WEIGHT_STRIDE + keys / 2, half_ = keys % 2 * 2;
  uvec4 x[4];

  [[unroll]] for (int i = 0; i < 4; i++)
      x[i] = FETCH (v, from + within (key0 + 4 * keys + i, p.keys) * p.v_stride);
  [[unroll]] for (int c = 0; c < 8; c++)
  {
    uvec2 low = uvec2 (x[0][c / 2], x[2][c / 2]), high = uvec2 (x[1][c / 2], x[3][c / 2]);
    uvec2 turned = c % 2 == 0 ? (low & 0xffffu) | high << 16 : low >> 16 | (high & 0xffff0000u);
    staged[at + c * WEIGHT_STRIDE][half_] = turned.x;
    staged[at + c * WEIGHT_STRIDE][half_ + 1] = turned.y;
  }
}

// The values of a part of the head.
void
values_put (int part)
{
  const int across = TILE_COLUMNS / 4, blocks = across * STAGE_CHUNKS;

  [[unroll]] for (int first = 0; first < blocks; first += WORKGROUP)
  {
    uint block = uint (first) + lane_number ();
    if (block < uint (blocks))
      values_turn (part, int (block % uint (across)), int (block / uint (across)));
  }
}

void
results_shrink ()
{
  [[unroll]] for (int i = 0; i < MATRICES_M; i++)
  {
    SUMS_MATRIX shrink = shrink_of (i);
    [[unroll]] for (int part = 0; part < HEAD_PARTS; part++)
    {
      [[unroll]] for (int j = 0; j < RESULTS_N; j++) results[part * RESULTS + i * RESULTS_N + j] *= shrink;
    }
  }
}

void
results_add (int part)
{
  int right_at = VALUES + part_column () * PART_CHANNELS * WEIGHT_STRIDE;

  [[unroll]] for (int key = 0; key < TILE_COLUMNS / 8; key += MATRIX_K / 8)
  {
    LEFT_MATRIX left[MATRICES_M];
    [[unroll]] for (int i = 0; i < MATRICES_M; i++) left[i] = weights_of (i, key);
    [[unroll]] for (int j = 0; j < RESULTS_N; j++)
    {
      RIGHT_MATRIX right;
      coopMatLoad (right, staged, right_at + j * MATRIX_N * WEIGHT_STRIDE + key, WEIGHT_STRIDE,
                   gl_CooperativeMatrixLayoutColumnMajor);
      [[unroll]] for (int i = 0; i < MATRICES_M; i++)
          results[part * RESULTS + i * RESULTS_N + j] =
              coopMatMulAdd (left[i], right, results[part * RESULTS + i * RESULTS_N + j]);
    }
  }
}

void
results_store (int part)
{
  int row = lane_row (), to = ((item + zero) * p.queries + query + row) * p.out_stride + head_chunk ();
  float r = row_scale ();

  meet ();
  [[unroll]] for (int i = 0; i < MATRICES_M; i++)
  {
    [[unroll]] for (int j = 0; j < RESULTS_N; j++)
        coopMatStore (results[part * RESULTS + i * RESULTS_N + j], staged,
                      STAGE_RIGHT + (part_row () * PART_ROWS + i * MATRIX_M) * RESULT_STRIDE
                          + (part_column () * PART_CHANNELS + j * MATRIX_N) / 4,
                      RESULT_STRIDE, gl_CooperativeMatrixLayoutRowMajor);
  }
  meet ();
  [[unroll]] for (int i = 0; i < STAGE_CHUNKS; i += ROW_LANES)
  {
    int c = i + lane_share (), at = STAGE_RIGHT + row * RESULT_STRIDE + 2 * c, chunk = part * STAGE_CHUNKS + c;
    if (c < STAGE_CHUNKS && query + row < p.queries && chunk < p.head_chunks)
      STORE_CHUNK (y, to + chunk, Chunk (uintBitsToFloat (staged[at]) * r, uintBitsToFloat (staged[at + 1]) * r));
  }
}

#endif
