/* prompt-completion.c - offers the names of wildcard files, LoRAs and embeddings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-completion.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/limn.h"
#include "session/thread/task-thread.h"
#include "text/wildcards.h"

#define NOTHING "\n" /* no name contains it */

/* What has names, by what stands before and after one. */
typedef struct {
  const char *before, *after;
  const char *title;
  LimnFileKind kind; /* of the files of the library; LIMN_FILE_OTHER: wildcard files */
} Named;

static const Named wildcards = { "__", "__", N_ ("Wildcards"), LIMN_FILE_OTHER };
static const Named loras = { "<lora:", ":1>", N_ ("LoRAs"), LIMN_FILE_LORA };
static const Named embeddings = { "embedding:", "", N_ ("Embeddings"), LIMN_FILE_EMBEDDING };

/* ---- What is offered ---- */

#define LIMN_TYPE_NAME_PROPOSAL (limn_name_proposal_get_type ())
G_DECLARE_FINAL_TYPE (LimnNameProposal, limn_name_proposal, LIMN, NAME_PROPOSAL, GObject)

struct _LimnNameProposal {
  GObject parent_instance;
  char *name;
};

static char *
get_typed_text (GtkSourceCompletionProposal *proposal)
{
  return g_strdup (LIMN_NAME_PROPOSAL (proposal)->name);
}

static void
limn_name_proposal_iface_init (GtkSourceCompletionProposalInterface *iface)
{
  iface->get_typed_text = get_typed_text;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnNameProposal, limn_name_proposal, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (GTK_SOURCE_TYPE_COMPLETION_PROPOSAL,
                                                      limn_name_proposal_iface_init))

static void
limn_name_proposal_finalize (GObject *object)
{
  g_free (LIMN_NAME_PROPOSAL (object)->name);

  G_OBJECT_CLASS (limn_name_proposal_parent_class)->finalize (object);
}

static void
limn_name_proposal_class_init (LimnNameProposalClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_name_proposal_finalize;
}

static void
limn_name_proposal_init (LimnNameProposal *self)
{
}

/* ---- The provider ---- */

struct _LimnPromptCompletion {
  GObject parent_instance;
  char *prefix;       /* folded; what the offered names contain */
  const Named *named; /* what they are */
};

static void limn_prompt_completion_iface_init (GtkSourceCompletionProviderInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnPromptCompletion, limn_prompt_completion, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (GTK_SOURCE_TYPE_COMPLETION_PROVIDER,
                                                      limn_prompt_completion_iface_init))

/* The bytes of the unfinished wildcard at the end of text; -1: there is none. */
static gssize
wildcard_prefix (const char *text)
{
  const char *open = NULL;
  g_autofree char *whole = NULL;

  for (const char *p = text; *p != '\0';) {
    gsize length = limn_wildcards_name_length (p);

    if (length > 0) {
      p += length;
      open = NULL;
    } else if (p[0] == '\\' && p[1] != '\0') {
      p = g_utf8_next_char (p + 1);
    } else if (p[0] == '_' && p[1] == '_') {
      p += 2;
      open = p;
    } else {
      p = g_utf8_next_char (p);
    }
  }
  if (open == NULL)
    return -1;
  whole = g_strdup_printf ("__%sx__", open);
  return limn_wildcards_name_length (whole) == strlen (whole) ? (gssize) strlen (open) : -1;
}

/* The same of a name that has no character of ends in it. */
static gssize
file_prefix (const char *text, const Named *named, const char *ends)
{
  const char *at = g_strrstr (text, named->before);

  if (at == NULL)
    return -1;
  at += strlen (named->before);
  return strpbrk (at, ends) == NULL ? (gssize) strlen (at) : -1;
}

static gssize
find_named (const char *text, const Named **named)
{
  gssize length = file_prefix (text, *named = &loras, "<>:");

  if (length < 0)
    length = file_prefix (text, *named = &embeddings, " ,()[]{}|:<>");
  if (length >= 0)
    return length;
  *named = &wildcards;
  return wildcard_prefix (text);
}

