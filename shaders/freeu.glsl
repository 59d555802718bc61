// freeu.glsl - the lowest frequencies of a picture as FreeU's filter has them (Si et al. 2024, section 3.2).
//
// The filter is a box of two by two around the centre of the shifted transform: frequencies -1 and 0 along either side,
// of which the real part is taken.  So what it changes is the picture's part along seven waves: one, and cosine and
// sine of one turn down, across and both.  Their sums are all of a transform that is needed.
#ifndef LIMN_FREEU_GLSL
#define LIMN_FREEU_GLSL

#include "norm.h"

// Cosine and sine of i / n turns, 0 <= i < n.  A device's own may be off by 2^-11: these are polynomials over an
// eighth of a turn to either side, found by integers.
vec2
turn (int i, int n)
{
  int quarter = (8 * i + n) / (2 * n);
  float t = 1.5707963267948966 * float (4 * i - quarter * n) / float (n), s = t * t;
  vec2 v = vec2 (1.0 + s * (-1.0 / 2.0 + s * (1.0 / 24.0 + s * (-1.0 / 720.0 + s / 40320.0))),
                 t * (1.0 + s * (-1.0 / 6.0 + s * (1.0 / 120.0 + s * (-1.0 / 5040.0 + s / 362880.0)))));

  if ((quarter & 1) != 0)
    v = vec2 (-v.y, v.x);
  return (quarter & 2) != 0 ? -v : v;
}

// The waves at a pixel.
void
waves_at (int pixel, int height, int width, out float wave[FREEU_WAVES])
{
  vec2 down = turn (pixel / width, height), across = turn (pixel % width, width);

  wave[0] = 1.0;
  wave[1] = down.x;
  wave[2] = down.y;
  wave[3] = across.x;
  wave[4] = across.y;
  wave[5] = down.x * across.x - down.y * across.y;
  wave[6] = down.y * across.x + down.x * across.y;
}

#endif
