/* bpe.c - byte-pair encoding.
 *
 * Sorted arrays, not hash tables: a merges file cannot be made to collide.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/bpe.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define N_BYTES 256
#define MAX_MERGES (1 << 20)
#define MAX_SYMBOL_TEXT 1024 /* bytes; CLIP's longest is under 50 */

typedef struct {
  guint left, right;
  guint rank;   /* of this pair: the lower is merged first */
  guint symbol; /* what it becomes */
} Pair;

struct _LimnBpe {
  GPtrArray *texts; /* char *, by symbol */
  guint *by_text;   /* symbols sorted by text, then number */
  GArray *pairs;    /* Pair, sorted by left, right, rank */
  guint *first;     /* [symbols + 1]: where the pairs of a left symbol begin */
};

/* CLIP's order of bytes: the visible characters of Latin-1, then the rest, which are spelled U+0100 and up. */
static guint
symbol_of_byte (guint8 byte)
{
  if (byte >= '!' && byte <= '~')
    return byte - 33u;
  if (byte >= 0xa1 && byte != 0xad)
    return byte < 0xad ? 94u + byte - 0xa1 : 106u + byte - 0xae;
  if (byte == 0xad)
    return 255;
  return byte < 0x7f ? 188u + byte : 221u + byte - 0x7f;
}

static gunichar
spelling_of_byte (guint8 byte)
{
  guint symbol = symbol_of_byte (byte);

  return symbol < 188 ? byte : 0x100 + symbol - 188;
}

int
limn_bpe_byte (gunichar c)
{
  guint rest = c - 0x100;

  if (c <= 0xff)
    return spelling_of_byte ((guint8) c) == c ? (int) c : -1;
  if (rest < 33)
    return (int) rest;
  if (rest < 67)
    return (int) (0x7f + rest - 33);
  return rest == 67 ? 0xad : -1;
}

static void
add_bytes (LimnBpe *bpe)
{
  g_ptr_array_set_size (bpe->texts, 2 * N_BYTES);
  for (guint byte = 0; byte < N_BYTES; byte++) {
    char utf8[7] = { 0 };
    guint symbol = symbol_of_byte ((guint8) byte);
    g_unichar_to_utf8 (spelling_of_byte ((guint8) byte), utf8);
    bpe->texts->pdata[symbol] = g_strdup (utf8);
    bpe->texts->pdata[symbol + N_BYTES] = g_strconcat (utf8, "</w>", NULL);
  }
}

static gboolean
add_line (LimnBpe *bpe, const char *name, guint number, const char *line, gsize length, GError **error)
{
  const char *space = memchr (line, ' ', length);

  if (length > MAX_SYMBOL_TEXT || space == NULL || space == line || space == line + length - 1
      || memchr (space + 1, ' ', length - (gsize) (space + 1 - line)) != NULL
      || !g_utf8_validate_len (line, length, NULL)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                 _ ("%s: line %u: expected two symbols with one space between them"), name, number);
    return FALSE;
  }
  if (bpe->texts->len >= 2 * N_BYTES + MAX_MERGES) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: more than %d merges"), name, MAX_MERGES);
    return FALSE;
  }
  /* The two halves for now; join_lines () makes them the symbol's text once all are known. */
  g_ptr_array_add (bpe->texts, g_strndup (line, length));
  return TRUE;
}

static gboolean
add_lines (LimnBpe *bpe, const char *name, const char *text, gsize size, GError **error)
{
  guint number = 0;

  for (gsize at = 0; at < size;) {
    const char *line = text + at;
    const char *end = memchr (line, '\n', size - at);
    gsize length = end != NULL ? (gsize) (end - line) : size - at;
    at += length + 1;
    number++;
    if (length > 0 && line[length - 1] == '\r')
      length--;
    if (length == 0 || (number == 1 && length >= 8 && memcmp (line, "#version", 8) == 0))
      continue;
    if (!add_line (bpe, name, number, line, length, error))
      return FALSE;
  }
  return TRUE;
}

static int
compare_texts (gconstpointer a, gconstpointer b, gpointer texts)
{
  guint left = *(const guint *) a, right = *(const guint *) b;
  int order = strcmp (g_ptr_array_index ((GPtrArray *) texts, left), g_ptr_array_index ((GPtrArray *) texts, right));

  return order != 0 ? order : (left > right) - (left < right);
}