gssize
limn_prompt_completion_prefix (const char *text)
{
  const Named *named;

  return find_named (text, &named);
}

/* begin: receives where the unfinished name before cursor begins; named: what it is.  NULL: there is none. */
static char *
find_prefix (const GtkTextIter *cursor, GtkTextIter *begin, const Named **named)
{
  GtkTextIter start = *cursor;
  g_autofree char *text = NULL;
  gssize length;

  gtk_text_iter_set_line_offset (&start, 0);
  text = gtk_text_iter_get_slice (&start, cursor);
  length = find_named (text, named);
  if (length < 0)
    return NULL;
  *begin = *cursor;
  gtk_text_iter_backward_chars (begin, (int) g_utf8_strlen (text + strlen (text) - length, -1));
  return g_strdup (text + strlen (text) - length);
}

static void
get_cursor (GtkSourceCompletionContext *context, GtkTextIter *cursor)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (gtk_source_completion_context_get_buffer (context));

  gtk_text_buffer_get_iter_at_mark (buffer, cursor, gtk_text_buffer_get_insert (buffer));
}

gboolean
limn_prompt_completion_is_naming (GtkTextBuffer *buffer)
{
  GtkTextIter cursor, begin;
  const Named *named;
  g_autofree char *prefix = NULL;

  gtk_text_buffer_get_iter_at_mark (buffer, &cursor, gtk_text_buffer_get_insert (buffer));
  prefix = find_prefix (&cursor, &begin, &named);
  return prefix != NULL;
}

static gboolean
read_prefix (LimnPromptCompletion *self, GtkSourceCompletionContext *context)
{
  GtkTextIter cursor, begin;
  g_autofree char *prefix = NULL;

  get_cursor (context, &cursor);
  prefix = find_prefix (&cursor, &begin, &self->named);
  g_clear_pointer (&self->prefix, g_free);
  if (prefix != NULL)
    self->prefix = g_utf8_casefold (prefix, -1);
  return prefix != NULL;
}

static char *
get_title (GtkSourceCompletionProvider *provider)
{
  const Named *named = LIMN_PROMPT_COMPLETION (provider)->named;

  return g_strdup (_ ((named != NULL ? named : &wildcards)->title));
}

static gboolean
is_trigger (GtkSourceCompletionProvider *provider, const GtkTextIter *iter, gunichar c)
{
  GtkTextIter cursor = *iter, begin;
  const Named *named;
  g_autofree char *prefix = c == '_' || c == '/' || c == ':' ? find_prefix (&cursor, &begin, &named) : NULL;

  return prefix != NULL;
}

static gboolean
key_activates (GtkSourceCompletionProvider *provider, GtkSourceCompletionContext *context,
               GtkSourceCompletionProposal *proposal, guint key, GdkModifierType state)
{
  return FALSE;
}

static gboolean
match_cb (gpointer item, gpointer data)
{
  LimnPromptCompletion *self = data;
  g_autofree char *folded = g_utf8_casefold (LIMN_NAME_PROPOSAL (item)->name, -1);

  return self->prefix == NULL || strstr (folded, self->prefix) != NULL;
}

static void
list_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Named *named = data;
  g_autoptr (LimnCatalogue) catalogue = named->kind != LIMN_FILE_OTHER ? limn_catalogue_open (NULL) : NULL;

  g_task_return_pointer (task,
                         catalogue != NULL ? limn_catalogue_names (catalogue, named->kind) : limn_wildcards_list (NULL),
                         (GDestroyNotify) g_strfreev);
}

