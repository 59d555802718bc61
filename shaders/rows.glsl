// rows.glsl - lanes of a workgroup that have a row of its tile each, or share one with their neighbours.
#ifndef LIMN_ROWS_GLSL
#define LIMN_ROWS_GLSL

// Fewer than any subgroup has.  Where there are lanes for more, several do the same.
const int MOST_ROW_LANES = MATRIX_K / 2;
const int ROW_LANES = WORKGROUP / TILE_ROWS < MOST_ROW_LANES ? WORKGROUP / TILE_ROWS : MOST_ROW_LANES;

uint
lane_number ()
{
  return gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID + ANEW;
}

// The row that this lane has or shares, and which of those that share it this is.
int
lane_row ()
{
  int row = int (lane_number () / uint (ROW_LANES));

  return WORKGROUP > TILE_ROWS * ROW_LANES ? row % TILE_ROWS : row;
}

int
lane_share ()
{
  return int ((gl_SubgroupInvocationID + ANEW) % uint (ROW_LANES));
}

#endif