int
limn_bpe_find (const LimnBpe *bpe, const char *symbol_text)
{
  guint low = 0, high = bpe->texts->len;

  /* The last of equal texts, as in a dictionary that is filled in order. */
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (strcmp (g_ptr_array_index (bpe->texts, bpe->by_text[middle]), symbol_text) <= 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0 || strcmp (g_ptr_array_index (bpe->texts, bpe->by_text[low - 1]), symbol_text) != 0)
    return -1;
  return (int) bpe->by_text[low - 1];
}

static int
compare_pairs (gconstpointer a, gconstpointer b)
{
  const Pair *x = a, *y = b;

  if (x->left != y->left)
    return x->left < y->left ? -1 : 1;
  if (x->right != y->right)
    return x->right < y->right ? -1 : 1;
  return (x->rank > y->rank) - (x->rank < y->rank);
}

/* "i n" becomes the text "in"; halves: receives "i" and "n" of each merge. */
static void
join_lines (LimnBpe *bpe, GPtrArray *halves)
{
  for (guint i = 2 * N_BYTES; i < bpe->texts->len; i++) {
    char *line = bpe->texts->pdata[i];
    char *space = strchr (line, ' ');
    g_ptr_array_add (halves, g_strndup (line, (gsize) (space - line)));
    g_ptr_array_add (halves, g_strdup (space + 1));
    memmove (space, space + 1, strlen (space));
  }
  bpe->by_text = g_new (guint, bpe->texts->len);
  for (guint i = 0; i < bpe->texts->len; i++)
    bpe->by_text[i] = i;
  g_qsort_with_data (bpe->by_text, (int) bpe->texts->len, sizeof (guint), compare_texts, bpe->texts);
}

static void
index_pairs (LimnBpe *bpe, GPtrArray *halves)
{
  for (guint i = 0; i < halves->len / 2; i++) {
    int left = limn_bpe_find (bpe, halves->pdata[2 * i]), right = limn_bpe_find (bpe, halves->pdata[2 * i + 1]);
    int symbol = limn_bpe_find (bpe, bpe->texts->pdata[2 * N_BYTES + i]);
    /* A pair of symbols that nothing can produce is never met. */
    if (left < 0 || right < 0)
      continue;
    Pair pair = { (guint) left, (guint) right, i, (guint) symbol };
    g_array_append_val (bpe->pairs, pair);
  }
  g_array_sort (bpe->pairs, compare_pairs);

  bpe->first = g_new0 (guint, bpe->texts->len + 1);
  for (guint i = 0; i < bpe->pairs->len; i++)
    bpe->first[g_array_index (bpe->pairs, Pair, i).left + 1]++;
  for (guint i = 0; i < bpe->texts->len; i++)
    bpe->first[i + 1] += bpe->first[i];
}

LimnBpe *
limn_bpe_new (const char *name, const char *text, gsize size, GError **error)
{
  g_autoptr (LimnBpe) bpe = g_new0 (LimnBpe, 1);
  g_autoptr (GPtrArray) halves = g_ptr_array_new_with_free_func (g_free);

  bpe->texts = g_ptr_array_new_with_free_func (g_free);
  bpe->pairs = g_array_new (FALSE, FALSE, sizeof (Pair));
  add_bytes (bpe);
  if (!add_lines (bpe, name, text, size, error))
    return NULL;
  join_lines (bpe, halves);
  index_pairs (bpe, halves);
  return g_steal_pointer (&bpe);
}

void
limn_bpe_free (LimnBpe *bpe)
{
  if (bpe == NULL)
    return;
  g_ptr_array_unref (bpe->texts);
  g_array_unref (bpe->pairs);
  g_free (bpe->by_text);
  g_free (bpe->first);
  g_free (bpe);
}

guint
limn_bpe_size (const LimnBpe *bpe)
{
  return bpe->texts->len;
}

const char *
limn_bpe_symbol_text (const LimnBpe *bpe, guint symbol)
{
  return g_ptr_array_index (bpe->texts, symbol);
}

