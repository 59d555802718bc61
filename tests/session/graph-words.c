/* graph-words.c - prompts in random nodes: held, joined, chosen, handed on and changed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "graph-private.h"

#include "base/json.h"

static char *
quote (const char *text)
{
  GString *quoted = g_string_new (NULL);

  limn_json_append_string (quoted, text);
  return g_string_free (quoted, FALSE);
}

/* ---- Words ---- */

static const char *const words[] = { "a lighthouse", "evening light", "(red:1.3) door", "oil on canvas",
                                     "fog",          "ink, thin",     "灯台",           "wet stones",
                                     "a \"b\" c",    "two cats",      "(soft)" };

/* Some words, and a JSON value that stands for them. */
static char *
write_words (LimnGraphMaker *maker, GString *meaning)
{
  const char *text = words[limn_graph_dice (maker, G_N_ELEMENTS (words))];

  g_string_append (meaning, text);
  return quote (text);
}

/* One text in a node of its own. */
static char *
write_holder (LimnGraphMaker *maker, GString *meaning)
{
  static const struct {
    const char *kind, *inputs;
  } holders[] = {
    { "PrimitiveStringMultiline", "\"value\":%s" },
    { "PrimitiveString", "\"value\":%s" },
    { "Text Multiline", "\"text\":%s" },
    { "String Literal", "\"string\":%s" },
    { "JWStringMultiline", "\"text\":%s" },
    { "CR Prompt Text", "\"prompt\":%s" },
    { "easy positive", "\"positive\":%s" },
    { "ttN text", "\"text\":%s" },
    { "SomebodysBox", "\"anything\":%s" },
  };
  g_autofree char *value = write_words (maker, meaning);
  int i = limn_graph_dice (maker, G_N_ELEMENTS (holders));

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return limn_graph_add (maker, holders[i].kind, 0, holders[i].inputs, value);
#pragma GCC diagnostic pop
}

/* Two texts joined. */
static char *
write_join (LimnGraphMaker *maker, GString *meaning, int depth)
{
  static const struct {
    const char *kind, *first, *second, *delimiter;
  } joins[] = {
    { "StringConcatenate", "string_a", "string_b", "delimiter" },
    { "Text Concatenate", "text_a", "text_b", "delimiter" },
    { "CR Text Concatenate", "text1", "text2", "separator" },
    { "JoinStrings", "string1", "string2", "delimiter" },
    { "JoinStringMulti", "string_9", "string_10", "delimiter" },
    { "Concat Text _O", "text1", "text2", "separator" },
    { "easy promptConcat", "prompt1", "prompt2", "separator" },
  };
  int i = limn_graph_dice (maker, G_N_ELEMENTS (joins));
  const char *delimiter = limn_graph_dice (maker, 2) == 0 ? ", " : " and ";
  g_autofree char *first = limn_graph_write_text (maker, meaning, depth + 1);
  g_autofree char *second = NULL;

  g_string_append (meaning, delimiter);
  second = limn_graph_write_text (maker, meaning, depth + 1);
  if (limn_graph_dice (maker, 2) == 0) /* links come after what was written into the node */
    return limn_graph_add (maker, joins[i].kind, 0, "\"%s\":%s,\"%s\":\"%s\",\"%s\":%s", joins[i].second, second,
                           joins[i].delimiter, delimiter, joins[i].first, first);
  return limn_graph_add (maker, joins[i].kind, 0, "\"%s\":\"%s\",\"%s\":%s,\"%s\":%s", joins[i].delimiter, delimiter,
                         joins[i].first, first, joins[i].second, second);
}

