/* foreign-comfy-graph.c - nodes, links, and what is handed on along them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"

#include <stdlib.h>
#include <string.h>

/* ---- A node ---- */

gboolean
limn_comfy_has_word (const char *name, const char *word)
{
  const gsize length = strlen (word);

  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_strncasecmp (p, word, length) == 0)
      return TRUE;
  return FALSE;
}

const char *
limn_comfy_kind (const LimnJson *node)
{
  return limn_json_string (limn_json_member (node, "class_type"), "");
}

gboolean
limn_comfy_is (const LimnJson *node, const char *word)
{
  return limn_comfy_has_word (limn_comfy_kind (node), word);
}

const LimnJson *
limn_comfy_inputs (const LimnJson *node)
{
  return limn_json_member (node, "inputs");
}

const LimnJson *
limn_comfy_input (const LimnJson *node, const char *name)
{
  const LimnJson *inputs = limn_comfy_inputs (node), *value = limn_json_member (inputs, name);

  for (guint i = 0; i < limn_json_length (inputs) && value == NULL; i++)
    if (g_ascii_strcasecmp (limn_json_key (inputs, i), name) == 0)
      value = limn_json_member (inputs, limn_json_key (inputs, i));
  return value != NULL && limn_json_kind (value) != LIMN_JSON_NULL ? value : NULL;
}

const LimnJson *
limn_comfy_any (const LimnJson *node, const char *const *names)
{
  const LimnJson *value = NULL;

  for (; *names != NULL && value == NULL; names++)
    value = limn_comfy_input (node, *names);
  return value;
}

gboolean
limn_comfy_is_link (const LimnJson *value)
{
  return value != NULL && limn_json_kind (value) == LIMN_JSON_ARRAY && limn_json_length (value) == 2
         && limn_json_string (limn_json_nth (value, 0), NULL) != NULL
         && limn_json_kind (limn_json_nth (value, 1)) == LIMN_JSON_NUMBER;
}

