/* prompt-lens.c - how a model's text encoders read a prompt.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/prompt-lens.h"

#include <string.h>

#include "base/i18n.h"
#include "session/thread/task-thread.h"
#include "text/wildcards.h"

#define N_KEPT 8 /* four prompts, two encoders */

typedef struct {
  int encoder;
  char *prompt;
  GPtrArray *tokens; /* NULL: the model lacks this encoder */
} Answer;

struct _LimnPromptLens {
  GObject parent_instance;
  LimnPromptReader *reader; /* NULL: none yet, or it failed */
  GCancellable *loading;    /* NULL: nothing is being read */
  char *path;               /* asked for last */
  GError *error;
  guint64 seed;         /* that decides choices and wildcards */
  const char *emphasis; /* NULL: Limn's own */
  Answer answers[N_KEPT];
  guint next;        /* the answer that gives way */
  gboolean small;    /* the reader's vocabulary */
  GHashTable *known; /* word -> whether it is one */
};

G_DEFINE_FINAL_TYPE (LimnPromptLens, limn_prompt_lens, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
forget_answers (LimnPromptLens *self)
{
  for (guint i = 0; i < N_KEPT; i++) {
    g_clear_pointer (&self->answers[i].prompt, g_free);
    g_clear_pointer (&self->answers[i].tokens, g_ptr_array_unref);
  }
  g_hash_table_remove_all (self->known);
}

static void
limn_prompt_lens_dispose (GObject *object)
{
  LimnPromptLens *self = LIMN_PROMPT_LENS (object);

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);

  G_OBJECT_CLASS (limn_prompt_lens_parent_class)->dispose (object);
}

static void
limn_prompt_lens_finalize (GObject *object)
{
  LimnPromptLens *self = LIMN_PROMPT_LENS (object);

  forget_answers (self);
  g_hash_table_unref (self->known);
  g_clear_pointer (&self->reader, limn_prompt_reader_free);
  g_clear_error (&self->error);
  g_free (self->path);

  G_OBJECT_CLASS (limn_prompt_lens_parent_class)->finalize (object);
}

static void
limn_prompt_lens_class_init (LimnPromptLensClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_prompt_lens_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_prompt_lens_finalize;

  signals[CHANGED] =
      g_signal_new ("changed", LIMN_TYPE_PROMPT_LENS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_prompt_lens_init (LimnPromptLens *self)
{
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

LimnPromptLens *
limn_prompt_lens_new (void)
{
  return g_object_new (LIMN_TYPE_PROMPT_LENS, NULL);
}

/* ---- Models ---- */

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const char *path = data;
  g_autofree char *starter = path[0] == '\0' ? limn_starter_path () : NULL;
  GError *error = NULL;
  LimnPromptReader *reader = NULL;

  if (path[0] == '\0' && starter == NULL)
    g_set_error_literal (&error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("The starter model is not installed"));
  else
    reader = limn_prompt_reader_new (starter != NULL ? starter : path, &error);
  if (reader != NULL)
    g_task_return_pointer (task, reader, (GDestroyNotify) limn_prompt_reader_free);
  else
    g_task_return_error (task, error);
}

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnPromptLens *self = LIMN_PROMPT_LENS (object);
  g_autoptr (GError) error = NULL;
  LimnPromptReader *reader = g_task_propagate_pointer (G_TASK (result), &error);

  /* a newer one is on its way, or nobody waits any more */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result)))) {
    g_clear_pointer (&reader, limn_prompt_reader_free);
    return;
  }
  g_clear_object (&self->loading);
  g_clear_pointer (&self->reader, limn_prompt_reader_free);
  g_clear_error (&self->error);
  self->reader = reader;
  self->small = self->path[0] == '\0';
  self->error = g_steal_pointer (&error);
  forget_answers (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
limn_prompt_lens_set_model (LimnPromptLens *self, const char *path)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (LIMN_IS_PROMPT_LENS (self));
  g_return_if_fail (path != NULL);

  if (g_strcmp0 (self->path, path) == 0)
    return;
  g_free (self->path);
  self->path = g_strdup (path);
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  self->loading = g_cancellable_new ();
  task = g_task_new (self, self->loading, loaded_cb, NULL);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_set_check_cancellable (task, FALSE);
  limn_task_run_in_thread (task, load_thread);
}

