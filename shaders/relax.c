/* relax.c - relax IN OUT: a shader of SPIR-V, IN, as numbers for C.
 *
 * Where a shader has matrices, glslc says of each access to shared memory that it makes what it writes available, and
 * what it reads visible, to the workgroup: drivers then fence, and order, one by one.  Barriers say the same for all
 * accesses before and after them, and the shaders have one wherever lanes read what others wrote; so here each access
 * says only that others may see it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define HEADER 5
#define ALIGNED 0x2u
#define AVAILABLE 0x8u
#define VISIBLE 0x10u

/* Where an instruction has its memory operands, if it has any; 0: it never has. */
static unsigned
operands_at (unsigned op)
{
  switch (op) {
  case 61: /* OpLoad */
    return 4;
  case 62: /* OpStore */
    return 3;
  case 4457: /* OpCooperativeMatrixLoadKHR */
    return 6;
  case 4458: /* OpCooperativeMatrixStoreKHR */
    return 5;
  default:
    return 0;
  }
}

/* Makes an instruction of n words relaxed, and returns of how many it is then: the scope goes, its last word. */
static unsigned
relax (uint32_t *words, unsigned n)
{
  unsigned at = operands_at (words[0] & 0xffff);

  if (at == 0 || n != at + 2 || (words[at] & (AVAILABLE | VISIBLE)) == 0 || (words[at] & ALIGNED) != 0)
    return n;
  words[at] &= ~(AVAILABLE | VISIBLE);
  words[0] = (words[0] & 0xffff) | (n - 1) << 16;
  return n - 1;
}

static uint32_t *
read_words (const char *path, size_t *n)
{
  FILE *file = fopen (path, "rb");
  uint32_t *words = NULL;

  if (file == NULL || fseek (file, 0, SEEK_END) != 0 || ftell (file) < HEADER * 4)
    return NULL;
  *n = (size_t) ftell (file) / 4;
  rewind (file);
  words = malloc (*n * 4);
  if (words == NULL || fread (words, 4, *n, file) != *n)
    return NULL;
  fclose (file);
  return words;
}

static void
print (FILE *out, const uint32_t *words, size_t n)
{
  for (size_t i = 0; i < n; i++)
    fprintf (out, "0x%08x,\n", words[i]);
}

int
main (int argc, char **argv)
{
  size_t n = 0;
  uint32_t *words = argc == 3 ? read_words (argv[1], &n) : NULL;
  FILE *out = argc == 3 ? fopen (argv[2], "w") : NULL;

  if (words == NULL || out == NULL) {
    fprintf (stderr, "usage: relax IN OUT\n");
    return 1;
  }
  fprintf (out, "{\n");
  print (out, words, HEADER);
  for (size_t i = HEADER; i < n;) {
    unsigned length = words[i] >> 16;

    if (length == 0 || length > n - i) {
      fprintf (stderr, "relax: %s is no shader\n", argv[1]);
      return 1;
    }
    print (out, words + i, relax (words + i, length));
    i += length;
  }
  fprintf (out, "}\n");
  free (words);
  return fclose (out) != 0;
}