static const Pair *
find_pair (const LimnBpe *bpe, guint left, guint right)
{
  guint begin = bpe->first[left], low = begin, high = bpe->first[left + 1];

  /* The last of equal pairs. */
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (g_array_index (bpe->pairs, Pair, middle).right <= right)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == begin || g_array_index (bpe->pairs, Pair, low - 1).right != right)
    return NULL;
  return &g_array_index (bpe->pairs, Pair, low - 1);
}

/* One symbol of the word: a doubly linked list in an array. */
typedef struct {
  guint symbol;
  int previous, next; /* -1: none */
  gboolean gone;
} Node;

/* A pair that could be merged when it was seen; it may have changed since. */
typedef struct {
  const Pair *pair;
  int node;
} Candidate;

typedef struct {
  const LimnBpe *bpe;
  Node *nodes;
  GArray *heap; /* Candidate, the least rank and then the leftmost on top */
} Merger;

static gboolean
comes_before (const Candidate *a, const Candidate *b)
{
  return a->pair->rank != b->pair->rank ? a->pair->rank < b->pair->rank : a->node < b->node;
}

static void
swap (Candidate *a, Candidate *b)
{
  Candidate c = *a;

  *a = *b;
  *b = c;
}

static void
push (Merger *merger, int node)
{
  if (node < 0 || merger->nodes[node].next < 0)
    return;
  const Node *left = &merger->nodes[node];
  Candidate candidate = { find_pair (merger->bpe, left->symbol, merger->nodes[left->next].symbol), node };
  if (candidate.pair == NULL)
    return;
  g_array_append_val (merger->heap, candidate);
  Candidate *heap = (Candidate *) (void *) merger->heap->data;
  for (guint i = merger->heap->len - 1; i > 0 && comes_before (&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
    swap (&heap[i], &heap[(i - 1) / 2]);
}

static Candidate
pop (Merger *merger)
{
  Candidate *heap = (Candidate *) (void *) merger->heap->data;
  Candidate top = heap[0];
  guint n = merger->heap->len - 1;

  heap[0] = heap[n];
  g_array_set_size (merger->heap, n);
  for (guint i = 0;;) {
    guint least = i;
    for (guint child = 2 * i + 1; child <= 2 * i + 2; child++)
      if (child < n && comes_before (&heap[child], &heap[least]))
        least = child;
    if (least == i)
      return top;
    swap (&heap[i], &heap[least]);
    i = least;
  }
}

static gboolean
still_there (const Merger *merger, const Candidate *candidate)
{
  const Node *left = &merger->nodes[candidate->node];

  return !left->gone && left->next >= 0 && left->symbol == candidate->pair->left
         && merger->nodes[left->next].symbol == candidate->pair->right;
}

static void
merge (Merger *merger, const Candidate *candidate)
{
  Node *left = &merger->nodes[candidate->node];
  Node *right = &merger->nodes[left->next];

  left->symbol = candidate->pair->symbol;
  left->next = right->next;
  right->gone = TRUE;
  if (left->next >= 0)
    merger->nodes[left->next].previous = candidate->node;
}

void
limn_bpe_encode (const LimnBpe *bpe, const char *word, gsize length, GArray *out)
{
  g_autofree Node *nodes = g_new (Node, length);
  g_autoptr (GArray) heap = g_array_new (FALSE, FALSE, sizeof (Candidate));
  Merger merger = { bpe, nodes, heap };

  g_return_if_fail (length <= G_MAXINT);
  if (length == 0)
    return;
  for (int i = 0; i < (int) length; i++)
    nodes[i] = (Node){ symbol_of_byte ((guint8) word[i]), i - 1, i + 1, FALSE };
  nodes[length - 1].symbol += N_BYTES;
  nodes[length - 1].next = -1;
  for (int i = 0; i < (int) length; i++)
    push (&merger, i);
  while (heap->len > 0) {
    Candidate candidate = pop (&merger);
    if (!still_there (&merger, &candidate))
      continue;
    merge (&merger, &candidate);
    push (&merger, nodes[candidate.node].previous);
    push (&merger, candidate.node);
  }
  for (int i = 0; i >= 0; i = nodes[i].next)
    g_array_append_val (out, nodes[i].symbol);
}