gboolean
limn_prompt_lens_is_ready (LimnPromptLens *self)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_LENS (self), FALSE);
  return self->reader != NULL && self->loading == NULL;
}

const GError *
limn_prompt_lens_get_error (LimnPromptLens *self)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_LENS (self), NULL);
  return self->error;
}

/* ---- Prompts ---- */

void
limn_prompt_lens_set_seed (LimnPromptLens *self, guint64 seed)
{
  g_return_if_fail (LIMN_IS_PROMPT_LENS (self));

  if (self->seed == seed)
    return;
  self->seed = seed;
  forget_answers (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
limn_prompt_lens_set_emphasis (LimnPromptLens *self, const char *emphasis)
{
  g_return_if_fail (LIMN_IS_PROMPT_LENS (self));

  if (g_strcmp0 (self->emphasis, emphasis) == 0)
    return;
  self->emphasis = emphasis;
  forget_answers (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

const char *
limn_prompt_lens_get_emphasis (LimnPromptLens *self)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_LENS (self), NULL);
  return self->emphasis;
}

static GPtrArray *
read_prompt (LimnPromptLens *self, int encoder, const char *prompt)
{
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (NULL);
  g_autofree char *words = limn_wildcards_expand (wildcards, prompt, self->seed, NULL);

  return limn_prompt_reader_read (self->reader, encoder, words != NULL ? words : prompt, self->emphasis);
}

const GPtrArray *
limn_prompt_lens_read (LimnPromptLens *self, int encoder, const char *prompt)
{
  Answer *answer;

  g_return_val_if_fail (LIMN_IS_PROMPT_LENS (self), NULL);
  g_return_val_if_fail (encoder >= 0 && encoder < LIMN_N_ENCODERS, NULL);
  g_return_val_if_fail (prompt != NULL, NULL);

  if (self->reader == NULL)
    return NULL;
  for (guint i = 0; i < N_KEPT; i++)
    if (self->answers[i].encoder == encoder && g_strcmp0 (self->answers[i].prompt, prompt) == 0)
      return self->answers[i].tokens;
  answer = &self->answers[self->next++ % N_KEPT];
  g_free (answer->prompt);
  g_clear_pointer (&answer->tokens, g_ptr_array_unref);
  *answer = (Answer){ encoder, g_strdup (prompt), read_prompt (self, encoder, prompt) };
  return answer->tokens;
}

gboolean
limn_prompt_lens_knows (LimnPromptLens *self, const char *word)
{
  gpointer known;

  g_return_val_if_fail (LIMN_IS_PROMPT_LENS (self), TRUE);

  if (self->reader == NULL || !self->small)
    return TRUE;
  if (!g_hash_table_lookup_extended (self->known, word, NULL, &known)) {
    g_autoptr (GPtrArray) tokens = limn_prompt_reader_read (self->reader, 1, word, self->emphasis);

    known = GINT_TO_POINTER (tokens == NULL || tokens->len <= 1);
    g_hash_table_insert (self->known, g_strdup (word), known);
  }
  return GPOINTER_TO_INT (known);
}

int
limn_prompt_lens_count_chunks (const GPtrArray *tokens, int *used, int n)
{
  int chunks = 1;

  for (int i = 0; i < n; i++)
    used[i] = 0;
  for (guint i = 0; tokens != NULL && i < tokens->len; i++) {
    const LimnToken *token = tokens->pdata[i];

    chunks = MAX (chunks, token->chunk + 1);
    if (token->chunk >= 0 && token->chunk < n)
      used[token->chunk]++;
  }
  return chunks;
}
