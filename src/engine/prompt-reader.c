/* prompt-reader.c - how the text encoders split a prompt; see limn.h.
 *
 * A model's own tokenizers and the function that encoding uses, so that what is shown is what is read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/model.h"
#include "text/prompt-schedule.h"
#include "text/prompt-loras.h"
#include "text/prompt-tokens.h"

#define USUAL_STEPS 30

struct _LimnPromptReader {
  LimnModel *model;
};

LimnPromptReader *
limn_prompt_reader_new (const char *path, GError **error)
{
  LimnModel *model = limn_model_open (path, error);

  if (model == NULL)
    return NULL;

  LimnPromptReader *reader = g_new0 (LimnPromptReader, 1);
  reader->model = model;
  return reader;
}

void
limn_prompt_reader_free (LimnPromptReader *reader)
{
  if (reader == NULL)
    return;
  limn_model_unref (reader->model);
  g_free (reader);
}

static void
token_free (LimnToken *token)
{
  g_free (token->text);
  g_free (token);
}

static LimnToken *
token_new (LimnPromptReader *reader, LimnTokenizer *tokenizer, int id, int chunk, double weight)
{
  gboolean vector = id >= LIMN_FIRST_VECTOR;
  const char *text =
      vector ? limn_embeddings_name (limn_model_embeddings (reader->model), id) : limn_tokenizer_text (tokenizer, id);
  LimnToken *token = g_new0 (LimnToken, 1);

  token->text =
      g_strconcat (text != NULL ? text : "", vector || limn_tokenizer_ends_word (tokenizer, id) ? " " : "", NULL);
  token->id = id;
  token->chunk = chunk;
  token->weight = weight;
  return token;
}

/* Appends the tokens of one prompt, whose chunks come after so many others; returns how many there are then. */
static int
read_part (LimnPromptReader *reader, LimnPartId which, const char *prompt, const LimnEmphasis *emphasis, int before,
           GPtrArray *out)
{
  LimnTokenizer *tokenizer = limn_model_tokenizer (reader->model, which);
  g_autoptr (LimnPromptTokens) tokens =
      limn_prompt_tokens_new (tokenizer, prompt, emphasis, limn_model_pad (reader->model, which), 1);

  for (int reading = 0; reading < tokens->readings; reading++) {
    if (limn_prompt_tokens_hides (tokens, reading))
      continue;
    for (int i = 1; i <= tokens->used[reading]; i++) {
      gsize at = (gsize) reading * LIMN_CHUNK_TOKENS + i;

      g_ptr_array_add (out, token_new (reader, tokenizer, tokens->ids[at], before, tokens->weights[at]));
    }
    before++;
  }
  return before;
}

/* Of prompts that change, what the first step is told; those that AND joins one after the other. */
GPtrArray *
limn_prompt_reader_read (LimnPromptReader *reader, int encoder, const char *prompt, const char *emphasis)
{
  LimnPartId which = encoder == 0 ? LIMN_PART_TEXT_ENCODER : LIMN_PART_TEXT_ENCODER_2;

  g_return_val_if_fail (encoder == 0 || encoder == 1, NULL);
  g_return_val_if_fail (prompt != NULL, NULL);

  if (limn_model_tokenizer (reader->model, which) == NULL)
    return NULL;

  const LimnEmphasis *row = limn_emphasis_find (emphasis);
  g_autofree char *plain = limn_prompt_without_loras (prompt, NULL);
  g_autoptr (GArray) parts = limn_prompt_parts_read (plain, row);
  GPtrArray *out = g_ptr_array_new_with_free_func ((GDestroyNotify) token_free);
  int chunks = 0;
  for (guint i = 0; i < parts->len; i++) {
    const char *text = g_array_index (parts, LimnPromptPart, i).text;
    g_autoptr (GArray) entries = row->edits ? limn_prompt_schedule_read (text, USUAL_STEPS, 0, FALSE) : NULL;

    chunks = read_part (reader, which, entries != NULL ? g_array_index (entries, LimnPromptEntry, 0).text : text, row,
                        chunks, out);
  }
  return out;
}