/* One of several, by a number, a truth, or as the first that is there. */
static char *
write_choice (LimnGraphMaker *maker, GString *meaning, int depth)
{
  gboolean other = limn_graph_dice (maker, 2) == 0;
  g_autofree char *chosen = limn_graph_write_text (maker, meaning, depth + 1);
  const char *one = other ? "\"not this\"" : chosen, *two = other ? chosen : "\"not this\"";
  g_autofree char *index = NULL;

  switch (limn_graph_dice (maker, 5)) {
  case 0:
    return limn_graph_add (maker, "CR Text Input Switch", 0, "\"Input\":%d,\"text1\":%s,\"text2\":%s", 1 + other, one,
                           two);
  case 1:
    index = limn_graph_add (maker, "PrimitiveInt", 0, "\"value\":%d", 1 + other);
    return limn_graph_add (maker, "ImpactSwitch", 0, "\"select\":%s,\"sel_mode\":false,\"input1\":%s,\"input2\":%s",
                           index, one, two);
  case 2:
    return limn_graph_add (maker, "LazySwitchKJ", 0, "\"switch\":%s,\"on_false\":%s,\"on_true\":%s",
                           other ? "true" : "false", one, two);
  case 3:
    return limn_graph_add (maker, "easy textIndexSwitch", 0, "\"index\":%d,\"text0\":%s,\"text1\":%s", other, one, two);
  default:
    return limn_graph_add (maker, "Any Switch (rgthree)", 0, "\"any_02\":%s", chosen);
  }
}

/* What hands a text on, or tells what it made of it. */
static char *
write_relay (LimnGraphMaker *maker, GString *meaning, int depth)
{
  g_autofree char *text = NULL;

  if (limn_graph_dice (maker, 4) == 0) {
    g_autofree char *value = write_words (maker, meaning);

    return limn_graph_add (maker, "ImpactWildcardProcessor", 0,
                           "\"wildcard_text\":\"{x|y} __z__\",\"populated_text\":%s,\"mode\":\"populate\",\"seed\":7,"
                           "\"Select to add Wildcard\":\"Select the Wildcard to add to the text\"",
                           value);
  }
  text = limn_graph_write_text (maker, meaning, depth + 1);
  switch (text[0] == '[' ? limn_graph_dice (maker, 3) : 2) {
  case 0:
    return limn_graph_add (maker, "Reroute (rgthree)", 0, "\"\":%s", text);
  case 1:
    return limn_graph_add (maker, "ShowText|pysssss", 0, "\"text\":%s,\"text_0\":\"of the last run\"", text);
  default:
    return limn_graph_add (maker, "StringReplace", 0, "\"string\":%s,\"find\":\"no such words\",\"replace\":\"x\"",
                           text);
  }
}

/* What changes a text in a way that the graph does not say. */
static char *
write_doubt (LimnGraphMaker *maker, GString *meaning, int depth)
{
  g_autofree char *text = limn_graph_write_text (maker, meaning, depth + 1);

  limn_graph_gap_of_words (maker);
  switch (limn_graph_dice (maker, 4)) {
  case 0:
    return limn_graph_add (maker, "SDXLPromptStyler", maker->negative,
                           "\"text_positive\":%s,\"text_negative\":%s,\"style\":\"sai-neonpunk\"",
                           maker->negative ? "\"other\"" : text, maker->negative ? text : "\"other\"");
  case 1:
    return limn_graph_add (maker, "RegexReplace", 0, "\"string\":%s,\"regex_pattern\":\"a+\",\"replace\":\"b\"", text);
  case 2:
    return limn_graph_add (maker, "OllamaGenerate", 0, "\"prompt\":%s,\"model\":\"llama\",\"temperature\":0.8", text);
  default:
    return limn_graph_add (maker, "CaseConverter", 0, "\"string\":%s,\"mode\":\"UPPERCASE\"", text);
  }
}

char *
limn_graph_write_text (LimnGraphMaker *maker, GString *meaning, int depth)
{
  int kind = depth < 4 ? limn_graph_dice (maker, 12) : 0;

  if (kind == 11 && depth == 0)
    return write_doubt (maker, meaning, depth);
  if (kind >= 9)
    return write_relay (maker, meaning, depth);
  if (kind >= 7)
    return write_choice (maker, meaning, depth);
  if (kind >= 5)
    return write_join (maker, meaning, depth);
  return kind < 3 ? write_words (maker, meaning) : write_holder (maker, meaning);
}