gboolean
limn_comfy_is_pipe (const char *name, const LimnJson *value)
{
  static const char *const words[] = { "pipe", "ctx", "context", "tuple", "bundle", "bus" };

  for (guint i = 0; limn_comfy_is_link (value) && i < G_N_ELEMENTS (words); i++)
    if (limn_comfy_has_word (name, words[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_scalar (const LimnJson *value)
{
  return value != NULL
         && (limn_json_kind (value) == LIMN_JSON_BOOL || limn_json_kind (value) == LIMN_JSON_NUMBER
             || limn_json_kind (value) == LIMN_JSON_STRING);
}

/* ---- Links ---- */

const LimnJson *
limn_comfy_follow (LimnComfy *comfy, const LimnJson *value)
{
  if (!limn_comfy_is_link (value) || comfy->hops == 0)
    return NULL;
  comfy->hops--;
  return limn_json_member (comfy->nodes, limn_json_string (limn_json_nth (value, 0), ""));
}

static const LimnJson *
find (LimnComfy *comfy, const LimnJson *node, const char *const *names, const LimnJson **owner, int depth)
{
  const LimnJson *inputs = limn_comfy_inputs (node), *value = limn_comfy_any (node, names);

  if (owner != NULL)
    *owner = node;
  for (guint i = 0; value == NULL && depth < LIMN_COMFY_MOST_DEPTH && i < limn_json_length (inputs); i++) {
    const char *name = limn_json_key (inputs, i);
    const LimnJson *pipe = limn_json_member (inputs, name);

    if (limn_comfy_is_pipe (name, pipe))
      value = find (comfy, limn_comfy_follow (comfy, pipe), names, owner, depth + 1);
  }
  return value;
}

const LimnJson *
limn_comfy_find (LimnComfy *comfy, const LimnJson *node, const char *const *names, const LimnJson **owner)
{
  return find (comfy, node, names, owner, 0);
}

/* ---- What only hands on ---- */

static const char *const selectors[] = { "select", "selected",  "selection", "index", "input", "boolean", "bool",
                                         "switch", "condition", "cond",      "which", "state", "channel", NULL };

/* The number at the end of name, or -1. */
static int
number_of (const char *name)
{
  gsize length = strlen (name), digits = 0;

  while (digits < length && digits < 6 && g_ascii_isdigit (name[length - 1 - digits]))
    digits++;
  return digits > 0 ? atoi (name + length - digits) : -1;
}

static gboolean
truth (const LimnJson *value, gboolean *is_true)
{
  const char *text = limn_json_string (value, NULL);
  double number = 0;

  if (value != NULL && limn_json_kind (value) == LIMN_JSON_BOOL)
    *is_true = limn_json_bool (value, FALSE);
  else if (limn_foreign_json_number (value, &number))
    *is_true = number != 0;
  else if (text != NULL)
    *is_true = g_ascii_strcasecmp (text, "true") == 0 || g_ascii_strcasecmp (text, "on") == 0
               || g_ascii_strcasecmp (text, "yes") == 0;
  return value != NULL;
}

/* One of two, by a truth. */
static const LimnJson *
choose_by_truth (LimnComfy *comfy, const LimnJson *node, gboolean *known)
{
  static const char *const yes[] = { "on_true", "if_true", "true", "tt_value", "true_value", "value_if_true", NULL };
  static const char *const no[] = {
    "on_false", "if_false", "false", "ff_value", "false_value", "value_if_false", NULL
  };
  const LimnJson *first = limn_comfy_any (node, yes), *second = limn_comfy_any (node, no);
  gboolean is_true = TRUE;

  if (first == NULL && second == NULL)
    return NULL;
  *known = truth (limn_comfy_value (comfy, node, selectors), &is_true);
  if (is_true)
    return first != NULL ? first : second;
  return second != NULL ? second : first;
}

/* One of several, by its number or name; without either the first that is there. */
static const LimnJson *
choose_by_number (LimnComfy *comfy, const LimnJson *node, gboolean *known)
{
  const LimnJson *inputs = limn_comfy_inputs (node), *chosen = limn_comfy_value (comfy, node, selectors);
  const LimnJson *first = NULL, *match = NULL;
  double wanted = -1;

  if (!limn_foreign_json_number (chosen, &wanted) && limn_json_string (chosen, NULL) != NULL)
    match = limn_comfy_input (node, limn_json_string (chosen, ""));
  for (guint i = 0; i < limn_json_length (inputs) && match == NULL; i++) {
    const char *name = limn_json_key (inputs, i);
    const LimnJson *value = limn_json_member (inputs, name);

    if (number_of (name) < 0 || (limn_json_string (value, NULL) == NULL && !limn_comfy_is_link (value)))
      continue;
    if (first == NULL && (limn_comfy_is_link (value) || limn_json_string (value, "")[0] != '\0'))
      first = value;
    if (number_of (name) == wanted)
      match = value;
  }
  *known = match != NULL || limn_comfy_any (node, selectors) == NULL;
  return match != NULL ? match : first;
}

const LimnJson *
limn_comfy_choice (LimnComfy *comfy, const LimnJson *node, gboolean *known)
{
  const LimnJson *value = choose_by_truth (comfy, node, known);

  if (value == NULL
      && (limn_comfy_is (node, "switch") || limn_comfy_is (node, "select") || limn_comfy_is (node, "mux")
          || limn_comfy_is (node, "toggle")))
    value = choose_by_number (comfy, node, known);
  return value;
}

const LimnJson *
limn_comfy_relay (LimnComfy *comfy, const LimnJson *node)
{
  const LimnJson *inputs = limn_comfy_inputs (node), *only;
  gboolean known;

  only = limn_comfy_choice (comfy, node, &known);
  if (only != NULL)
    return only;
  for (guint i = 0; i < limn_json_length (inputs); i++) {
    const LimnJson *value = limn_json_member (inputs, limn_json_key (inputs, i));

    if (only != NULL && limn_comfy_is_link (value))
      return NULL;
    if (limn_comfy_is_link (value))
      only = value;
  }
  return only;
}

const LimnJson *
limn_comfy_behind (LimnComfy *comfy, const LimnJson *node, const char *const *names)
{
  const LimnJson *value = limn_comfy_find (comfy, node, names, NULL);

  return limn_comfy_follow (comfy, value != NULL ? value : limn_comfy_relay (comfy, node));
}

/* ---- Numbers and texts ---- */

/* "steps_total" for "steps" */
static const LimnJson *
input_like (const LimnJson *node, const char *const *names)
{
  const LimnJson *inputs = limn_comfy_inputs (node);

  for (; *names != NULL; names++)
    for (guint i = 0; i < limn_json_length (inputs); i++) {
      const char *name = limn_json_key (inputs, i);

      if (limn_comfy_has_word (name, *names))
        return limn_json_member (inputs, name);
    }
  return NULL;
}

/* What the node's one value is, where it has one and nothing that could change it. */
static const LimnJson *
only_scalar (const LimnJson *node)
{
  const LimnJson *inputs = limn_comfy_inputs (node), *only = NULL;

  for (guint i = 0; i < limn_json_length (inputs); i++) {
    const char *name = limn_json_key (inputs, i);
    const LimnJson *value = limn_json_member (inputs, name);

    if (limn_comfy_has_word (name, "control"))
      continue; /* what the next run is to do with it */
    if (only != NULL || limn_comfy_is_link (value))
      return NULL;
    only = is_scalar (value) ? value : NULL;
  }
  return only;
}

const LimnJson *
limn_comfy_scalar (LimnComfy *comfy, const LimnJson *value, const char *const *names)
{
  for (int depth = 0; value != NULL && depth < LIMN_COMFY_MOST_DEPTH; depth++) {
    const LimnJson *node, *next;

    if (!limn_comfy_is_link (value))
      return is_scalar (value) ? value : limn_json_member (value, "content");
    node = limn_comfy_follow (comfy, value);
    next = limn_comfy_find (comfy, node, names, NULL);
    if (next == NULL)
      next = input_like (node, names);
    if (next == NULL)
      next = only_scalar (node);
    if (next == NULL && limn_json_length (limn_comfy_inputs (node)) == 1)
      next = limn_comfy_relay (comfy, node);
    if (next == NULL) {
      gboolean known = FALSE;

      next = limn_comfy_choice (comfy, node, &known);
      next = known ? next : NULL;
    }
    value = next;
  }
  return NULL;
}

const LimnJson *
limn_comfy_value (LimnComfy *comfy, const LimnJson *node, const char *const *names)
{
  return limn_comfy_scalar (comfy, limn_comfy_find (comfy, node, names, NULL), names);
}

gboolean
limn_comfy_number (LimnComfy *comfy, const LimnJson *node, const char *const *names, double *number)
{
  return limn_foreign_json_number (limn_comfy_value (comfy, node, names), number);
}

const char *
limn_comfy_string (LimnComfy *comfy, const LimnJson *node, const char *const *names)
{
  return limn_json_string (limn_comfy_value (comfy, node, names), NULL);
}