static void
populate_async (GtkSourceCompletionProvider *provider, GtkSourceCompletionContext *context, GCancellable *cancellable,
                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (provider, cancellable, callback, data);

  if (!read_prefix (LIMN_PROMPT_COMPLETION (provider), context))
    LIMN_PROMPT_COMPLETION (provider)->prefix = g_strdup (NOTHING);
  g_task_set_task_data (task, (gpointer) LIMN_PROMPT_COMPLETION (provider)->named, NULL);
  limn_task_run_in_thread (task, list_thread);
}

static GListModel *
populate_finish (GtkSourceCompletionProvider *provider, GAsyncResult *result, GError **error)
{
  g_auto (GStrv) names = g_task_propagate_pointer (G_TASK (result), error);
  GListStore *store;
  GtkFilter *filter;

  if (names == NULL)
    return NULL;
  store = g_list_store_new (LIMN_TYPE_NAME_PROPOSAL);
  for (int i = 0; names[i] != NULL; i++) {
    g_autoptr (LimnNameProposal) proposal = g_object_new (LIMN_TYPE_NAME_PROPOSAL, NULL);

    proposal->name = g_strdup (names[i]);
    g_list_store_append (store, proposal);
  }
  filter = GTK_FILTER (gtk_custom_filter_new (match_cb, g_object_ref (provider), g_object_unref));
  return G_LIST_MODEL (gtk_filter_list_model_new (G_LIST_MODEL (store), filter));
}

static void
refilter (GtkSourceCompletionProvider *provider, GtkSourceCompletionContext *context, GListModel *model)
{
  /* away from a name nothing fits */
  if (!read_prefix (LIMN_PROMPT_COMPLETION (provider), context))
    LIMN_PROMPT_COMPLETION (provider)->prefix = g_strdup (NOTHING);
  gtk_filter_changed (gtk_filter_list_model_get_filter (GTK_FILTER_LIST_MODEL (model)), GTK_FILTER_CHANGE_DIFFERENT);
}

static void
display (GtkSourceCompletionProvider *provider, GtkSourceCompletionContext *context,
         GtkSourceCompletionProposal *proposal, GtkSourceCompletionCell *cell)
{
  if (gtk_source_completion_cell_get_column (cell) == GTK_SOURCE_COMPLETION_COLUMN_TYPED_TEXT)
    gtk_source_completion_cell_set_text (cell, LIMN_NAME_PROPOSAL (proposal)->name);
}

static void
activate (GtkSourceCompletionProvider *provider, GtkSourceCompletionContext *context,
          GtkSourceCompletionProposal *proposal)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (gtk_source_completion_context_get_buffer (context));
  g_autofree char *prefix = NULL, *text = NULL;
  GtkTextIter begin, cursor;
  const Named *named;

  get_cursor (context, &cursor);
  prefix = find_prefix (&cursor, &begin, &named);
  if (prefix == NULL)
    return;
  text = g_strconcat (LIMN_NAME_PROPOSAL (proposal)->name, named->after, NULL);
  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_delete (buffer, &begin, &cursor);
  gtk_text_buffer_insert (buffer, &begin, text, -1);
  gtk_text_buffer_end_user_action (buffer);
}

static void
limn_prompt_completion_iface_init (GtkSourceCompletionProviderInterface *iface)
{
  iface->get_title = get_title;
  iface->is_trigger = is_trigger;
  iface->key_activates = key_activates;
  iface->populate_async = populate_async;
  iface->populate_finish = populate_finish;
  iface->refilter = refilter;
  iface->display = display;
  iface->activate = activate;
}

static void
limn_prompt_completion_finalize (GObject *object)
{
  g_free (LIMN_PROMPT_COMPLETION (object)->prefix);

  G_OBJECT_CLASS (limn_prompt_completion_parent_class)->finalize (object);
}

static void
limn_prompt_completion_class_init (LimnPromptCompletionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_prompt_completion_finalize;
}

static void
limn_prompt_completion_init (LimnPromptCompletion *self)
{
}

LimnPromptCompletion *
limn_prompt_completion_new (void)
{
  return g_object_new (LIMN_TYPE_PROMPT_COMPLETION, NULL);
}
